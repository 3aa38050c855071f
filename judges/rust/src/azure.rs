//! azure_identity: every credential that needs no browser, and the errors it makes of refusals.

use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{SecretBytes, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::{ClientMethodOptions, ClientOptions, RetryOptions};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientCertificateCredential,
    ClientCertificateCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::x509::X509;
use serde_json::json;

use crate::sandbox::{GRAPH_SCOPE, REFUSALS, Sandbox};

crate::judges![
    azure_identity_signs_in_by_secret,
    azure_identity_signs_in_by_certificate,
    azure_identity_signs_in_by_assertion,
    azure_identity_signs_in_as_a_workload,
    azure_identity_hands_refusals_on,
    azure_identity_repeats_a_throttled_sign_in,
];

fn options(sandbox: &Sandbox) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = sandbox.login.clone();
    ClientOptions { cloud: Some(Arc::new(cloud.into())), ..ClientOptions::default() }
}

fn secret(sandbox: &Sandbox, secret: &str, client_options: ClientOptions) -> Arc<ClientSecretCredential> {
    let options = ClientSecretCredentialOptions { client_options };
    ClientSecretCredential::new(&sandbox.tenant, sandbox.client.clone(), secret.to_owned().into(), Some(options))
        .expect("a credential")
}

async fn assert_token(credential: &dyn TokenCredential) {
    let token = credential.get_token(&[GRAPH_SCOPE], None).await.expect("a token");
    assert_eq!(token.token.secret().split('.').count(), 3);
}

async fn azure_identity_signs_in_by_secret(sandbox: &Sandbox) {
    assert_token(secret(sandbox, &sandbox.secret, options(sandbox)).as_ref()).await;
}

async fn azure_identity_signs_in_by_certificate(sandbox: &Sandbox) {
    let key = PKey::private_key_from_pem(sandbox.certificate.as_bytes()).expect("a key");
    let certificate = X509::from_pem(sandbox.certificate.as_bytes()).expect("a certificate");
    let bag = Pkcs12::builder().name("judge").pkey(&key).cert(&certificate).build2("").expect("a bag");
    let bytes = SecretBytes::new(bag.to_der().expect("bytes"));
    let options = ClientCertificateCredentialOptions { client_options: options(sandbox), ..Default::default() };
    let credential =
        ClientCertificateCredential::new(sandbox.tenant.clone(), sandbox.client.clone(), bytes, Some(options));
    assert_token(credential.expect("a credential").as_ref()).await;
}

#[derive(Debug)]
struct Assertion(String);

#[async_trait::async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.clone())
    }
}

async fn azure_identity_signs_in_by_assertion(sandbox: &Sandbox) {
    let assertion = Assertion(sandbox.trust_workload("judge").await);
    let options = ClientAssertionCredentialOptions { client_options: options(sandbox) };
    let credential =
        ClientAssertionCredential::new(sandbox.tenant.clone(), sandbox.client.clone(), assertion, Some(options));
    assert_token(credential.expect("a credential").as_ref()).await;
}

async fn azure_identity_signs_in_as_a_workload(sandbox: &Sandbox) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, sandbox.trust_workload("judge").await).expect("a file");
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: options(sandbox) },
        client_id: Some(sandbox.client.clone()),
        tenant_id: Some(sandbox.tenant.clone()),
        token_file_path: Some(file),
    };
    assert_token(WorkloadIdentityCredential::new(Some(options)).expect("a credential").as_ref()).await;
}

async fn azure_identity_hands_refusals_on(sandbox: &Sandbox) {
    for code in REFUSALS {
        sandbox
            .fault(json!({"operation": "token.client-secret", "status": 400, "code": format!("AADSTS{code}")}))
            .await;
        let options = ClientOptions { retry: RetryOptions::none(), ..options(sandbox) };
        let error = secret(sandbox, &sandbox.secret, options).get_token(&[GRAPH_SCOPE], None).await;
        let error = error.expect_err("a refusal");
        assert!(matches!(error.kind(), ErrorKind::Credential), "{error:?}");
        assert!(format!("{error:?}").contains(&format!("AADSTS{code}")), "{error:?}");
    }
}

async fn azure_identity_repeats_a_throttled_sign_in(sandbox: &Sandbox) {
    sandbox.throttle(json!({"operation": "token.client-secret"})).await;
    assert_token(secret(sandbox, &sandbox.secret, options(sandbox)).as_ref()).await;
    let statuses = sandbox.statuses("/oauth2/v2.0/token").await;
    assert!(statuses.contains(&429) && statuses.last() == Some(&200), "{statuses:?}");
}
