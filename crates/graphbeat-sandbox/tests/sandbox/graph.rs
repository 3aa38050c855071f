//! Graph over the wire: real tokens, real addresses.

use crate::support::{Host, builder};

#[tokio::test]
async fn a_next_link_can_be_followed_as_it_stands() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let (mut url, mut seen) = (format!("{}/v1.0/users?$top=10&$select=id", host.ready().graph_url), 0);
    loop {
        let answer = host.send(host.client.get(&url).bearer_auth(&token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        seen += page["value"].as_array().expect("a list").len();
        match page["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut url),
            None => break,
        }
    }
    assert_eq!(seen, 25);
}

#[tokio::test]
async fn a_signed_in_user_is_me() {
    let host = Host::start().await;
    let grant = host.user_grant("User.Read offline_access").await;
    let token = grant.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(host.graph("/me", &token).await.json()["id"], host.ready().users[0].id.to_string());
    assert_eq!(host.graph("/users", &token).await.json()["error"]["code"], "Authorization_RequestDenied");
}

#[tokio::test]
async fn a_report_is_downloaded_without_a_token() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let url = format!("{}/v1.0/reports/getEmailActivityUserDetail(period='D7')", host.ready().graph_url);
    let answer = host.send(host.client.get(url).bearer_auth(&token)).await;
    assert_eq!(answer.status, 302);
    let file = host.get(answer.header("location")).await;
    assert!(file.status == 200 && file.text.contains("User Principal Name"), "{}", file.text);
}

#[tokio::test]
async fn a_list_without_a_token_is_refused() {
    let host = Host::start().await;
    let answer = host.get(&format!("{}/v1.0/users", host.ready().graph_url)).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (401, Some("InvalidAuthenticationToken")));
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_a_client_that_takes_it() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let url = format!("{}/v1.0/servicePrincipals", host.ready().graph_url);
    let client = builder(host.ready()).no_proxy().no_gzip().build().expect("a client");
    let ask = || client.get(&url).bearer_auth(&token);
    let plain = ask().send().await.expect("an answer");
    assert!(plain.headers().get("content-encoding").is_none());
    let packed = ask().header("accept-encoding", "gzip").send().await.expect("an answer");
    assert_eq!(packed.headers().get("content-encoding").and_then(|it| it.to_str().ok()), Some("gzip"));
    let (plain, packed) = (plain.bytes().await.expect("a body"), packed.bytes().await.expect("a body"));
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_ref()), &mut unpacked).expect("gzip");
    assert!(packed.len() * 2 < plain.len());
    assert_eq!(plain, unpacked);
}
