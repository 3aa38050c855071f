//! The configuration: one TOML file, layered with the environment and flags, checked as a whole.
//!
//! Defaults < file < environment (`GRAPHBEAT_…`) < flags. Everything that is wrong is collected, each
//! with its place and a hint, so that a user mends a file in one go. The shape of the file is written
//! once, in `table`: the reader, the check for unknown keys and the published JSON schema come from it.
//!
//! This crate reads files that the configuration names, and runs the commands that give secrets. It
//! does not read the process's environment: the binary hands it in.

mod check;
mod cloud;
mod duration;
mod edit;
mod environment;
mod language;
mod load;
mod locate;
mod model;
mod problem;
mod schema;
mod secret;
mod show;
mod source;
mod table;
mod walk;

pub use cloud::{BUILTIN_CLOUDS, BuiltinCloud};
pub use duration::{DurationError, duration_text, parse_duration};
pub use edit::{AccountEdit, EditError, add_account, edit_account, remove_account, replace_file};
pub use environment::{VARIABLES, Variable};
pub use language::language_of_file;
pub use load::{ConfigFile, FileCheck, Known, Sources, load};
pub use locate::{Directories, Locations, locate};
pub use model::{
    Account, Cloud, Config, DEFAULT_CLASS, DEFAULT_SCHEDULE, Limits, ProxyConfig, ProxyMode, Schedule, SecretRef,
    SignIn, StoreConfig, WebConfig,
};
pub use problem::{ConfigError, Place, Problem};
pub use schema::schema;
pub use secret::{LookupFailure, SecretError, SecretLookup, SecretSources, resolve_secret, resolve_secret_bytes};
pub use show::{show_json, show_toml};
