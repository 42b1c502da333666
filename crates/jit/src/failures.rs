//! Where speculation failed: an account of exits for each site of the bytecode.
//!
//! A site may be inlined in many pieces of code, so exits are counted for the site and not for the code. At the limit what
//! is compiled from then on does not speculate there, and the code that was left goes. Other code may have been made before
//! that was known. It is *outdated*, and goes when it has been left there a few times.
//!
//! What fails at one site fails at others like it, and each of them would cost a version of the code. So where storages were
//! of the wrong kind at two accesses to one table, code asks for the kind at all of them (`alike.rs`), and where a float was
//! expected in vain the slots of tables are believed to hold numbers of any kind in that function.

use crate::build::{Reasons, Site};
use crate::ir::imm::Reason;
use crate::policy::Policy;
use std::collections::{HashMap, HashSet};

/// The accounts.
#[derive(Default)]
pub(crate) struct Failures {
    /// What builds must not speculate on any more.
    pub(crate) excluded: HashMap<Site, Reasons>,
    /// Functions where arithmetic was to be of floats and often was not.
    pub(crate) mixed: HashSet<u64>,
    accounts: HashMap<(Site, Reason), Account>,
    /// How often something was noted.
    time: u64,
}

/// The exits at a site for a reason.
#[derive(Clone, Copy, Default)]
struct Account {
    /// Since the last note.
    count: u32,
    /// When it was last noted.
    noted_at: u64,
}

/// An exit that was taken.
pub(crate) struct Failure {
    pub(crate) site: Site,
    pub(crate) reason: Reason,
    /// What [`Failures::time`] was when its code was built.
    pub(crate) built_at: u64,
    /// How often the code was left there.
    pub(crate) count: u32,
    /// The site's feedback says something else than when the code was built.
    pub(crate) has_learnt: bool,
    /// A float was expected.
    pub(crate) wants_float: bool,
}

impl Failures {
    /// The time: code that is built now knows of all that was noted before.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// Counts an exit; gives whether its code is to go.
    pub(crate) fn count(&mut self, failure: &Failure, policy: &Policy) -> bool {
        let account = self.accounts.entry((failure.site, failure.reason)).or_default();
        if account.noted_at > failure.built_at {
            return failure.count >= policy.outdated_max;
        }
        account.count += 1;
        let limit = if failure.reason == Reason::Unreached { policy.unreached_max } else { policy.exits_max };
        if account.count < limit {
            return false;
        }
        self.time += 1;
        *account = Account { count: 0, noted_at: self.time };
        self.excluded.entry(failure.site).or_default().note(failure.reason, failure.has_learnt);
        if failure.wants_float {
            self.mixed.insert(failure.site.function);
        }
        true
    }

    /// Notes for sites what was found out at another one that is to fail for the same reason, once it is the second of them
    /// all.
    pub(crate) fn share(&mut self, reason: Reason, alike: impl Iterator<Item = Site> + Clone) {
        let failed = Reasons::of(&[reason]);
        if alike.clone().any(|site| self.excluded.get(&site).is_some_and(|&r| r.meets(failed))) {
            for site in alike {
                self.accounts.insert((site, reason), Account { count: 0, noted_at: self.time });
                self.excluded.entry(site).or_default().add(reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Options;

    #[test]
    fn exits_are_counted_for_the_site_and_outdated_code_goes_sooner() {
        let policy = Policy::new(&Options::default());
        let mut failures = Failures::default();
        let site = Site { function: 8, pc: 3 };
        let fail = |failures: &mut Failures, built_at, count| {
            let failure = Failure {
                site,
                reason: Reason::Hole,
                built_at,
                count,
                has_learnt: false,
                wants_float: false,
            };
            failures.count(&failure, &policy)
        };
        // Two pieces of code share the limit.
        for i in 1..policy.exits_max / 2 {
            assert!(!fail(&mut failures, 0, i));
            assert!(!fail(&mut failures, 0, i));
        }
        assert!(!fail(&mut failures, 0, policy.exits_max / 2));
        assert!(fail(&mut failures, 0, policy.exits_max / 2));
        assert!(failures.excluded[&site].meets(Reasons::of(&[Reason::Hole])));
        // A third one does not know.
        assert!(!fail(&mut failures, 0, policy.outdated_max - 1));
        assert!(fail(&mut failures, 0, policy.outdated_max));
        // A fourth one is new.
        let now = failures.time();
        assert!(!fail(&mut failures, now, policy.outdated_max));
    }

    #[test]
    fn what_fails_twice_fails_everywhere() {
        let mut failures = Failures::default();
        let site = |pc| Site { function: 8, pc };
        let is_excluded = |f: &Failures, pc| {
            f.excluded.get(&site(pc)).is_some_and(|&r| r.meets(Reasons::of(&[Reason::Kind])))
        };
        failures.share(Reason::Kind, [4, 5].map(site).into_iter());
        assert!(!is_excluded(&failures, 4));
        failures.excluded.entry(site(3)).or_default().add(Reason::Kind);
        failures.share(Reason::Kind, [3, 5].map(site).into_iter());
        assert!(is_excluded(&failures, 5) && !is_excluded(&failures, 4));
    }
}
