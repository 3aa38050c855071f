//! Operations and journeys as checked data.
//!
//! The data are the TOML files under `catalog/`, one for each class; they are compiled in, and checked
//! when graphbeat is built. A user may add files of the same format. Everything here is pure: no IO, no
//! clock, no globals.

mod builtin;
mod catalog;
mod check;
mod load;
mod model;
mod permissions;
mod problem;
mod requirement;
mod selection;
mod source;
pub mod template;

pub use catalog::{CATALOG_FILES_MAX, Catalog, Class};
pub use model::{
    Access, ArtefactKind, Body, Bucket, BucketScope, ClassFile, CloudName, ETAG_POINTER, Expectation, Find, IfMatch,
    Journey, Limit, Mode, Names, Operation, OperationMethod, RemoveStep, Step, Upload, ValueSource,
};
pub use permissions::{
    LeastPermissions, NeededPermission, OpenOperation, Permission, PermissionGap, USER_LOOKUP, least_permissions,
    level, needs_admin_consent, permission, permission_gap, user_lookup_operation,
};
pub use problem::{CatalogError, Problem};
pub use requirement::Alternative;
pub use selection::{ALL, LeftOut, STARTER, Selected, Selection, SelectionError, UnknownName};
pub use source::CATALOG_FILE_BYTES_MAX;
