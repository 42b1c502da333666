//! What the compiler has done, as numbers: for `--jit-stats`.

use crate::opt::pipeline::PassStats;
use std::fmt::Write;
use std::time::Duration;

/// Totals over all compilations of an engine, and the exits that were taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Functions and loops that were compiled, every version counted.
    pub compilations: u64,
    /// Those that were given up, with the reason and how often.
    pub aborts: Vec<(String, u64)>,
    /// Versions that were thrown away because a guard failed too often.
    pub discarded: u64,
    /// Pieces of code that relied on something which then changed.
    pub invalidated: u64,
    /// Instructions of the IR that the front end made, in all.
    pub insts_built: u64,
    /// Those after the optimiser.
    pub insts: u64,
    /// Bytes of machine code.
    pub code_bytes: u64,
    /// Sites in the code that call functions by their typed entries.
    pub typed_calls: u64,
    /// Results behind the first that such calls take in registers.
    pub further_results: u64,
    /// Sites in the code that have met many shapes and find fields in the cache of shapes and keys.
    pub cached_fields: u64,
    /// Calls in code of what native functions have prepared for constants.
    pub prepared_calls: u64,
    /// Processor time spent, with its parts.
    pub time: Duration,
    /// Names of the parts and their times.
    pub phases: Vec<(&'static str, Duration)>,
    /// What the passes did, the dearest first.
    pub passes: Vec<PassStats>,
    /// The dearest versions of code, the dearest first.
    pub versions: Vec<Version>,
    /// Times that code was left because what it relied on did not hold: not at the ends of loops, nor for requests.
    pub failed: u64,
    /// Exits that were taken: where, why, how often; most frequent first.
    pub exits: Vec<ExitCount>,
}

/// A piece of code that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Function and line.
    pub name: String,
    /// Whether feedback was believed.
    pub is_speculative: bool,
    /// Instructions of the IR that the front end made.
    pub insts_built: u64,
    /// Those after the optimiser.
    pub insts: u64,
    /// Bytes of machine code.
    pub code_bytes: u64,
    /// Processor time spent.
    pub time: Duration,
}

/// How often an exit was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitCount {
    /// Function and line.
    pub place: String,
    /// The guard or reason.
    pub reason: String,
    /// Times taken.
    pub count: u64,
}

impl Stats {
    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "jit: {} compilations, {} discarded, {} invalidated, {} IR instructions built, {} after the optimiser, {} bytes of code, \
             {:.2} ms ({:.2} us per instruction)\n",
            self.compilations,
            self.discarded,
            self.invalidated,
            self.insts_built,
            self.insts,
            self.code_bytes,
            ms(self.time),
            ms(self.time) * 1e3 / self.insts_built.max(1) as f64
        );
        let _ = writeln!(
            text,
            "jit: {} sites call by typed entries, {} results behind the first in registers",
            self.typed_calls, self.further_results
        );
        let _ = writeln!(text, "jit: {} sites go by the cache of shapes and keys", self.cached_fields);
        for (name, time) in &self.phases {
            let _ = writeln!(text, "jit:   {name:<10} {:.2} ms", ms(*time));
        }
        for pass in &self.passes {
            let PassStats { name, runs, changes, time } = pass;
            let _ = writeln!(
                text,
                "jit:     {name:<10} {:6.2} ms, {runs:5} runs, {changes:6} changes",
                ms(*time)
            );
        }
        for version in &self.versions {
            let Version { name, is_speculative, insts_built, insts, code_bytes, time } = version;
            let tier = if *is_speculative { "" } else { ", without speculation" };
            let _ = writeln!(
                text,
                "jit: compiled {name}: {:.2} ms, {insts_built} to {insts} instructions, {code_bytes} bytes{tier}",
                ms(*time)
            );
        }
        for (reason, count) in &self.aborts {
            let _ = writeln!(text, "jit: given up {count} times: {reason}");
        }
        let _ = writeln!(text, "jit: left {} times because a guess was wrong", self.failed);
        for exit in &self.exits {
            let _ = writeln!(text, "jit: exit {:>8} times at {}: {}", exit.count, exit.place, exit.reason);
        }
        text
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        let phases: Vec<String> = self.phases.iter().map(|(n, t)| format!("\"{n}\":{:.4}", ms(*t))).collect();
        let aborts: Vec<String> =
            self.aborts.iter().map(|(r, n)| format!("{{\"reason\":{},\"count\":{n}}}", quoted(r))).collect();
        let passes: Vec<String> = self
            .passes
            .iter()
            .map(|p| {
                let (name, runs, changes) = (p.name, p.runs, p.changes);
                format!("\"{name}\":{{\"ms\":{:.4},\"runs\":{runs},\"changes\":{changes}}}", ms(p.time))
            })
            .collect();
        let versions: Vec<String> = self
            .versions
            .iter()
            .map(|v| {
                format!(
                    "{{\"function\":{},\"speculative\":{},\"ms\":{:.4},\"insts_built\":{},\"insts\":{},\"code_bytes\":{}}}",
                    quoted(&v.name),
                    v.is_speculative,
                    ms(v.time),
                    v.insts_built,
                    v.insts,
                    v.code_bytes
                )
            })
            .collect();
        let exits: Vec<String> = self
            .exits
            .iter()
            .map(|e| {
                format!(
                    "{{\"place\":{},\"reason\":{},\"count\":{}}}",
                    quoted(&e.place),
                    quoted(&e.reason),
                    e.count
                )
            })
            .collect();
        format!(
            "{{\"compilations\":{},\"discarded\":{},\"invalidated\":{},\"insts_built\":{},\"insts\":{},\"code_bytes\":{},\"typed_calls\":{},\
             \"further_results\":{},\"cached_fields\":{},\"prepared_calls\":{},\"failed\":{},\"ms\":{:.4},\
             \"phases_ms\":{{{}}},\"passes\":{{{}}},\"versions\":[{}],\"aborts\":[{}],\"exits\":[{}]}}\n",
            self.compilations,
            self.discarded,
            self.invalidated,
            self.insts_built,
            self.insts,
            self.code_bytes,
            self.typed_calls,
            self.further_results,
            self.cached_fields,
            self.prepared_calls,
            self.failed,
            ms(self.time),
            phases.join(","),
            passes.join(","),
            versions.join(","),
            aborts.join(","),
            exits.join(",")
        )
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_exits() {
        let stats = Stats {
            compilations: 2,
            exits: vec![ExitCount { place: "f:3".into(), reason: "guard_int \"x\"".into(), count: 7 }],
            ..Stats::default()
        };
        assert!(stats.to_text().contains("exit        7 times at f:3: guard_int"));
        let json = stats.to_json();
        assert!(json.starts_with("{\"compilations\":2,") && json.contains("guard_int \\\"x\\\""), "{json}");
    }
}
