//! The exit codes: documented, tested, and never anything else.

use std::process::ExitCode;

use graphbeat_engine::Trouble;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Exit {
    /// All as expected.
    Ok,
    /// An operation failed unexpectedly.
    OperationFailed,
    /// Wrong usage.
    Usage,
    /// The configuration, or a catalogue file.
    Configuration,
    /// A sign-in is needed or was refused.
    SignIn,
    /// The ledger or the vault.
    Ledger,
    /// The network.
    Network,
    /// Throttled or locked out: wait.
    Throttled,
    /// A bug in graphbeat.
    Bug,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::OperationFailed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::SignIn => 4,
            Self::Ledger => 5,
            Self::Network => 6,
            Self::Throttled => 7,
            Self::Bug => 70,
        }
    }

    /// Of several that hold, the one that is told: 5 before 4, 7, 6, 1.
    pub(crate) fn worst(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::OperationFailed => 1,
            Self::Network => 2,
            Self::Throttled => 3,
            Self::SignIn => 4,
            Self::Ledger => 5,
            Self::Configuration => 6,
            Self::Usage => 7,
            Self::Bug => 8,
        }
    }
}

impl From<Trouble> for Exit {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Failed => Self::OperationFailed,
            Trouble::Network => Self::Network,
            Trouble::Throttled => Self::Throttled,
            Trouble::SignIn => Self::SignIn,
            Trouble::Vault => Self::Ledger,
            Trouble::Bug => Self::Bug,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_comes_before_sign_in_waiting_network_and_failures() {
        let falling = [Exit::Ledger, Exit::SignIn, Exit::Throttled, Exit::Network, Exit::OperationFailed, Exit::Ok];
        let codes: Vec<u8> = falling.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [5, 4, 7, 6, 1, 0]);
        for pair in falling.windows(2) {
            assert_eq!(pair[0].worst(pair[1]), pair[0]);
            assert_eq!(pair[1].worst(pair[0]), pair[0]);
        }
    }
}
