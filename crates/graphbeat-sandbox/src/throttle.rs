//! Graph's documented limits, as windows that fill up: <https://learn.microsoft.com/graph/throttling-limits>.

use std::collections::HashMap;

use graphbeat_base::Timestamp;
use http::Method;

use crate::graph::Caller;

/// How many windows are kept before those that are over are thrown away.
const WINDOWS_MAX: usize = 100_000;

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
    Other,
}

/// Whose use is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    App,
    Tenant,
    /// Application and the user whose data it is.
    Mailbox,
    /// Application and the single report.
    Report,
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Requests,
    Writes,
    Lists,
    Units,
}

/// One documented limit.
#[derive(Clone, Copy, Debug)]
struct Limit {
    /// `None`: every service.
    service: Option<Service>,
    scope: Scope,
    measure: Measure,
    most: u64,
    window_s: i64,
    says_when: bool,
}

const fn limit(service: Service, scope: Scope, measure: Measure, most: u64, window_s: i64) -> Limit {
    Limit { service: Some(service), scope, measure, most, window_s, says_when: true }
}

const fn silent(service: Service, scope: Scope, measure: Measure, most: u64, window_s: i64) -> Limit {
    Limit { says_when: false, ..limit(service, scope, measure, most, window_s) }
}

/// The index of the identity service's units, whose limit depends on the tenant's size.
const IDENTITY_UNITS: usize = 1;
const LIMITS: [Limit; 17] = [
    Limit {
        service: None,
        scope: Scope::App,
        measure: Measure::Requests,
        most: 130_000,
        window_s: 10,
        says_when: true,
    },
    limit(Service::Identity, Scope::App, Measure::Units, 3_500, 10),
    limit(Service::Identity, Scope::App, Measure::Writes, 3_000, 150),
    limit(Service::IdentityReports, Scope::App, Measure::Requests, 5, 10),
    silent(Service::IdentityProtection, Scope::Tenant, Measure::Requests, 1, 1),
    limit(Service::Outlook, Scope::Mailbox, Measure::Requests, 10_000, 600),
    silent(Service::OneNote, Scope::Mailbox, Measure::Requests, 120, 60),
    silent(Service::OneNote, Scope::Mailbox, Measure::Requests, 400, 3_600),
    limit(Service::Files, Scope::App, Measure::Units, 1_200, 60),
    limit(Service::Files, Scope::App, Measure::Units, 1_200_000, 86_400),
    limit(Service::Excel, Scope::App, Measure::Requests, 1_500, 10),
    limit(Service::Reports, Scope::Report, Measure::Requests, 14, 600),
    limit(Service::Health, Scope::App, Measure::Requests, 240, 60),
    limit(Service::Health, Scope::App, Measure::Requests, 800, 3_600),
    limit(Service::Subscriptions, Scope::App, Measure::Lists, 25, 20),
    limit(Service::Presence, Scope::App, Measure::Requests, 10_000, 30),
    limit(Service::Insights, Scope::Mailbox, Measure::Requests, 10_000, 600),
];

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

/// A request as the limits see it; `path` begins after the version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) caller: &'a Caller,
    pub(crate) now: Timestamp,
}

/// What the limits say to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may pass; the identity service says what it cost.
    Pass { resource_units: Option<u64> },
    /// It may not.
    Refuse(Refused),
}

/// Why a request was throttled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) service: Service,
    pub(crate) message: String,
    /// `None` where the service does not say when to come back.
    pub(crate) retry_after_s: Option<i64>,
}

impl Refused {
    /// The error code that the service uses.
    pub(crate) fn code(&self) -> &'static str {
        match self.service {
            Service::Outlook => "ApplicationThrottled",
            Service::OneNote => "20166",
            _ => "TooManyRequests",
        }
    }
}

/// How full each window is, and how many requests each mailbox serves right now.
#[derive(Debug)]
pub(crate) struct Limits {
    enforced: bool,
    identity_units_most: u64,
    windows: HashMap<(usize, String), Window>,
    under_way: HashMap<(Service, String), u32>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    begins: Timestamp,
    used: u64,
}

impl Limits {
    /// Empty windows for a tenant of this size.
    pub(crate) fn new(enforced: bool, users: usize) -> Self {
        let identity_units_most = match users {
            0..50 => 3_500,
            50..=500 => 5_000,
            _ => 8_000,
        };
        Self { enforced, identity_units_most, windows: HashMap::new(), under_way: HashMap::new() }
    }

    /// Empties all windows.
    pub(crate) fn clear(&mut self) {
        self.windows.clear();
    }

    /// Counts a request in every window that it belongs to, and says whether it may pass.
    pub(crate) fn charge(&mut self, charge: &Charge<'_>) -> Decision {
        if !self.enforced {
            return Decision::Pass { resource_units: None };
        }
        self.throw_away_old(charge.now);
        let service = service_of(charge.path);
        for (index, limit) in
            LIMITS.iter().enumerate().filter(|(_, limit)| limit.service.is_none_or(|it| it == service))
        {
            if let Some(refused) = self.charge_one(index, limit, service, charge) {
                return Decision::Refuse(refused);
            }
        }
        Decision::Pass { resource_units: (service == Service::Identity).then(|| identity_cost(charge)) }
    }

    fn charge_one(&mut self, index: usize, limit: &Limit, service: Service, charge: &Charge<'_>) -> Option<Refused> {
        let cost = limit.measure.cost(service, charge);
        if cost == 0 {
            return None;
        }
        let most = if index == IDENTITY_UNITS { self.identity_units_most } else { limit.most };
        let window =
            self.windows.entry((index, limit.scope.key(charge))).or_insert(Window { begins: charge.now, used: 0 });
        let age_s = charge.now.duration_since(window.begins).as_secs();
        if !(0..limit.window_s).contains(&age_s) {
            *window = Window { begins: charge.now, used: 0 };
        }
        if window.used + cost > most {
            let left_s = limit.window_s - charge.now.duration_since(window.begins).as_secs();
            return Some(Refused {
                service,
                message: refusal_text(service).to_owned(),
                retry_after_s: limit.says_when.then_some(left_s.max(1)),
            });
        }
        window.used += cost;
        None
    }

    /// Lets a request into a mailbox, at most four (OneNote: five) at once; `None` where it may go in uncounted.
    pub(crate) fn enter(&mut self, charge: &Charge<'_>) -> Result<Option<Seat>, Refused> {
        let service = service_of(charge.path);
        let most = match service {
            Service::Outlook | Service::Insights => 4,
            Service::OneNote => 5,
            _ => return Ok(None),
        };
        if !self.enforced {
            return Ok(None);
        }
        let seat = Seat(service, Scope::Mailbox.key(charge));
        let count = self.under_way.entry((seat.0, seat.1.clone())).or_insert(0);
        if *count >= most {
            return Err(Refused {
                service,
                message: "Application is over its MailboxConcurrency limit.".to_owned(),
                retry_after_s: (service != Service::OneNote).then_some(1),
            });
        }
        *count += 1;
        Ok(Some(seat))
    }

    /// Lets a request out again.
    pub(crate) fn leave(&mut self, seat: &Seat) {
        let key = (seat.0, seat.1.clone());
        if let Some(count) = self.under_way.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&key);
            }
        }
    }

    fn throw_away_old(&mut self, now: Timestamp) {
        if self.windows.len() < WINDOWS_MAX {
            return;
        }
        self.windows.retain(|(index, _), window| {
            LIMITS.get(*index).is_some_and(|limit| now.duration_since(window.begins).as_secs() < limit.window_s)
        });
        if self.windows.len() >= WINDOWS_MAX {
            self.windows.clear();
        }
    }
}

/// A request's place in a mailbox.
#[derive(Debug)]
pub(crate) struct Seat(Service, String);

impl Measure {
    fn cost(self, service: Service, charge: &Charge<'_>) -> u64 {
        let writes = charge.method != Method::GET && charge.method != Method::HEAD;
        match self {
            Self::Requests => 1,
            Self::Writes => u64::from(writes),
            Self::Lists => u64::from(!writes),
            Self::Units if service == Service::Files => file_cost(charge, writes),
            Self::Units => identity_cost(charge),
        }
    }
}

impl Scope {
    fn key(self, charge: &Charge<'_>) -> String {
        let app = charge.caller.app_id;
        match self {
            Self::App => app.to_string(),
            Self::Tenant => String::new(),
            Self::Mailbox => format!("{app} {}", mailbox(charge)),
            Self::Report => {
                let report = charge.path.rsplit('/').next().unwrap_or_default();
                format!("{app} {}", report.split('(').next().unwrap_or_default().to_ascii_lowercase())
            }
        }
    }
}

/// The user whose data a path leads to.
fn mailbox(charge: &Charge<'_>) -> String {
    let mut segments = charge.path.trim_start_matches('/').split('/');
    match segments.next() {
        Some(first) if first.eq_ignore_ascii_case("users") => segments.next().unwrap_or_default().to_ascii_lowercase(),
        _ => charge.caller.user_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// The service that a path belongs to.
fn service_of(path: &str) -> Service {
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
        "messages"
        | "mailfolders"
        | "sendmail"
        | "mailboxsettings"
        | "inferenceclassification"
        | "outlook"
        | "events"
        | "event"
        | "calendar"
        | "calendars"
        | "calendargroups"
        | "calendarview"
        | "contacts"
        | "contactfolders"
        | "people"
        | "todo"
        | "findmeetingtimes"
        | "getmailtips"
        | "reminderview" => Service::Outlook,
        "onenote" => Service::OneNote,
        "drive" | "drives" | "sites" | "shares" => Service::Files,
        "insights" => Service::Insights,
        "presence" | "communications" => Service::Presence,
        "reports" => Service::Reports,
        "auditlogs" => Service::IdentityReports,
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
        | "ownedobjects" => Service::Identity,
        _ => Service::Other,
    }
}

fn identity_cost(charge: &Charge<'_>) -> u64 {
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

fn file_cost(charge: &Charge<'_>, writes: bool) -> u64 {
    let path = charge.path.to_ascii_lowercase();
    let lists = ["/children", "/items", "/lists", "/columns", "/delta", "/search", "/versions"];
    match path.trim_end_matches('/') {
        path if path.contains("/permissions") => 5,
        _ if writes => 2,
        path if lists.iter().any(|list| path.ends_with(list)) => 2,
        _ => 1,
    }
}

fn refusal_text(service: Service) -> &'static str {
    match service {
        Service::Outlook => "Application is over its RequestRate limit.",
        Service::OneNote => {
            "The user or application has issued too many requests within a time window. Retry the request later."
        }
        _ => "Too Many Requests",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use graphbeat_base::SignedDuration;
    use uuid::Uuid;

    use super::*;

    fn caller() -> Caller {
        Caller { app_id: Uuid::nil(), application_name: "".into(), user_id: None, permissions: Arc::default() }
    }

    fn count_passed(path: &str, tries: usize) -> (usize, Option<Refused>) {
        let (mut limits, caller) = (Limits::new(true, 25), caller());
        let charge = Charge { method: &Method::GET, path, query: None, caller: &caller, now: Timestamp::UNIX_EPOCH };
        for passed in 0..tries {
            if let Decision::Refuse(refused) = limits.charge(&charge) {
                return (passed, Some(refused));
            }
        }
        (tries, None)
    }

    #[test]
    fn each_service_refuses_at_its_documented_limit() {
        for (path, passed, code, retry_after_s) in [
            ("/users", 1_750, "TooManyRequests", Some(10)),
            ("/users/1/messages", 10_000, "ApplicationThrottled", Some(600)),
            ("/users/1/onenote/pages", 120, "20166", None),
            ("/reports/getEmailActivityCounts(period='D7')", 14, "TooManyRequests", Some(600)),
            ("/auditLogs/signIns", 5, "TooManyRequests", Some(10)),
            ("/subscriptions", 25, "TooManyRequests", Some(20)),
            ("/drives/1/root/children", 600, "TooManyRequests", Some(60)),
        ] {
            let (count, refused) = count_passed(path, 20_000);
            let refused = refused.expect(path);
            assert_eq!((count, refused.code(), refused.retry_after_s), (passed, code, retry_after_s), "{path}");
        }
    }

    #[test]
    fn a_window_that_is_over_lets_requests_pass_again() {
        let (mut limits, caller) = (Limits::new(true, 25), caller());
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut charge =
            Charge { method: &Method::GET, path: "/auditLogs/signIns", query: None, caller: &caller, now: at(0) };
        (0..5).for_each(|_| assert!(matches!(limits.charge(&charge), Decision::Pass { .. })));
        charge.now = at(9);
        assert!(matches!(limits.charge(&charge), Decision::Refuse(Refused { retry_after_s: Some(1), .. })));
        charge.now = at(10);
        assert!(matches!(limits.charge(&charge), Decision::Pass { .. }));
    }

    #[test]
    fn a_mailbox_serves_four_at_once() {
        let (mut limits, caller) = (Limits::new(true, 25), caller());
        let charge = Charge {
            method: &Method::GET,
            path: "/users/1/messages",
            query: None,
            caller: &caller,
            now: Timestamp::UNIX_EPOCH,
        };
        let seats: Vec<Seat> = (0..4).filter_map(|_| limits.enter(&charge).ok().flatten()).collect();
        assert_eq!(limits.enter(&charge).expect_err("a fifth").code(), "ApplicationThrottled");
        limits.leave(&seats[0]);
        assert!(limits.enter(&charge).is_ok_and(|seat| seat.is_some()));
    }

    #[test]
    fn select_and_a_small_page_make_a_directory_read_cheaper() {
        let caller = caller();
        let cost = |path, query| {
            identity_cost(&Charge { method: &Method::GET, path, query, caller: &caller, now: Timestamp::UNIX_EPOCH })
        };
        assert_eq!(cost("/users", None), 2);
        assert_eq!(cost("/groups/1/members", Some("$select=id&$top=5")), 1);
        assert_eq!(cost("/groups/1/transitiveMembers", Some("$expand=manager")), 6);
    }
}
