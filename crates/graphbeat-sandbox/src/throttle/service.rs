//! Which service a path belongs to, and what a request costs there.

use http::Method;

use super::Charge;

/// The service that answers a path: each has limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    Identity,
    IdentityReports,
    IdentityProtection,
    Outlook,
    OneNote,
    Files,
    Excel,
    Reports,
    Health,
    Subscriptions,
    Presence,
    Insights,
    Teams,
    Security,
    Other,
}

/// What costs more than one unit in the identity service, by the beginning and the end of its path.
const IDENTITY_COSTS: [(&str, &str, u64); 14] = [
    ("/contracts", "", 3),
    ("/subscribedskus", "", 3),
    ("/groups/", "/transitivemembers", 5),
    ("/groups/", "/members", 3),
    ("/directoryobjects/getbyids", "", 5),
    ("/domains/", "/domainnamereferences", 4),
    ("/", "/checkmembergroups", 4),
    ("/", "/checkmemberobjects", 4),
    ("/", "/ismemberof", 4),
    ("/", "/licensedetails", 2),
    ("/", "memberof", 2),
    ("/", "/ownedobjects", 2),
    ("/oauth2permissiongrants", "", 2),
    ("/serviceprincipals/", "/approleassignments", 2),
];

/// What of a user or group Exchange Online holds.
const OUTLOOK: [&str; 19] = [
    "messages",
    "mailfolders",
    "sendmail",
    "mailboxsettings",
    "inferenceclassification",
    "outlook",
    "events",
    "event",
    "calendar",
    "calendars",
    "calendargroups",
    "calendarview",
    "contacts",
    "contactfolders",
    "people",
    "todo",
    "findmeetingtimes",
    "getmailtips",
    "reminderview",
];

/// The service that a path belongs to.
pub(super) fn service_of(path: &str) -> Service {
    let path = path.to_ascii_lowercase();
    if path.contains("/workbook") {
        return Service::Excel;
    }
    let mut segments = path.trim_start_matches('/').split(['/', '(']).filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or_default();
    let of_user = match first {
        "me" => segments.next(),
        "users" | "groups" => segments.nth(1),
        _ => None,
    };
    match of_user.unwrap_or(first) {
        name if OUTLOOK.contains(&name) => Service::Outlook,
        "onenote" => Service::OneNote,
        "drive" | "drives" | "sites" | "shares" => Service::Files,
        "insights" => Service::Insights,
        "presence" | "communications" => Service::Presence,
        "reports" => Service::Reports,
        "auditlogs" | "authentication" => Service::IdentityReports,
        "teams" | "chats" | "joinedteams" | "teamwork" | "appcatalogs" => Service::Teams,
        "security" => Service::Security,
        "identityprotection" => Service::IdentityProtection,
        "identity" if path.contains("/conditionalaccess") => Service::IdentityProtection,
        "admin" if path.contains("/serviceannouncement") => Service::Health,
        "subscriptions" => Service::Subscriptions,
        "users"
        | "me"
        | "groups"
        | "directory"
        | "directoryobjects"
        | "directoryroles"
        | "organization"
        | "domains"
        | "devices"
        | "applications"
        | "serviceprincipals"
        | "subscribedskus"
        | "contracts"
        | "memberof"
        | "transitivememberof"
        | "licensedetails"
        | "manager"
        | "directreports"
        | "photo"
        | "members"
        | "owners"
        | "oauth2permissiongrants"
        | "identity"
        | "identitygovernance"
        | "policies"
        | "ownedobjects" => Service::Identity,
        _ => Service::Other,
    }
}

/// Resource units of the identity service.
pub(super) fn identity_cost(charge: &Charge<'_>) -> u64 {
    let path = charge.path.to_ascii_lowercase();
    let path = path.trim_end_matches('/');
    let listed = matches!(path, "/users" | "/applications") && charge.method == Method::GET;
    let base = IDENTITY_COSTS
        .iter()
        .find(|(start, end, _)| path.starts_with(start) && path.ends_with(end))
        .map_or(if listed { 2 } else { 1 }, |(_, _, cost)| *cost);
    let query = charge.query.unwrap_or_default().to_ascii_lowercase().replace("%24", "$");
    let has = |name: &str| query.split('&').any(|part| part.starts_with(name));
    let top = query.split('&').find_map(|part| part.strip_prefix("$top=")).and_then(|top| top.parse::<u64>().ok());
    let less = u64::from(has("$select=")) + u64::from(top.is_some_and(|top| top < 20));
    (base + u64::from(has("$expand="))).saturating_sub(less).max(1)
}

/// Resource units of SharePoint and OneDrive.
pub(super) fn file_cost(charge: &Charge<'_>, writes: bool) -> u64 {
    let path = charge.path.to_ascii_lowercase();
    let lists = ["/children", "/items", "/lists", "/columns", "/delta", "/search", "/versions"];
    match path.trim_end_matches('/') {
        path if path.contains("/permissions") => 5,
        _ if writes => 2,
        path if lists.iter().any(|list| path.ends_with(list)) => 2,
        _ => 1,
    }
}
