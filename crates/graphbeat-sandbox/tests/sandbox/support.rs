//! A running sandbox with a client that trusts its authority, and short ways to ask it things.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphbeat_base::Clock;
use graphbeat_sandbox::{Fault, Ready, Sandbox, SandboxOptions, Throttle};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What a request got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status, `error` and code of an error of Entra.
    pub(crate) fn refusal(&self) -> (u16, String, u64) {
        let body = self.json();
        (
            self.status,
            body["error"].as_str().unwrap_or_default().to_owned(),
            body["error_codes"][0].as_u64().unwrap_or_default(),
        )
    }
}

/// A sandbox at noon, whose clock moves only by hand.
pub(crate) struct Host {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Clock,
    _data: TempDir,
}

impl Host {
    pub(crate) async fn start() -> Self {
        Self::with(Vec::new(), Throttle::None).await
    }

    pub(crate) async fn with(faults: Vec<Fault>, throttle: Throttle) -> Self {
        Self::made(faults, throttle, "2026-11-24T12:00:00Z").await
    }

    pub(crate) async fn start_at(time: &str) -> Self {
        Self::made(Vec::new(), Throttle::None, time).await
    }

    async fn made(faults: Vec<Fault>, throttle: Throttle, time: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let clock = Clock::manual(time.parse().expect("a timestamp"));
        let free = "127.0.0.1:0".parse().expect("an address");
        let options = SandboxOptions {
            listen: free,
            http: free,
            seed: 7,
            users: 25,
            faults,
            throttle,
            data: data.path().to_owned(),
            clock: clock.clone(),
        };
        let sandbox = Sandbox::start(options).await.expect("a sandbox");
        let client = builder(sandbox.ready()).no_proxy().build().expect("a client");
        Self { sandbox, client, clock, _data: data }
    }

    pub(crate) fn ready(&self) -> &Ready {
        self.sandbox.ready()
    }

    pub(crate) fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.ready().login_url, self.ready().tenant_id)
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a body") }
    }

    pub(crate) async fn form(&self, url: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.send(self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(self.client.get(url)).await
    }

    /// GET of a Graph path with a token.
    pub(crate) async fn graph(&self, path: &str, token: &str) -> Answer {
        self.send(self.client.get(format!("{}/v1.0{path}", self.ready().graph_url)).bearer_auth(token)).await
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let url = format!("{}/_sandbox/{path}", self.ready().http_graph_url);
        let method = method.parse().expect("a method");
        self.send(self.client.request(method, url).body(body.to_owned())).await
    }

    /// Sends bytes to the plain listener, says that no more come, and gives all that comes back.
    pub(crate) async fn plain(&self, text: &str) -> String {
        let address = self.ready().http_graph_url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        stream.write_all(text.as_bytes()).await.expect("a request");
        stream.shutdown().await.expect("half a farewell");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    /// The token answer for the first application and its secret.
    pub(crate) async fn secret_grant(&self) -> Answer {
        self.secret_grant_for(&self.token_url(), ("scope", "https://graph.microsoft.com/.default")).await
    }

    /// The first application's secret at a token endpoint, for a `scope` or a `resource`.
    pub(crate) async fn secret_grant_for(&self, url: &str, wanted: (&str, &str)) -> Answer {
        let app = &self.ready().apps[0];
        let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
        let client = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret), wanted];
        self.form(url, &client).await
    }

    /// An assertion signed with the first application's certificate.
    pub(crate) fn certificate_assertion(&self) -> String {
        let app = &self.ready().apps[0];
        let pem = std::fs::read_to_string(app.certificate_file.as_ref().expect("a file")).expect("its PEM");
        let certificate = pem.split("-----BEGIN CERTIFICATE-----").nth(1).expect("a certificate");
        let text: String = certificate.split("-----END").next().expect("its end").split_whitespace().collect();
        let der = STANDARD.decode(text).expect("DER");
        let now = self.clock.now().as_second();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)));
        let body = json!({
            "aud": self.token_url(), "iss": app.client_id, "sub": app.client_id, "jti": "1",
            "nbf": now, "iat": now, "exp": now + 600,
        });
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
        jsonwebtoken::encode(&header, &body, &key).expect("an assertion")
    }

    /// The token answer for the first application and an assertion.
    pub(crate) async fn assertion_grant(&self, assertion: &str) -> Answer {
        let id = self.ready().apps[0].client_id.to_string();
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        self.form(
            &self.token_url(),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &id),
                ("client_assertion_type", kind),
                ("client_assertion", assertion),
                ("scope", "https://graph.microsoft.com/.default"),
            ],
        )
        .await
    }

    /// The token answer for the second application and a user's password.
    pub(crate) async fn password_grant(&self, user: &str, password: &str) -> Answer {
        let id = self.ready().apps[1].client_id.to_string();
        let form = [
            ("grant_type", "password"),
            ("client_id", id.as_str()),
            ("username", user),
            ("password", password),
            ("scope", "openid User.Read"),
        ];
        self.form(&self.token_url(), &form).await
    }

    /// The token answer for a client, its secret and further parameters.
    pub(crate) async fn client_grant(&self, id: &str, secret: &str, more: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        self.form(&self.token_url(), &[&usual, more].concat()).await
    }

    /// A request to Graph with a body.
    pub(crate) async fn change(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let url = format!("{}/v1.0{path}", self.ready().graph_url);
        let request = self.client.request(method.parse().expect("a method"), url).bearer_auth(token);
        self.send(request.header("content-type", "application/json").body(body.to_string())).await
    }

    pub(crate) async fn app_token(&self) -> String {
        let answer = self.secret_grant().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// Signs the first user in with the second application by a device code, and gives the token answer.
    pub(crate) async fn user_grant(&self, scope: &str) -> Answer {
        let (device_code, user_code) = self.device_code(scope).await;
        let user = self.ready().users[0].id;
        let body = format!(r#"{{"user_code":"{user_code}","user_id":"{user}","approve":true}}"#);
        let approved = self.control("POST", "device", &body).await;
        assert_eq!(approved.status, 200, "{}", approved.text);
        self.redeem(&device_code).await
    }

    /// A fresh device code and the code that the person types.
    pub(crate) async fn device_code(&self, scope: &str) -> (String, String) {
        let id = self.ready().apps[1].client_id.to_string();
        let url = self.token_url().replace("/token", "/devicecode");
        let answer = self.form(&url, &[("client_id", &id), ("scope", scope)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let text = |name: &str| answer.json()[name].as_str().expect("a text").to_owned();
        (text("device_code"), text("user_code"))
    }

    pub(crate) async fn redeem(&self, device_code: &str) -> Answer {
        let id = self.ready().apps[1].client_id.to_string();
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        self.form(
            &self.token_url(),
            &[("grant_type", grant), ("client_id", &id), ("device_code", device_code), ("client_info", "1")],
        )
        .await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str, scope: &str) -> Answer {
        let id = self.ready().apps[1].client_id.to_string();
        self.form(
            &self.token_url(),
            &[("grant_type", "refresh_token"), ("client_id", &id), ("refresh_token", refresh_token), ("scope", scope)],
        )
        .await
    }
}

/// A client builder that trusts nothing but the sandbox's authority.
pub(crate) fn builder(ready: &Ready) -> reqwest::ClientBuilder {
    let pem = std::fs::read(&ready.ca_file).expect("the authority's certificate");
    let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
    reqwest::Client::builder()
        .tls_certs_only([authority])
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}
