//! One exchange with Entra: built, sent by the wire, judged, handed to the log.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use graphbeat_base::{CallPath, Timestamp};
use graphbeat_http::{CallContext, Request, Wire, address};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::answer::{Failure, judge};
use crate::{ClaimsRequest, ExchangeLog, Identity, TokenOutcome};

/// Real time until Entra's whole answer must be there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends to Entra and tells the log.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) wire: Wire,
    pub(crate) log: Arc<dyn ExchangeLog>,
}

/// For whom and as what a request leaves.
#[derive(Clone, Copy)]
pub(crate) struct Errand<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) operation: &'static str,
    pub(crate) planned_at: Option<Timestamp>,
}

/// A body that was understood.
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    /// When it was asked for: lifetimes are counted from there, to be safe.
    pub(crate) asked_at: Timestamp,
}

/// The fields of a form, encoded. The encoder itself cannot be kept: it is not `Sync`.
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn new(client_id: Uuid) -> Self {
        Self(String::new()).field("client_id", &client_id.hyphenated().to_string())
    }

    pub(crate) fn field(self, name: &str, value: &str) -> Self {
        let mut fields = form_urlencoded::Serializer::new(self.0);
        fields.append_pair(name, value);
        Self(fields.finish())
    }

    /// With what Graph, or Entra itself, demands of the token.
    pub(crate) fn demanding(self, demand: Option<&ClaimsRequest>) -> Self {
        match demand {
            Some(demand) => self.field("claims", &demand.parameter()),
            None => self,
        }
    }
}

impl Client {
    pub(crate) fn now(&self) -> Timestamp {
        self.wire.clock().now()
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        errand: Errand<'_>,
        url: Url,
        form: Form,
    ) -> Result<Answer<T>, Failure> {
        let mut request = request(Method::POST, &url);
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, form_type);
        request.body = Bytes::from(form.0);
        self.exchange(errand, &url, request).await
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, errand: Errand<'_>, url: Url) -> Result<Answer<T>, Failure> {
        self.exchange(errand, &url, request(Method::GET, &url)).await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        errand: Errand<'_>,
        url: &Url,
        request: Request,
    ) -> Result<Answer<T>, Failure> {
        let path = wire_path(url, &errand.identity.tenant);
        let exchange = self.wire.send(errand.context(), path, request).await;
        let asked_at = exchange.departure.started_at;
        let judged = judge(&exchange.result, &errand.identity.credential, self.now());
        let outcome = judged.as_ref().map_or_else(Failure::outcome, |_| TokenOutcome::Ok);
        self.log.record(exchange, outcome).await;
        judged.map(|body| Answer { body, asked_at })
    }
}

impl Errand<'_> {
    fn context(&self) -> CallContext {
        CallContext {
            planned_at: self.planned_at,
            account: Arc::clone(&self.identity.account),
            tenant: Arc::clone(&self.identity.tenant),
            operation: Arc::from(self.operation),
            journey: None,
            attempt: 1,
        }
    }
}

fn request(method: Method, url: &Url) -> Request {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Request { method, uri: address(url), headers, body: Bytes::new(), timeout: ANSWER_TIMEOUT }
}

/// `{login_url}/{tenant}/{rest}`.
pub(crate) fn endpoint(identity: &Identity, rest: &[&str]) -> Url {
    let mut url = identity.endpoints.login_url.clone();
    // A login URL that cannot have a path is no `http` URL: the transport refuses it.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(&identity.tenant).extend(rest);
    }
    url
}

/// The path as sent, with the tenant, and whatever else is an id, taken out.
fn wire_path(url: &Url, tenant: &str) -> CallPath {
    let mut template = String::with_capacity(url.path().len());
    let mut ids = Vec::new();
    for segment in url.path().split('/').skip(1) {
        template.push('/');
        if segment == tenant || Uuid::try_parse(segment).is_ok() {
            template.push_str("{}");
            ids.push(Arc::from(segment));
        } else {
            template.push_str(segment);
        }
    }
    CallPath { template: Arc::from(template), ids }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_path_is_kept_as_a_template_with_the_tenant_as_id() {
        let url = endpoint(&testing::user(), &["oauth2", "v2.0", "token"]);
        assert_eq!(url.as_str(), "https://login.example/contoso.example/oauth2/v2.0/token");
        let path = wire_path(&url, "contoso.example");
        assert_eq!(&*path.template, "/{}/oauth2/v2.0/token");
        assert_eq!(path.to_string(), url.path());
    }

    #[test]
    fn a_tenant_cannot_leave_its_place_in_the_path() {
        let mut identity = testing::user();
        identity.tenant = Arc::from("a/../b?c#d");
        let url = endpoint(&identity, &["oauth2", "v2.0", "token"]);
        assert_eq!(url.path(), "/a%2F..%2Fb%3Fc%23d/oauth2/v2.0/token");
    }
}
