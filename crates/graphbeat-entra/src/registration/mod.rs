//! The application registration that an account signs in under: made, read, compared, rotated, removed.
//!
//! Nothing here signs in under another program's client id. Every request to Graph is a [`GraphCall`], so that
//! it can be shown before it is sent, and leaves by a [`Hand`]: the owner's own Azure CLI, or a token of the
//! owner's own application. What was made is written down in a [`Registration`] before and after each step:
//! whoever dies on the way goes on where it stopped.

mod call;
mod claims;
mod consent;
mod create;
mod hand;
mod inspect;
mod key;
mod patience;
mod permission;
mod record;
mod remove;
mod roles;
mod rotate;
mod token_hand;
mod wanted;

pub use call::GraphCall;
pub use claims::{ClaimsError, TokenClaims};
pub use consent::{ConsentAnswer, ConsentPrompt, grant_roles, grant_roles_calls};
pub use create::{create, create_calls};
pub use hand::{Hand, HandError};
pub use inspect::{Inspected, InspectedCredential, inspect, inspect_calls};
pub use key::{KeyError, MadeKey, PublicKey, make_key};
pub use permission::{KnownPermission, PermissionKind, known_permission, known_permissions, permission_of_id};
pub use record::{Journal, JournalFailure, Registration, RegistrationError};
pub use remove::{RESTORABLE_DAYS, remove, remove_calls, restore, restore_calls};
pub use roles::{DirectoryRole, may_consent};
pub use rotate::{CredentialStore, Proof, RotateError, Rotation, RotationPhase, Rotator, Slot};
pub use token_hand::{MemoryTokens, TokenHand};
pub use wanted::{UnknownPermission, Wanted};
