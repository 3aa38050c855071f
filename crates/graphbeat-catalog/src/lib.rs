//! Operations and journeys as checked data.

mod model;

pub use model::{
    Access, ArtefactKind, Body, Bucket, BucketScope, ClassFile, CloudName, Expectation, Find, Journey, Limit, Mode,
    Names, Operation, OperationMethod, RemoveStep, Step, ValueSource,
};
