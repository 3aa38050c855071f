//! The `claims` parameter: what a client asks a token to carry. Two things count here: that the client
//! understands challenges (`xms_cc` with `cp1`) and so gets tokens that live long and can be revoked, and the
//! authentication context (`acrs`) whose policy the sign-in has to meet.

use serde_json::Value;

use super::error::EntraError;
use crate::standing::AuthenticationContext;

/// What a client asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Requested {
    /// The client acts on challenges: continuous access evaluation.
    pub(super) continuous: bool,
    /// What the sign-in has to meet: a second factor.
    pub(super) context: Option<AuthenticationContext>,
}

impl Requested {
    /// Reads the parameter; what is in it besides is left to the real service.
    pub(super) fn read(text: Option<&str>) -> Result<Self, EntraError> {
        let Some(text) = text else { return Ok(Self::default()) };
        let claims: Value = serde_json::from_str(text).ok().filter(Value::is_object).ok_or_else(|| {
            EntraError::new("invalid_request", 9_002_313, "Invalid request. The 'claims' parameter is no JSON object.")
        })?;
        let token = &claims["access_token"];
        let continuous = values(&token["xms_cc"]).any(|value| value.eq_ignore_ascii_case("cp1"));
        Ok(Self { continuous, context: values(&token["acrs"]).find_map(AuthenticationContext::read) })
    }
}

/// The `values` or the `value` of a claim that is asked for.
fn values(claim: &Value) -> impl Iterator<Item = &str> {
    claim["values"].as_array().into_iter().flatten().chain([&claim["value"]]).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_that_says_cp1_is_told_of_revocations() {
        for (text, continuous) in [
            (r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#, true),
            (r#"{"access_token":{"xms_cc":{"values":["cp1","x"]},"nbf":{"essential":true,"value":"1"}}}"#, true),
            (r#"{"id_token":{"signin_state":null}}"#, false),
        ] {
            assert_eq!(Requested::read(Some(text)).map(|it| it.continuous).ok(), Some(continuous), "{text}");
        }
        assert_eq!(Requested::read(Some("nonsense")).map_err(|error| error.code), Err(9_002_313));
    }
}
