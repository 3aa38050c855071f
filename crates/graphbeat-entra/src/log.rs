//! The port through which every exchange with Entra reaches the ledger.

use std::time::Duration;

use async_trait::async_trait;
use graphbeat_http::Exchange;

/// What an exchange with Entra came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenOutcome {
    /// It brought what was asked for.
    Ok,
    /// Entra said no.
    Refused {
        /// `AADSTS7000215`, or the protocol's word where Entra gave no number.
        code: String,
        /// The first sentence, bounded, without addresses and trace ids.
        message: String,
    },
    /// Entra asked to wait (429, or `temporarily_unavailable`).
    Throttled {
        /// For how long, where it said so.
        retry_after: Option<Duration>,
    },
    /// The user has not answered the device code yet: healthy.
    Pending,
    /// The answer was not what the protocol says.
    Unreadable,
    /// No whole answer came; the exchange says why.
    Transport,
}

/// Writes down what left and what came back.
#[async_trait]
pub trait ExchangeLog: Send + Sync {
    /// Takes one exchange. Its answer may hold tokens: the body is for measuring, never for keeping.
    async fn record(&self, exchange: Exchange, outcome: TokenOutcome);
}
