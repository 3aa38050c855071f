//! Hosts of Microsoft whose services are not emulated: each says so in its own service's shape, and serves the
//! little without which the command line for Azure cannot sign in and consent.

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderName, Method, StatusCode};
use serde_json::json;

use super::Visit;
use crate::access;
use crate::entra::{self, ConsentRefused, PORTAL_APP_ID};
use crate::server::Reply;
use crate::server::hosts::{is_portal, is_sharepoint, is_unserved};
use crate::world::read;

/// The request's id as SharePoint says it.
const SHAREPOINT_REQUEST: HeaderName = HeaderName::from_static("sprequestguid");
/// What SharePoint's errors call a thing that is not there to be done.
const NOT_IMPLEMENTED: &str = "System.NotImplementedException";
/// The same as a number: `E_NOTIMPL`.
const NOT_IMPLEMENTED_CODE: i32 = -2_147_467_263;
/// How long a form digest may be used.
const FORM_DIGEST_LIFE_S: u32 = 1_800;
/// Where the portal consents to what a registration requires, around the application's id.
const CONSENT: (&str, &str) = ("/api/RegisteredApplications/", "/Consent");

impl Visit<'_> {
    /// The answer of a host whose service is not here; `None` where it is.
    pub(super) fn elsewhere(&self) -> Option<Reply> {
        let host = self.host();
        match self.path.as_ref() {
            "/subscriptions" => Some(Reply::json(StatusCode::OK, &json!({ "value": [] }))),
            "/tenants" => Some(self.tenants()),
            path if is_portal(host) && path.ends_with(CONSENT.1) => Some(self.portal_consent()),
            _ if is_sharepoint(host) => Some(self.sharepoint()),
            path if is_unserved(host, path) => {
                Some(self.graph_error(StatusCode::NOT_FOUND, "NotFound", &self.not_emulated()))
            }
            _ => None,
        }
    }

    fn host(&self) -> &str {
        self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, host)| host)
    }

    fn not_emulated(&self) -> String {
        format!("The sandbox emulates Entra ID and Microsoft Graph, not {}.", self.host())
    }

    /// The tenants of a caller, for which the command line for Azure asks after a person's sign-in.
    fn tenants(&self) -> Reply {
        let tenant = read(&self.world.tenant);
        let name = tenant.store.list("organization").next().map(|it| it.text("displayName").to_owned());
        let known = json!({
            "id": format!("/tenants/{}", tenant.id), "tenantId": tenant.id, "countryCode": "US", "displayName": name,
            "domains": [tenant.domain], "defaultDomain": tenant.domain, "tenantCategory": "Home", "tenantType": "AAD",
        });
        Reply::json(StatusCode::OK, &json!({ "value": [known] }))
    }

    /// SharePoint's own error, in the form that was asked for, or as its client objects have it.
    fn sharepoint(&self) -> Reply {
        let message = self.not_emulated();
        let accept = self.parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let code = format!("-1, {NOT_IMPLEMENTED}");
        let error = json!({ "code": code, "message": { "lang": "en-US", "value": message } });
        let reply = if self.path.ends_with("/_vti_bin/client.svc/ProcessQuery") {
            Reply::json(StatusCode::OK, &self.client_object_error(&message))
        } else if self.path.ends_with("/_api/contextinfo") {
            self.form_digest(accept)
        } else if accept.contains("odata=verbose") {
            Reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "error": error }))
        } else if accept.contains("xml") && !accept.contains("json") {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><m:error xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><m:code>{code}</m:code><m:message xml:lang=\"en-US\">{message}</m:message></m:error>"
            );
            Reply::new(StatusCode::NOT_IMPLEMENTED, "application/xml;charset=utf-8", body)
        } else {
            Reply::json(StatusCode::NOT_IMPLEMENTED, &json!({ "odata.error": error }))
        };
        reply.with_header(SHAREPOINT_REQUEST, self.trace.trace_id.to_string())
    }

    /// What a client asks for before it sends anything else; without it no client hears that there is nothing more.
    fn form_digest(&self, accept: &str) -> Reply {
        let site = self.base_url.as_str();
        let digest =
            format!("0x{},{}", self.trace.trace_id.simple(), self.trace.now.strftime("%d %b %Y %H:%M:%S -0000"));
        let information = json!({
            "FormDigestTimeoutSeconds": FORM_DIGEST_LIFE_S, "FormDigestValue": digest, "LibraryVersion": "16.0.0.0",
            "SiteFullUrl": site, "SupportedSchemaVersions": ["14.0.0.0", "15.0.0.0"], "WebFullUrl": site,
        });
        let body = if accept.contains("odata=verbose") {
            json!({ "d": { "GetContextWebInformation": information } })
        } else {
            information
        };
        Reply::json(StatusCode::OK, &body)
    }

    fn client_object_error(&self, message: &str) -> serde_json::Value {
        let id = self.trace.trace_id;
        json!([{
            "SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.0.0", "TraceCorrelationId": id,
            "ErrorInfo": {
                "ErrorMessage": message, "ErrorValue": null, "TraceCorrelationId": id,
                "ErrorCode": NOT_IMPLEMENTED_CODE, "ErrorTypeName": NOT_IMPLEMENTED,
            },
        }])
    }

    /// Consents for everybody to what a registration requires, as the portal's button does.
    fn portal_consent(&self) -> Reply {
        let id = self.path.strip_prefix(CONSENT.0).and_then(|rest| rest.strip_suffix(CONSENT.1));
        let for_all = self.parts.uri.query().is_some_and(|query| query.contains("onBehalfOfAll=true"));
        if self.parts.method != Method::POST || !for_all {
            return self.portal_error(StatusCode::BAD_REQUEST, "Only a consent on behalf of all is emulated.");
        }
        let headers = &self.parts.headers;
        let Ok(caller) = access::caller_of(self.world, headers, (self.trace.now, |audience| audience == PORTAL_APP_ID))
        else {
            return self.portal_error(StatusCode::UNAUTHORIZED, "The access token is missing or not for this service.");
        };
        match entra::consent_for_all(self.world, &caller, id.unwrap_or_default()) {
            Ok(()) => Reply::new(StatusCode::NO_CONTENT, "application/json", Bytes::new()),
            Err(refused @ ConsentRefused::NoAdministrator) => {
                self.portal_error(StatusCode::FORBIDDEN, &refused.to_string())
            }
            Err(refused @ ConsentRefused::Unknown) => self.portal_error(StatusCode::NOT_FOUND, &refused.to_string()),
        }
    }

    fn portal_error(&self, status: StatusCode, message: &str) -> Reply {
        let body = json!({
            "ClassName": "Microsoft.Portal.Framework.Exceptions.ClientException", "Message": message,
            "HttpStatusCode": status.as_u16(), "XMsServerRequestId": self.trace.trace_id, "ClientData": null,
        });
        Reply::json(status, &body)
    }
}
