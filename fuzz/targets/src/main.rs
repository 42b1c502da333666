//! The command `gscript-fuzz`; all of it is in `driver`.

#![forbid(unsafe_code)]

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    std::process::exit(fuzz_targets::driver::main(&args));
}
