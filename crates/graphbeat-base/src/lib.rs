//! What every other crate of graphbeat builds on: time, chance, ids, secrets and the printing of errors.
//!
//! Time and randomness are arguments everywhere else: the wall clock and the operating system's
//! entropy are read here and nowhere else (`clippy.toml` bans them outside).

mod clock;
mod error_chain;
mod id;
mod path;
mod redact;
mod rng;

pub use clock::{Clock, ClockError};
pub use error_chain::error_chain;
pub use id::{CallId, CallIdError, CallIds};
pub use jiff::{SignedDuration, Timestamp};
pub use path::CallPath;
pub use redact::{RedactedUrl, plain_text, redact_addresses};
pub use rng::Rng;
pub use secrecy::{ExposeSecret, SecretString as Secret};

/// Secret bytes, such as a PKCS#12 file with a private key.
pub type SecretBytes = secrecy::SecretSlice<u8>;
