//! A refusal by Entra: its number is kept, its text is only for showing.
//!
//! The numbers are Microsoft's, <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>;
//! where Entra gives none, or an unknown one, the protocol's `error` and Entra's `suberror` decide.

use graphbeat_base::{SignedDuration, Timestamp, plain_text, redact_addresses};
use serde::Deserialize;

use crate::{ClaimsRequest, Credential, FailureClass};

/// The longest message that is kept.
const MESSAGE_CHARS_MAX: usize = 300;
/// The longest `error`, `suberror` or id that is kept.
const WORD_CHARS_MAX: usize = 64;
/// How long an account stays locked where Entra does not say: smart lock-out starts at a minute and
/// grows; users report a quarter of an hour.
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How long an account rests that Entra holds to be at risk: a person has to look into it.
const AT_RISK_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Numbers by which Entra says that it is in trouble itself; sometimes with a status that blames the client.
const TROUBLES: [u32; 11] = [50_087, 70_012, 80_001, 90_006, 90_012, 90_024, 90_033, 90_036, 90_055, 90_090, 50_134];

/// Why Entra refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it means for whoever must act.
    pub class: FailureClass,
    /// The protocol's word, `invalid_client`.
    pub error: String,
    /// The number of `AADSTS…`; 0 where Entra gave none.
    pub code: u32,
    /// Entra's finer word, `consent_required`.
    pub suberror: Option<String>,
    /// Entra's id of the exchange, for its support.
    pub correlation_id: Option<String>,
    /// The first sentence, bounded, without addresses and trace ids.
    pub message: String,
    /// Not before then, where the account is locked.
    pub until: Option<Timestamp>,
    /// What the person's next sign-in must be asked for with.
    pub(crate) demand: Option<ClaimsRequest>,
}

/// Entra's error document.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: String,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    suberror: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
    #[serde(default)]
    claims: Option<String>,
}

impl ErrorBody {
    /// An error that a browser brought.
    pub(crate) fn new(error: String, description: String) -> Self {
        Self {
            error,
            error_description: Some(description),
            error_codes: Vec::new(),
            suberror: None,
            correlation_id: None,
            claims: None,
        }
    }
}

impl Refusal {
    /// `AADSTS7000215`, or the protocol's word where Entra gave no number.
    #[must_use]
    pub fn code_text(&self) -> String {
        if self.code == 0 { self.error.clone() } else { format!("AADSTS{}", self.code) }
    }

    /// Whether Entra is in trouble, rather than the identity refused.
    pub(crate) fn is_trouble(&self) -> bool {
        TROUBLES.contains(&self.code) || self.error == "server_error"
    }

    pub(crate) fn new(body: ErrorBody, credential: &Credential, now: Timestamp) -> Self {
        let description = body.error_description.unwrap_or_default();
        let code = body.error_codes.first().copied().or_else(|| number(&description)).unwrap_or(0);
        let suberror = body.suberror.filter(|word| !word.is_empty()).map(|word| plain_text(&word, WORD_CHARS_MAX));
        let class = by_number(code, credential)
            .or_else(|| by_word(&body.error, suberror.as_deref(), credential))
            .unwrap_or(FailureClass::OtherRefusal);
        let rest = if is_risk(code) { AT_RISK_FOR } else { LOCKED_FOR };
        let until = (class == FailureClass::Locked).then(|| now.checked_add(rest).unwrap_or(Timestamp::MAX));
        Self {
            class,
            error: plain_text(&body.error, WORD_CHARS_MAX),
            code,
            suberror,
            correlation_id: body.correlation_id.map(|id| plain_text(&id, WORD_CHARS_MAX)),
            message: message(&description),
            until,
            demand: body.claims.as_deref().and_then(ClaimsRequest::read),
        }
    }
}

/// Entra blocks the person, or the way, as suspicious.
const fn is_risk(code: u32) -> bool {
    matches!(code, 50_131 | 53_004 | 53_011 | 530_034)
}

/// Entra's number of a failure, where it is one that a class is known for.
fn by_number(code: u32, credential: &Credential) -> Option<FailureClass> {
    Some(match code {
        7_000_215 | 70_002 => FailureClass::WrongSecret,
        // The same number for secrets and certificates.
        7_000_222 if matches!(credential, Credential::Certificate(_)) => FailureClass::CertificateExpired,
        7_000_222 => FailureClass::ExpiredSecret,
        70_021 | 70_025 | 50_166 | 700_211..=700_213 | 700_229 => FailureClass::AssertionRefused,
        50_012 | 50_013 | 50_027 | 50_048 | 50_120 | 500_133 | 700_024 | 700_027
            if matches!(credential, Credential::Federated(_)) =>
        {
            FailureClass::AssertionRefused
        }
        50_012 | 50_013 | 50_017 | 50_027 | 50_048 | 50_120 | 700_024 | 700_027 | 700_030 => {
            FailureClass::CertificateRefused
        }
        // An application without any credential counts as public.
        700_025 if matches!(credential, Credential::Certificate(_)) => FailureClass::CertificateRefused,
        50_059 | 50_128 | 90_002 | 90_019 | 90_038 | 900_023 => FailureClass::UnknownTenant,
        70_001 | 700_011 | 700_016 | 700_038 | 1_000_031 | 7_000_112 => FailureClass::UnknownClient,
        65_001 | 65_004 | 65_005 | 90_008 | 90_094 | 90_095 | 650_056 | 650_057 | 7_000_229 => {
            FailureClass::MissingConsent
        }
        16_000 | 50_020 | 50_058 | 50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_085 | 50_089 | 50_125 | 50_132
        | 50_133 | 50_140 | 50_143 | 50_158 | 50_173 | 50_199 | 70_000 | 70_008 | 70_043 | 500_121 | 700_020
        | 700_082 | 700_084 => FailureClass::NeedsPerson,
        50_034 | 50_057 | 50_105 | 51_004 | 500_341 => FailureClass::AccountDisabled,
        50_055 | 50_135 | 50_137 | 50_142 | 50_144 => FailureClass::PasswordExpired,
        50_053 | 50_088 | 50_196 => FailureClass::Locked,
        code if is_risk(code) => FailureClass::Locked,
        _ => return None,
    })
}

/// The protocol's words, where the number says nothing.
fn by_word(error: &str, suberror: Option<&str>, credential: &Credential) -> Option<FailureClass> {
    let of_user = matches!(credential, Credential::Public);
    match (error, suberror) {
        ("consent_required", _) | (_, Some("consent_required")) => Some(FailureClass::MissingConsent),
        (_, Some("user_password_expired")) => Some(FailureClass::PasswordExpired),
        ("interaction_required" | "login_required", _) => Some(FailureClass::NeedsPerson),
        // The refresh token is of no use any more, for whatever reason.
        ("invalid_grant", _) if of_user => Some(FailureClass::NeedsPerson),
        _ => None,
    }
}

/// The number in `AADSTS7000215: …`.
fn number(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The first line without the number before it and the ids behind it.
fn message(description: &str) -> String {
    let line = description.lines().next().unwrap_or_default();
    let line = line.split(" Trace ID:").next().unwrap_or_default();
    let line = match line.split_once(": ") {
        Some((start, rest)) if start.starts_with("AADSTS") => rest,
        _ => line,
    };
    plain_text(&redact_addresses(line.trim()), MESSAGE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use graphbeat_base::Secret;

    use super::*;
    use crate::testing;

    fn refusal(json: serde_json::Value, credential: &Credential) -> Refusal {
        let body = serde_json::from_value(json).expect("an error document");
        Refusal::new(body, credential, testing::noon())
    }

    fn class_of(error: &str, code: u32, suberror: &str, credential: &Credential) -> FailureClass {
        let json = serde_json::json!({"error": error, "error_codes": [code], "suberror": suberror});
        let refusal = refusal(json, credential);
        assert_eq!(refusal.code, code, "the number is kept");
        refusal.class
    }

    #[test]
    fn each_number_has_its_class() {
        let secret = Credential::ClientSecret(Secret::from("s"));
        let certificate = Credential::Certificate(testing::certificate());
        let federated = Credential::Federated(std::sync::Arc::new(testing::NoIssuer));
        for (code, credential, class) in [
            (7_000_215, &secret, FailureClass::WrongSecret),
            (7_000_222, &secret, FailureClass::ExpiredSecret),
            (7_000_222, &certificate, FailureClass::CertificateExpired),
            (700_027, &certificate, FailureClass::CertificateRefused),
            (700_025, &certificate, FailureClass::CertificateRefused),
            (700_025, &secret, FailureClass::OtherRefusal),
            (90_002, &secret, FailureClass::UnknownTenant),
            (700_016, &secret, FailureClass::UnknownClient),
            (700_038, &secret, FailureClass::UnknownClient),
            (65_001, &Credential::Public, FailureClass::MissingConsent),
            (50_076, &Credential::Public, FailureClass::NeedsPerson),
            (50_079, &Credential::Public, FailureClass::NeedsPerson),
            (70_043, &Credential::Public, FailureClass::NeedsPerson),
            (700_082, &Credential::Public, FailureClass::NeedsPerson),
            (50_173, &Credential::Public, FailureClass::NeedsPerson),
            (50_057, &Credential::Public, FailureClass::AccountDisabled),
            (50_055, &Credential::Public, FailureClass::PasswordExpired),
            (50_053, &Credential::Public, FailureClass::Locked),
            (50_196, &Credential::Public, FailureClass::Locked),
            (70_025, &secret, FailureClass::AssertionRefused),
            (700_024, &federated, FailureClass::AssertionRefused),
            (700_213, &federated, FailureClass::AssertionRefused),
            (7_000_112, &secret, FailureClass::UnknownClient),
            (53_011, &Credential::Public, FailureClass::Locked),
            (500_011, &secret, FailureClass::OtherRefusal),
            (53_003, &Credential::Public, FailureClass::OtherRefusal),
        ] {
            assert_eq!(class_of("access_denied", code, "", credential), class, "{code}");
        }
    }

    #[test]
    fn an_unknown_number_is_classed_by_the_protocol_s_words() {
        let secret = Credential::ClientSecret(Secret::from("s"));
        for (error, suberror, credential, class) in [
            ("invalid_grant", "consent_required", &Credential::Public, FailureClass::MissingConsent),
            ("invalid_grant", "bad_token", &Credential::Public, FailureClass::NeedsPerson),
            ("invalid_grant", "", &secret, FailureClass::OtherRefusal),
            ("interaction_required", "", &Credential::Public, FailureClass::NeedsPerson),
            ("invalid_grant", "user_password_expired", &Credential::Public, FailureClass::PasswordExpired),
            ("invalid_client", "", &secret, FailureClass::OtherRefusal),
        ] {
            assert_eq!(class_of(error, 1, suberror, credential), class, "{error} {suberror}");
        }
    }

    #[test]
    fn the_message_is_one_bounded_line_without_addresses_and_ids() {
        let description = "AADSTS50034: The user account megan@contoso.com does not exist. \
                           Trace ID: 1 Correlation ID: 2 Timestamp: 3\r\nmore";
        let json = serde_json::json!({"error": "invalid_grant", "error_description": description,
            "correlation_id": "ed9cdc4a-59e8-4cf8-9b35-b0a7a7a7a7a7"});
        let refusal = refusal(json, &Credential::Public);
        assert_eq!(refusal.message, "The user account [address] does not exist.");
        assert_eq!((refusal.code, refusal.code_text().as_str()), (50_034, "AADSTS50034"), "read from the text");
        assert_eq!(refusal.correlation_id.as_deref(), Some("ed9cdc4a-59e8-4cf8-9b35-b0a7a7a7a7a7"));
    }

    #[test]
    fn a_refusal_without_number_shows_the_protocol_s_word() {
        let refusal = refusal(serde_json::json!({"error": "invalid_request"}), &Credential::Public);
        assert_eq!((refusal.code_text().as_str(), refusal.message.as_str()), ("invalid_request", ""));
    }

    #[test]
    fn a_locked_account_says_until_when() {
        let refusal =
            refusal(serde_json::json!({"error": "invalid_grant", "error_codes": [50053]}), &Credential::Public);
        assert_eq!(refusal.until.map(|until| until.to_string()).as_deref(), Some("2026-11-24T12:15:00Z"));
    }
}
