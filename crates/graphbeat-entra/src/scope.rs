//! The `scope` parameter.

use crate::{Credential, Identity};

/// What every sign-in of a user asks for beside its permissions: an id token, a name in it, and a
/// refresh token.
const OF_EVERY_USER: [&str; 3] = ["openid", "profile", "offline_access"];

/// The scope of the identity's token: whatever was granted or consented to. Naming the permissions one by
/// one would make Entra refuse the whole token where a single one of them was withdrawn, and not only the
/// operations that need it, <https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope>.
pub(crate) fn scope(identity: &Identity) -> String {
    let granted = format!("{}/.default", resource(identity));
    match identity.credential {
        Credential::ClientSecret(_) | Credential::Certificate(_) | Credential::Federated(_) => granted,
        Credential::Public => format!("{granted} {}", OF_EVERY_USER.join(" ")),
    }
}

/// The scope of a person's sign-in, where consent is asked for: the permissions that are needed, and no more.
pub(crate) fn sign_in_scope(identity: &Identity) -> String {
    let resource = resource(identity);
    let mut words: Vec<String> = Vec::with_capacity(identity.scopes.len() + OF_EVERY_USER.len());
    for scope in &identity.scopes {
        let whole = scope.contains("://") || OF_EVERY_USER.contains(&scope.as_str());
        let word = if whole { scope.clone() } else { format!("{resource}/{scope}") };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    for word in OF_EVERY_USER {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

/// With a slash at its end Entra would issue the token for another audience.
fn resource(identity: &Identity) -> &str {
    identity.endpoints.graph_resource.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_application_asks_for_what_it_was_granted() {
        let mut identity = testing::application("secret");
        identity.endpoints.graph_resource = "https://graph.microsoft.com/".to_owned();
        assert_eq!(scope(&identity), "https://graph.microsoft.com/.default");
    }

    #[test]
    fn a_user_asks_for_whole_scopes_once_and_for_a_refresh_token() {
        let mut identity = testing::user();
        identity.scopes = ["Mail.Read", "openid", "Mail.Read", "https://other/X"].map(str::to_owned).to_vec();
        assert_eq!(
            sign_in_scope(&identity),
            "https://graph.microsoft.com/Mail.Read openid https://other/X profile offline_access"
        );
    }

    #[test]
    fn a_users_later_tokens_carry_what_is_consented_to() {
        let identity = testing::user();
        assert_eq!(scope(&identity), "https://graph.microsoft.com/.default openid profile offline_access");
    }
}
