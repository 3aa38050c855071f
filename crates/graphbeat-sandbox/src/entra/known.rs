//! Every documented `AADSTS` code with its `error`, for faults that name nothing but a code.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What an error says that nobody wrote a text for.
pub(super) const TOLD: &str = "The sandbox was told to answer so.";
/// Errors of the protocol that a fault may name instead of a code.
const WORDS: [&str; 14] = [
    "access_denied",
    "authorization_declined",
    "authorization_pending",
    "bad_verification_code",
    "consent_required",
    "expired_token",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
];
/// Codes in Entra's own words, for a fault that names nothing but the code.
const WORDED: [(u32, &str, &str); 25] = [
    (50034, "invalid_grant", "The user account does not exist in the directory."),
    (
        50053,
        "invalid_grant",
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ),
    (50055, "invalid_grant", "The password is expired."),
    (50057, "invalid_grant", "The user account is disabled."),
    (50072, "interaction_required", "The user must enroll in multi-factor authentication."),
    (50074, "interaction_required", "Strong Authentication is required."),
    (
        50076,
        "interaction_required",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.",
    ),
    (50079, "interaction_required", "The user must register for multi-factor authentication."),
    (50126, "invalid_grant", "Error validating credentials due to invalid username or password."),
    (50173, "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    (
        53003,
        "invalid_grant",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    (65001, "invalid_grant", "The user or administrator has not consented to use the application."),
    (70016, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    (
        70043,
        "invalid_grant",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    (90002, "invalid_request", "Tenant not found."),
    (90033, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    (530_003, "access_denied", "Your device is required to be managed to access this resource."),
    (700_016, "unauthorized_client", "Application was not found in the directory."),
    (700_024, "invalid_client", "Client assertion is not within its valid time range."),
    (700_027, "invalid_client", "Client assertion failed signature validation."),
    (700_082, "invalid_grant", "The refresh token has expired due to inactivity."),
    (7_000_112, "unauthorized_client", "Application is disabled."),
    (7_000_215, "invalid_client", "Invalid client secret provided."),
    (
        7_000_218,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (7_000_222, "invalid_client", "The provided client secret keys are expired."),
];

/// The `error` and the text of a code.
pub(super) fn of_code(code: u32) -> (&'static str, &'static str) {
    let worded = WORDED.iter().find(|(known, ..)| *known == code).map(|(_, error, message)| (*error, *message));
    worded.or_else(|| documented().get(&code).copied()).unwrap_or(("invalid_request", TOLD))
}

/// The protocol's own word, if a text is one.
pub(super) fn word(text: &str) -> Option<&'static str> {
    WORDS.iter().find(|word| **word == text).copied()
}

/// Microsoft's reference, `code,error,meaning`.
fn documented() -> &'static HashMap<u32, (&'static str, &'static str)> {
    static TABLE: LazyLock<HashMap<u32, (&'static str, &'static str)>> = LazyLock::new(|| {
        let row = |row: &'static str| {
            let mut cells = row.splitn(3, ',');
            Some((cells.next()?.parse().ok()?, (cells.next()?, cells.next()?)))
        };
        include_str!("../../data/aadsts.csv").lines().skip(1).filter_map(row).collect()
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_entras_own_words_come_first() {
        assert_eq!(documented().len(), include_str!("../../data/aadsts.csv").lines().count() - 1);
        assert_eq!(of_code(50079).1, "The user must register for multi-factor authentication.");
        assert_eq!((of_code(50158).0, of_code(1)), ("interaction_required", ("invalid_request", TOLD)));
    }
}
