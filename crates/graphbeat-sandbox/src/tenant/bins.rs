//! The recycle bins of drives and sites: what is deleted waits in the first stage; when that is emptied,
//! in the second, out of the user's reach; when that is emptied, it is gone. Graph v1.0 empties neither.

use super::Tenant;

/// The first stage of a drive's or site's bin.
const FIRST: &str = "/recycleBin";
/// The second, below it.
const SECOND: &str = "/recycleBin/secondStage";

/// A stage of the recycle bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    First,
    Second,
}

impl Tenant {
    /// Empties one stage of every recycle bin; the number of what was in it.
    pub(crate) fn empty_bins(&mut self, stage: Stage) -> usize {
        let end = if stage == Stage::First { FIRST } else { SECOND };
        let bins: Vec<String> =
            self.store.collections().map(|(path, _)| path.to_owned()).filter(|path| path.ends_with(end)).collect();
        let mut moved = 0;
        for bin in bins {
            let ids: Vec<String> = self.store.list(&bin).map(|entity| entity.id().to_owned()).collect();
            moved += ids.len();
            for id in ids {
                match stage {
                    Stage::First => {
                        self.store.relocate(&bin, &id, &format!("{bin}/secondStage"));
                    }
                    Stage::Second => {
                        self.store.purge(&bin, &id);
                    }
                }
            }
        }
        moved
    }
}
