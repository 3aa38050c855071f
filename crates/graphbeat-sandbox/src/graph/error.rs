//! Graph's errors: `{"error":{"code","message","innerError":{…}}}`, with the words of the service
//! that stands behind a route.

use http::StatusCode;
use serde_json::json;

use super::GraphRequest;
use super::response::GraphResponse;
use crate::tenant::ids::stamp;

/// The service behind a route: it decides the codes and words of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Entra ID: users, groups, applications, policies.
    Directory,
    /// Exchange Online: mail, calendar, contacts, To Do, people.
    Outlook,
    /// OneDrive and document libraries.
    Drive,
    /// SharePoint sites and lists.
    SharePoint,
    /// OneNote.
    OneNote,
    /// Usage reports and their settings.
    Reports,
    /// Service health and message centre.
    Health,
    /// Teams: presence, teams, chats, meetings.
    Teams,
    /// Defender and identity protection.
    Security,
    /// Planner.
    Planner,
}

/// An error that Graph answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl GraphError {
    /// Any error.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// 400 with the code that most services use.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400: no route has this path.
    pub(crate) fn unknown_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    /// 405: the path exists, the method does not.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "Specified HTTP method is not allowed for the request target.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Request_BadRequest", message)
    }

    /// 400: the request is wrong in the eyes of the route's service.
    pub(crate) fn invalid(service: Service, message: impl Into<String>) -> Self {
        let code = match service {
            Service::Directory => "Request_BadRequest",
            Service::Outlook => "ErrorInvalidRequest",
            Service::Drive | Service::SharePoint => "invalidRequest",
            Service::OneNote => "20001",
            Service::Reports | Service::Health | Service::Teams | Service::Security | Service::Planner => "BadRequest",
        };
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 404: the object does not exist.
    pub(crate) fn not_found(service: Service, id: &str) -> Self {
        let (code, message) = match service {
            Service::Directory => (
                "Request_ResourceNotFound",
                format!(
                    "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
                ),
            ),
            Service::Outlook => ("ErrorItemNotFound", "The specified object was not found in the store.".to_owned()),
            Service::Drive | Service::SharePoint => ("itemNotFound", "The resource could not be found.".to_owned()),
            Service::OneNote => ("20102", "The specified resource ID does not exist.".to_owned()),
            Service::Reports | Service::Health | Service::Teams | Service::Security | Service::Planner => {
                ("NotFound", format!("Resource '{id}' was not found."))
            }
        };
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 403: the token, or the user behind it, may not do this.
    pub(crate) fn denied(service: Service) -> Self {
        let (code, message) = match service {
            Service::Directory => ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
            Service::Outlook => ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
            Service::Drive | Service::SharePoint => ("accessDenied", "Access denied"),
            Service::OneNote => {
                ("40004", "The OAuth token provided does not have the necessary scopes to complete the request.")
            }
            Service::Reports => ("S2SUnauthorized", "Invalid permission."),
            Service::Health => ("UnknownError", "Insufficient privileges to complete the operation."),
            Service::Teams => ("Forbidden", "Forbidden"),
            Service::Security => ("Forbidden", "Missing application roles or user scopes."),
            Service::Planner => ("Forbidden", "You do not have the required permissions to access this item."),
        };
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404: the user has no licensed, provisioned mailbox.
    pub(crate) fn no_mailbox() -> Self {
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        Self::new(StatusCode::NOT_FOUND, "MailboxNotEnabledForRESTAPI", message)
    }

    /// 404: the user has no licensed, provisioned OneDrive.
    pub(crate) fn no_drive() -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", "User's mysite not found.")
    }

    /// 412: `If-Match` names another version.
    pub(crate) fn changed_meanwhile(service: Service) -> Self {
        let (code, message) = match service {
            Service::Drive | Service::SharePoint => ("resourceModified", "ETag does not match current item's value"),
            Service::Planner => ("PreconditionFailed", "The If-Match header is missing or names another version."),
            _ => (
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
            ),
        };
        Self::new(StatusCode::PRECONDITION_FAILED, code, message)
    }

    /// The answer for a request.
    pub(crate) fn response(&self, request: &GraphRequest<'_>) -> GraphResponse {
        let date = stamp(request.now);
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": date.trim_end_matches('Z'),
                "request-id": request.request_id.to_string(),
                "client-request-id": client_request_id(request),
            },
        }});
        GraphResponse::json(self.status, &body)
    }
}

/// The id that the client gave its request, or the server's where it gave none.
fn client_request_id(request: &GraphRequest<'_>) -> String {
    let given = request.headers.get("client-request-id").and_then(|value| value.to_str().ok());
    given.map_or_else(|| request.request_id.to_string(), str::to_owned)
}
