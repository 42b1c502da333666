//! The command line of `cargo xtask bench`.

use std::path::PathBuf;
use std::time::Duration;

/// What `--help` prints.
pub const HELP: &str = "\
usage: cargo xtask bench [options]

Times the programs in benches/ on gscript and on other languages, in interleaved runs, checks that all print the
same, and reports the ratio to each peer (our time / theirs: below 1.00 we are faster), worst first.

  --peer COMMAND     compare with `luajit`, `luajit -joff`, `lua5.4`, `node`, `c` (gcc -O2), ...; may be repeated
                     `go`: the programs in benches/parallel, and no others, with Go and with one worker of ours
  --baseline PATH    compare with another gscript binary
  --gscript PATH     our binary (default: target/release/gscript)
  --no-ours          leave our binary out: checks that the peers agree; ratios are to the first peer
  --only TEXT        only programs whose name contains TEXT; may be repeated
  --warm-up          smaller programs, of which LuaJIT does about 50 ms of work: what starting and compiling costs
  --runs N           runs of each program on each engine (default: 5)
  --timeout SECONDS  limit of one run (default: 60)
  --cpu              compare CPU time instead of elapsed time
  --json FILE        also write all samples to FILE
  --list             list the programs and stop
  --help             this text
";

/// The options, checked.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// Command lines of the peers, as given.
    pub peers: Vec<String>,
    /// Parts of names; empty means all programs.
    pub only: Vec<String>,
    /// Runs of each program on each engine.
    pub runs: usize,
    /// Our binary; `None` stands for the default place.
    pub gscript: Option<PathBuf>,
    /// Another binary of ours to compare with.
    pub baseline: Option<PathBuf>,
    /// Where to write the samples.
    pub json: Option<PathBuf>,
    /// Limit of one run.
    pub timeout: Duration,
    /// Compare CPU time instead of elapsed time.
    pub cpu: bool,
    /// List the programs only.
    pub list: bool,
    /// Leave our binary out.
    pub no_ours: bool,
    /// The smaller programs.
    pub warm_up: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            peers: Vec::new(),
            only: Vec::new(),
            runs: 5,
            gscript: None,
            baseline: None,
            json: None,
            timeout: Duration::from_secs(60),
            cpu: false,
            list: false,
            no_ours: false,
            warm_up: false,
        }
    }
}

impl Options {
    /// Whether Go is a peer.
    pub fn has_go(&self) -> bool {
        self.peers.iter().any(|peer| peer == "go")
    }
}

/// The command line, understood.
#[derive(Debug, PartialEq)]
pub enum Parsed {
    /// `--help` was given.
    Help,
    /// Go on with these options.
    Run(Options),
}

/// Reads the arguments after `bench`; both `--name value` and `--name=value` are accepted.
pub fn parse(args: &[String]) -> Result<Parsed, String> {
    let mut options = Options::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, attached) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (arg.as_str(), None),
        };
        if !takes_value(name) {
            if attached.is_some() {
                return Err(format!("{name} takes no value"));
            }
            match name {
                "--help" | "-h" => return Ok(Parsed::Help),
                "--list" => options.list = true,
                "--no-ours" => options.no_ours = true,
                "--cpu" => options.cpu = true,
                "--warm-up" => options.warm_up = true,
                _ => return Err(format!("unknown option '{name}' (see --help)")),
            }
            continue;
        }
        let value = match attached {
            Some(value) => value,
            None => rest.next().ok_or_else(|| format!("{name} needs a value"))?,
        };
        if value.trim().is_empty() {
            return Err(format!("{name} needs a value"));
        }
        match name {
            "--peer" => options.peers.push(value.to_string()),
            "--only" => options.only.push(value.to_string()),
            "--gscript" => options.gscript = Some(PathBuf::from(value)),
            "--baseline" => options.baseline = Some(PathBuf::from(value)),
            "--json" => options.json = Some(PathBuf::from(value)),
            "--runs" => options.runs = positive(name, value)?,
            _ => options.timeout = Duration::from_secs(positive(name, value)? as u64),
        }
    }
    if options.no_ours && options.peers.is_empty() && !options.list {
        return Err("--no-ours needs a --peer".to_string());
    }
    if options.no_ours && (options.gscript.is_some() || options.baseline.is_some()) {
        return Err("--no-ours goes with neither --gscript nor --baseline".to_string());
    }
    Ok(Parsed::Run(options))
}

fn takes_value(name: &str) -> bool {
    matches!(name, "--peer" | "--only" | "--gscript" | "--baseline" | "--json" | "--runs" | "--timeout")
}

fn positive(name: &str, value: &str) -> Result<usize, String> {
    match value.parse::<usize>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("{name} needs a positive integer, not '{value}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str]) -> Result<Parsed, String> {
        parse(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn reads_both_forms_of_a_value() {
        let expected = Options { peers: vec!["luajit -joff".to_string()], runs: 3, ..Options::default() };
        assert_eq!(parse_words(&["--peer", "luajit -joff", "--runs=3"]), Ok(Parsed::Run(expected)));
    }

    #[test]
    fn rejects_what_it_does_not_know() {
        assert!(parse_words(&["--frobnicate"]).is_err());
        assert!(parse_words(&["--list=yes"]).is_err());
        assert!(parse_words(&["--runs", "0"]).is_err());
        assert!(parse_words(&["--runs"]).is_err());
        assert!(parse_words(&["--no-ours"]).is_err());
    }

    #[test]
    fn help_wins() {
        assert_eq!(parse_words(&["--cpu", "--help"]), Ok(Parsed::Help));
    }
}
