//! What the compiler tells: statistics, listings, the log.

use super::{Compiler, PHASES};
use crate::ir;
use crate::policy::Log;
use crate::stats::{ExitCount, Stats, Version, quoted};
use std::sync::atomic::Ordering::Relaxed;

/// Most exits that statistics name.
const EXITS_SHOWN_MAX: usize = 20;
/// Most versions of code that statistics name.
const VERSIONS_SHOWN_MAX: usize = 20;

impl Compiler {
    /// What was done so far.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        let mut stats = state.stats.clone();
        stats.phases = PHASES.iter().copied().zip(state.phases).collect();
        stats.time = state.phases.iter().sum();
        stats.passes.clone_from(&state.passes);
        stats.passes.sort_by_key(|pass| std::cmp::Reverse(pass.time));
        stats.aborts = state.aborts.iter().map(|(r, n)| ((*r).to_string(), *n)).collect();
        stats.aborts.sort();
        for code in &state.code {
            stats.versions.push(Version {
                name: code.name(),
                is_speculative: code.is_speculative,
                insts_built: code.cost.insts_built,
                insts: code.cost.insts,
                code_bytes: code.block.len() as u64,
                time: code.cost.time,
            });
            for (i, count) in code.counts.iter().enumerate() {
                let count = u64::from(count.load(Relaxed));
                if count > 0 {
                    let is_expected = matches!(
                        code.exits.exits[i].reason,
                        ir::imm::Reason::Poll | ir::imm::Reason::LoopEnd
                    );
                    stats.failed += if is_expected { 0 } else { count };
                    let (place, reason) = code.describe_exit(i);
                    stats.exits.push(ExitCount { place, reason, count });
                }
            }
        }
        stats.versions.sort_by_key(|version| std::cmp::Reverse(version.time));
        stats.versions.truncate(VERSIONS_SHOWN_MAX);
        stats.exits.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.place.cmp(&b.place)));
        stats.exits.truncate(EXITS_SHOWN_MAX);
        stats
    }

    /// Listings of what was compiled, or of what a function of that name and its loops became, if the options keep them.
    pub fn listings(&self, ir: bool, asm: bool, function: Option<&str>) -> String {
        let state = self.state();
        let mut text = String::new();
        let is_wanted = |listing: &str| {
            let name = listing.strip_prefix("; ").unwrap_or(listing);
            function.is_none_or(|f| name.strip_prefix(f).is_some_and(|rest| rest.starts_with(' ')))
        };
        for (ir_text, asm_text) in state.listings.iter().filter(|(ir_text, _)| is_wanted(ir_text)) {
            if ir {
                text.push_str(ir_text);
            }
            if asm {
                text.push_str(asm_text);
            }
        }
        text
    }

    pub(super) fn log(&self, event: impl FnOnce() -> (&'static str, Vec<(&'static str, String)>)) {
        let Some(form) = self.options.log else { return };
        let (what, mut facts) = event();
        facts.push(("at", self.began.elapsed().as_micros().to_string()));
        match form {
            Log::Text => {
                let facts: Vec<String> = facts.iter().map(|(k, v)| format!("{k} {v}")).collect();
                eprintln!("jit: {what}: {}", facts.join(", "));
            }
            Log::Json => {
                let facts: Vec<String> =
                    facts.iter().map(|(k, v)| format!("{}:{}", quoted(k), quoted(v))).collect();
                eprintln!("{{\"event\":{},{}}}", quoted(what), facts.join(","));
            }
        }
    }
}
