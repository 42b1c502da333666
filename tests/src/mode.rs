//! The ways in which every golden file is executed.
//!
//! A mode is a name and the options that the command gets before the script. Output must be the same in all of them, so
//! adding a tier, or a stress setting of one, is one line in the table.

/// One way of executing a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// The first part of a test's name, and what a `// skip` comment names.
    pub name: &'static str,
    /// Options of the command, before the script.
    pub options: &'static [&'static str],
    /// A mode whose skipped files are skipped in this one too, as what makes them slow there does so here; or empty.
    pub skips_with: &'static str,
    /// Whether whole programs (`examples/`) run in this mode too; no for modes that slow a program down a hundredfold.
    pub runs_examples: bool,
}

/// Every mode, fastest first.
pub const MODES: &[Mode] = &[
    Mode { name: "interp", options: &["--jit=off", "--workers=1"], skips_with: "", runs_examples: true },
    // As everybody runs it.
    Mode { name: "method", options: &[], skips_with: "", runs_examples: true },
    // Everything compiled at once, in its general form.
    Mode {
        name: "quick-eager",
        options: &["--jit=quick", "--jit-threshold=1"],
        skips_with: "",
        runs_examples: true,
    },
    // Everything compiled as soon as there is some feedback.
    // On several workers, however many cores there are.
    Mode {
        name: "method-eager",
        options: &["--jit-threshold=2", "--workers=4"],
        skips_with: "",
        runs_examples: true,
    },
    // Compiled beside the program, with many collections meanwhile: finds what the compile thread may not touch.
    Mode {
        name: "method-beside",
        options: &["--jit-threshold=2", "--jit-threads=1", "--young", "16K"],
        skips_with: "",
        runs_examples: true,
    },
    // Every assumption fails once: finds wrong snapshots.
    Mode {
        name: "method-exits",
        options: &["--jit-threshold=2", "--jit-stress=exits"],
        skips_with: "",
        runs_examples: true,
    },
    // Compiled code and collections all the time: finds values that only a machine register holds.
    Mode {
        name: "method-gc",
        options: &["--jit-threshold=2", "--stress", "gc"],
        skips_with: "gc-stress",
        runs_examples: false,
    },
    // Young collections all the time: finds missing write barriers and objects that grow old while they are built.
    // The world stops often, on several workers.
    Mode {
        name: "tiny-young",
        options: &["--young", "16K", "--workers=4"],
        skips_with: "",
        runs_examples: true,
    },
    // Goroutines are held up at random: finds what hangs on who is faster, in programs and in the scheduler.
    Mode {
        name: "delays",
        options: &["--workers=4", "--go-stress=delays"],
        skips_with: "",
        runs_examples: true,
    },
    // A collection at every safepoint: finds values that no root keeps alive.
    Mode { name: "gc-stress", options: &["--stress", "gc"], skips_with: "", runs_examples: false },
    // A collection at every allocation: finds values that are not rooted between two allocations of one operation.
    Mode { name: "gc-alloc", options: &["--stress", "alloc"], skips_with: "", runs_examples: false },
];

/// The mode of that name.
pub fn find(name: &str) -> Option<&'static Mode> {
    MODES.iter().find(|mode| mode.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        for (i, mode) in MODES.iter().enumerate() {
            assert!(MODES[..i].iter().all(|other| other.name != mode.name), "{} twice", mode.name);
            assert_eq!(find(mode.name), Some(mode));
        }
    }
}
