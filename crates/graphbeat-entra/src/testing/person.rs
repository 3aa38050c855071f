//! The id tokens of a person, and the tenant that signs them.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{CLIENT_ID, Scripted, TENANT_ID, USER_ID, answer, noon, rsa_key};

pub(crate) fn issuer() -> String {
    format!("https://login.example/{TENANT_ID}/v2.0")
}

pub(crate) fn claims() -> Value {
    let now = noon().as_second();
    json!({"iss": issuer(), "aud": CLIENT_ID, "exp": now + 3600, "nbf": now, "oid": USER_ID, "tid": TENANT_ID,
        "preferred_username": "megan@contoso.example"})
}

pub(crate) fn signed(claims: &Value, key: &rcgen::KeyPair, kid: &str) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    let key = EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).expect("a key");
    jsonwebtoken::encode(&header, claims, &key).expect("a token")
}

pub(crate) fn tokens(id_token: &str) -> Scripted {
    answer(200, &json!({"access_token": "t1", "expires_in": 3600, "refresh_token": "r1", "id_token": id_token}))
}

pub(crate) fn good_tokens() -> Scripted {
    tokens(&signed(&claims(), rsa_key(), "k1"))
}

pub(crate) fn discovery() -> Scripted {
    let keys = format!("https://login.example/{TENANT_ID}/discovery/v2.0/keys");
    answer(200, &json!({"issuer": issuer(), "jwks_uri": keys, "token_endpoint": "https://elsewhere.example"}))
}

pub(crate) fn keys(kid: &str) -> Scripted {
    let key = EncodingKey::from_rsa_pem(rsa_key().serialize_pem().as_bytes()).expect("a key");
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("a JWK");
    let mut jwk = serde_json::to_value(jwk).expect("JSON");
    jwk["kid"] = kid.into();
    answer(200, &json!({"keys": [{"kty": "EC", "crv": "P-256"}, jwk]}))
}
