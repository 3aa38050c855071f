//! What permissions an operation wants, and what a token opens as far as a client can read it: nothing is
//! made that could not be removed.

use std::collections::BTreeSet;
use std::sync::Arc;

use graphbeat_catalog::ArtefactKind;
use graphbeat_graph::Compiled;
use graphbeat_store::StoreError;

use crate::Engine;
use crate::account::Work;
use crate::operation::Round;

/// The permissions that an operation needs: those of its alternatives that the account's least set has,
/// else its least ones.
pub(crate) fn needed<'a>(work: &Work, compiled: &'a Compiled) -> Option<&'a [String]> {
    let mut accepted = compiled.operation.accepted(compiled.mode)?;
    let of_the_set = accepted.find(|together| together.iter().all(|name| work.permissions.contains(name)));
    of_the_set.or_else(|| compiled.operation.permissions(compiled.mode))
}

/// Whether these permissions open an operation.
fn opens(granted: &BTreeSet<String>, compiled: &Compiled) -> bool {
    let accepted = compiled.operation.accepted(compiled.mode);
    accepted.is_some_and(|mut accepted| accepted.any(|together| together.iter().all(|name| granted.contains(name))))
}

/// The operations that remove an artefact of which the journey knows what it is told.
fn removal_of(kind: &ArtefactKind) -> impl Iterator<Item = &Arc<str>> {
    let find = kind.find.as_ref().filter(|_| kind.by_find).map(|find| &find.operation);
    find.into_iter().chain(kind.remove.iter().map(|step| &step.operation))
}

impl Engine {
    /// Why something must not be made: the token opens its creation, and not its removal. A token that a
    /// client cannot read hinders nothing, and Graph itself refuses what is closed.
    pub(crate) async fn lacks_removal(
        &self,
        round: &Round<'_>,
        creation: &Compiled,
        kind: &ArtefactKind,
    ) -> Result<Option<String>, StoreError> {
        let Ok(token) = self.round_token(round).await? else { return Ok(None) };
        let Some(granted) = token.permissions().filter(|granted| opens(granted, creation)) else { return Ok(None) };
        let work = &round.account.work;
        let removal = removal_of(kind).filter_map(|id| work.operations.get(id));
        let closed = removal.into_iter().find(|operation| !opens(&granted, operation));
        Ok(closed.map(|closed| {
            let permissions = needed(work, closed).unwrap_or_default().join("`, `");
            format!(
                "what it makes could not be removed: `{}` needs the permission `{permissions}`",
                closed.operation.id
            )
        }))
    }
}
