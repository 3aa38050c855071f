//! The running sandbox, its control API, and a person who clicks on its pages.

use serde_json::{Value, json};
use url::Url;

/// The scope of everything that an application was granted.
pub(crate) const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";
/// Where the pages send the browser back to.
pub(crate) const BACK: &str = "http://localhost:5012/";
/// Refusals of the token endpoint that every library has to hand on.
pub(crate) const REFUSALS: [u32; 10] = [50053, 50057, 50076, 53003, 65001, 90002, 700016, 700027, 7000215, 7000222];

/// What the ready line says.
pub(crate) struct Sandbox {
    pub(crate) tenant: String,
    pub(crate) login: String,
    pub(crate) user: String,
    pub(crate) client: String,
    pub(crate) secret: String,
    pub(crate) certificate: String,
    pub(crate) public: String,
    http: String,
}

impl Sandbox {
    pub(crate) fn read(ready: &str) -> Self {
        let line: Value = serde_json::from_str(ready).expect("a ready line");
        let text = |place: &str| line.pointer(place).and_then(Value::as_str).expect(place).to_owned();
        Self {
            tenant: text("/tenant_id"),
            login: text("/login_url"),
            user: text("/users/0/id"),
            client: text("/apps/0/client_id"),
            secret: text("/apps/0/client_secret"),
            certificate: std::fs::read_to_string(text("/apps/0/certificate_file")).expect("a certificate"),
            public: text("/apps/1/client_id"),
            http: text("/http_graph_url"),
        }
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let method = method.parse().expect("a method");
        let request = reqwest::Client::new().request(method, format!("{}/_sandbox/{path}", self.http)).json(body);
        let answer = request.send().await.expect("the control API answers");
        answer.error_for_status().expect("the control API does it").json().await.expect("JSON")
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.control("PUT", "faults", &json!([fault])).await;
    }

    /// A fault that stands for a second and tells clients to wait for two.
    pub(crate) async fn throttle(&self, mut fault: Value) {
        let now = self.control("GET", "clock", &Value::Null).await["now"].clone();
        fault["status"] = 429.into();
        fault["retry_after_s"] = 2.into();
        fault["until"] = later(now.as_str().expect("a time")).into();
        self.fault(fault).await;
    }

    /// The statuses of what was asked of a path.
    pub(crate) async fn statuses(&self, path: &str) -> Vec<u64> {
        let log = self.control("GET", "requests", &Value::Null).await;
        let all = log["requests"].as_array().expect("requests");
        let of_path = all.iter().filter(|it| it["path"].as_str().is_some_and(|own| own.contains(path)));
        of_path.filter_map(|it| it["status"].as_u64()).collect()
    }

    /// Lets the test issuer's `subject` act as the first application, and gives its token.
    pub(crate) async fn trust_workload(&self, subject: &str) -> String {
        let made = self.control("POST", "assertions", &json!({ "subject": subject })).await;
        let http = reqwest::Client::new();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client),
            ("client_secret", &self.secret),
            ("scope", GRAPH_SCOPE),
        ];
        let token = http.post(format!("{}/{}/oauth2/v2.0/token", self.http, self.tenant)).form(&form).send().await;
        let token: Value = token.expect("an answer").json().await.expect("JSON");
        let token = token["access_token"].as_str().expect("a token");
        let applications = format!("{}/v1.0/applications(appId='{}')", self.http, self.client);
        let own: Value =
            http.get(&applications).bearer_auth(token).send().await.expect("an answer").json().await.expect("JSON");
        let credentials = format!(
            "{}/v1.0/applications/{}/federatedIdentityCredentials",
            self.http,
            own["id"].as_str().expect("an id")
        );
        let body = json!({"name": "judge", "issuer": made["issuer"], "subject": subject});
        let answer = http.post(credentials).bearer_auth(token).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 201);
        made["assertion"].as_str().expect("an assertion").to_owned()
    }

    pub(crate) async fn approve(&self, user_code: &str) {
        self.control("POST", "device", &json!({"user_code": user_code, "user_id": self.user, "approve": true})).await;
    }

    /// The code that a person gets who signs in and accepts on the authorize page.
    pub(crate) async fn code(&self, client: &str, scope: &str) -> String {
        let policy = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(policy).build().expect("a client");
        let page = format!("{}/{}/oauth2/v2.0/authorize", self.http, self.tenant);
        let query = [("client_id", client), ("response_type", "code"), ("redirect_uri", BACK), ("scope", scope)];
        let text = http.get(&page).query(&query).send().await.expect("a page").text().await.expect("a page");
        let mut form = vec![("user_id".to_owned(), self.user.clone()), ("action".to_owned(), "accept".to_owned())];
        for input in text.split("<input type=\"hidden\" name=\"").skip(1) {
            let mut parts = input.split('"');
            if let (Some(name), Some(" value="), Some(value)) = (parts.next(), parts.next(), parts.next()) {
                form.push((name.to_owned(), plain(value)));
            }
        }
        let answer = http.post(&page).form(&form).send().await.expect("an answer");
        let back = answer.headers().get("location").expect("a redirect").to_str().expect("a text");
        let back = Url::parse(back).expect("an address");
        back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned()).expect("a code")
    }
}

fn plain(text: &str) -> String {
    let entities = [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// The time a second after one such as `2026-11-24T12:00:00.000Z`.
fn later(now: &str) -> String {
    let (minute, seconds) = now.split_at(17);
    let seconds: f64 = seconds.trim_end_matches('Z').parse().expect("seconds");
    // A minute's end is not passed over: the fault then stands a little shorter.
    format!("{minute}{:06.3}Z", (seconds + 1.0).min(59.999))
}
