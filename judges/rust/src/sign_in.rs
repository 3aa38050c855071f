//! graph-rs-sdk's sign-ins: as an application by secret, certificate and assertion, as a user by device and by code.

use graph_oauth::{ConfidentialClientApplication, PublicClientApplication, X509Certificate};
use graph_rs_sdk::GraphClient;
use openssl::pkey::PKey;
use openssl::x509::X509;
use serde_json::{Value, json};
use url::Url;

use crate::sandbox::{BACK, REFUSALS, Sandbox};

crate::judges![
    graph_rs_signs_in_by_secret,
    graph_rs_signs_in_by_certificate,
    graph_rs_signs_in_by_assertion,
    graph_rs_signs_in_by_device_code,
    graph_rs_signs_in_by_authorization_code,
    graph_rs_hands_refusals_on,
];

const USER_SCOPE: &str = "https://graph.microsoft.com/User.Read";

/// A client that signs in as the first application.
pub(crate) fn client(sandbox: &Sandbox) -> GraphClient {
    let mut builder = ConfidentialClientApplication::builder(sandbox.client.as_str());
    let application = builder.with_client_secret(&sandbox.secret).with_tenant(&sandbox.tenant).build();
    GraphClient::from(&application)
}

async fn assert_users(client: GraphClient) {
    let answer = client.users().list_user().send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}

async fn graph_rs_signs_in_by_secret(sandbox: &Sandbox) {
    assert_users(client(sandbox)).await;
}

async fn graph_rs_signs_in_by_certificate(sandbox: &Sandbox) {
    let key = PKey::private_key_from_pem(sandbox.certificate.as_bytes()).expect("a key");
    let certificate = X509::from_pem(sandbox.certificate.as_bytes()).expect("a certificate");
    let certificate = X509Certificate::new_with_tenant(&sandbox.client, &sandbox.tenant, certificate, key);
    let mut builder = ConfidentialClientApplication::builder(sandbox.client.as_str());
    // The library signs at once: for the tenant that it knows by then.
    let credential = builder.with_tenant(&sandbox.tenant).with_client_x509_certificate(&certificate);
    assert_users(GraphClient::from(&credential.expect("a credential").build())).await;
}

async fn graph_rs_signs_in_by_assertion(sandbox: &Sandbox) {
    let assertion = sandbox.trust_workload("judge").await;
    let mut builder = ConfidentialClientApplication::builder(sandbox.client.as_str());
    let application = builder.with_client_assertion(assertion).with_tenant(&sandbox.tenant).build();
    assert_users(GraphClient::from(&application)).await;
}

async fn graph_rs_signs_in_by_device_code(sandbox: &Sandbox) {
    let mut builder = PublicClientApplication::builder(&sandbox.public);
    let mut executor = builder.with_device_code_executor().with_scope([USER_SCOPE]).with_tenant(&sandbox.tenant);
    let mut answers = executor.poll_async(None).await.expect("a device code");
    let first = answers.recv().await.expect("an answer");
    let device = graph_rs_sdk::http::HttpResponseExt::json(&first).expect("JSON");
    sandbox.approve(device["user_code"].as_str().expect("a code")).await;
    let mut last = Value::Null;
    while let Some(answer) = answers.recv().await {
        last = graph_rs_sdk::http::HttpResponseExt::json(&answer).expect("JSON");
    }
    let me = GraphClient::new(last["access_token"].as_str().expect("a token")).me().get_user().send().await;
    let me: Value = me.expect("an answer").json().await.expect("JSON");
    assert_eq!(me["id"].as_str(), Some(sandbox.user.as_str()));
}

async fn graph_rs_signs_in_by_authorization_code(sandbox: &Sandbox) {
    let code = sandbox.code(&sandbox.client, &format!("{USER_SCOPE} offline_access")).await;
    let mut builder = ConfidentialClientApplication::builder(sandbox.client.as_str());
    let mut credential = builder.with_auth_code(code);
    credential.with_client_secret(&sandbox.secret).with_redirect_uri(Url::parse(BACK).expect("an address"));
    credential.with_tenant(&sandbox.tenant).with_scope([USER_SCOPE, "offline_access"]);
    let me = GraphClient::from(&credential.build()).me().get_user().send().await.expect("an answer");
    let me: Value = me.json().await.expect("JSON");
    assert_eq!(me["id"].as_str(), Some(sandbox.user.as_str()));
}

async fn graph_rs_hands_refusals_on(sandbox: &Sandbox) {
    for code in REFUSALS {
        sandbox
            .fault(json!({"operation": "token.client-secret", "status": 400, "code": format!("AADSTS{code}")}))
            .await;
        let error = client(sandbox).users().list_user().send().await.expect_err("a refusal");
        assert!(format!("{error:?}").contains(&format!("AADSTS{code}")), "{error:?}");
    }
}
