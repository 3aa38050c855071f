//! An account, ready to run: who signs in, where, and what it has to do.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{Journey, Mode, Names, Selected};
use graphbeat_core::plan::{Agenda, Rules};
use graphbeat_entra::{Credential, Identity, TokenSource};
use graphbeat_graph::{Client, Compiled, ContentHosts, Target};
use graphbeat_http::Wire;
use tokio::sync::OnceCell;
use url::Url;

/// How long the agent goes on with a value that it read from another operation's answer.
const PICK_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
/// The most such values of an account; the catalogue has fewer sources than this.
const PICKS_MAX: usize = 128;

/// Source operation and pointer, to the value and when it was read.
type Picks = HashMap<(Arc<str>, String), (String, Timestamp)>;
/// Operations by id.
pub type Operations = HashMap<Arc<str>, Arc<Compiled>>;

/// One cloud with its connections; shared by all accounts in it.
pub struct CloudLink {
    /// The cloud's name in the configuration.
    pub name: Arc<str>,
    /// Its Graph.
    pub graph_url: Url,
    /// Where Graph may send graphbeat beside itself.
    pub content_hosts: Arc<ContentHosts>,
    /// Sends operations.
    pub client: Client,
    /// Gives tokens.
    pub tokens: TokenSource,
    /// The way out of both.
    pub(crate) wire: Wire,
    /// Whether the documented limits are kept (`limits = "none"` is for the sandbox only).
    pub has_limits: bool,
}

/// What accounts with the same selection have to do; shared by all of them.
pub struct Work {
    /// The operations that run on their own.
    pub reads: Vec<Arc<Compiled>>,
    /// The journeys.
    pub journeys: Vec<Arc<Journey>>,
    /// The order in which the plan takes reads and journeys: classes mixed, journeys among the reads.
    pub(crate) order: Vec<Item>,
    /// Every operation of the catalogue in the account's mode: sources of values, steps, removals.
    pub operations: Arc<Operations>,
    /// The operations whose answers others take values from.
    pub sources: HashSet<Arc<str>>,
    /// What was selected and cannot run in this account's mode or cloud, and why.
    pub left_out: Vec<(Arc<str>, Names)>,
    /// Whether anything of this is about the account's user.
    pub needs_user: bool,
    /// The least permissions of all this.
    pub permissions: Vec<String>,
    /// All that has to be permitted for it, what removes leftovers included.
    pub(crate) permitted: Selected,
}

/// One thing that the plan places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A read, by its place in [`Work::reads`].
    Read(usize),
    /// A journey, by its place in [`Work::journeys`].
    Journey(usize),
}

/// All reads and journeys in steps of about the golden section, so that no service gets its calls in one
/// bunch.
pub(crate) fn mixed(reads: usize, journeys: usize) -> Vec<Item> {
    let items = reads + journeys;
    let step = (1..=items).rev().filter(|&step| step * 1000 <= items * 618).find(|&step| is_coprime(step, items));
    let step = step.unwrap_or(1);
    (0..items)
        .map(|place| (place * step) % items)
        .map(|index| if index < reads { Item::Read(index) } else { Item::Journey(index - reads) })
        .collect()
}

fn is_coprime(mut one: usize, mut other: usize) -> bool {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one == 1
}

/// One account.
pub struct Account {
    /// Its name.
    pub name: Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: Arc<str>,
    /// How it signs in.
    pub mode: Mode,
    /// Who signs in.
    pub identity: Identity,
    /// Where.
    pub cloud: Arc<CloudLink>,
    /// Whether `check` sends its reads together.
    pub batch: bool,
    /// On whom, as the configuration says it: an address or an id.
    pub user: Option<String>,
    /// What it has to do.
    pub work: Arc<Work>,
    /// When.
    pub rules: Arc<Rules>,
    /// Its fixed place in the plan.
    pub offset: f64,
    pub(crate) target: OnceCell<Arc<Target>>,
    /// Whoever has it may ask Entra for a token.
    pub(crate) signing_in: tokio::sync::Mutex<()>,
    pub(crate) picks: Mutex<Picks>,
    /// When the token's permissions were looked at last.
    pub(crate) permissions_checked: Mutex<Option<Timestamp>>,
}

impl Account {
    /// What the plan has to place in each period.
    #[must_use]
    pub fn agenda(&self) -> Agenda {
        Agenda { items: u32::try_from(self.work.order.len()).unwrap_or(u32::MAX), offset: self.offset }
    }

    /// Whether a person has to sign in for it.
    #[must_use]
    pub fn is_of_a_person(&self) -> bool {
        matches!(self.identity.credential, Credential::Public)
    }

    /// A value that was read from another operation's answer not long ago.
    pub(crate) fn picked(&self, source: &Arc<str>, pointer: &str, now: Timestamp) -> Option<String> {
        let picks = self.picks.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, at) = picks.get(&(Arc::clone(source), pointer.to_owned()))?;
        (now.duration_since(*at) < PICK_LIFETIME).then(|| value.clone())
    }

    pub(crate) fn remember_pick(&self, source: &Arc<str>, pointer: &str, value: &str, now: Timestamp) {
        let mut picks = self.picks.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (Arc::clone(source), pointer.to_owned());
        if picks.len() < PICKS_MAX || picks.contains_key(&key) {
            picks.insert(key, (value.to_owned(), now));
        }
    }

    /// What was read may be gone: read it again next time.
    pub(crate) fn forget_picks(&self) {
        self.picks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_takes_everything_once_and_mixes_journeys_among_the_reads() {
        for (reads, journeys) in [(0, 0), (1, 0), (0, 1), (5, 2), (117, 13), (128, 0)] {
            let order = mixed(reads, journeys);
            let all: Vec<Item> = (0..reads).map(Item::Read).chain((0..journeys).map(Item::Journey)).collect();
            assert!(all.iter().all(|item| order.contains(item)) && order.len() == all.len(), "{reads} {journeys}");
        }
        let order = mixed(117, 13);
        let in_first_half = order[..65].iter().filter(|item| matches!(item, Item::Journey(_))).count();
        assert!((5..=8).contains(&in_first_half), "{in_first_half}");
    }
}
