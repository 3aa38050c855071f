//! Graph's documented limits, as windows that fill up: <https://learn.microsoft.com/graph/throttling-limits>.

mod limit;
mod service;

use std::collections::HashMap;

use graphbeat_base::Timestamp;
use http::Method;

use crate::graph::Caller;
use limit::{IDENTITY_UNITS, LIMITS, Limit, Scope};
pub(crate) use service::Service;
use service::{identity_cost, service_of};

/// How many windows are kept before those that are over are thrown away.
const WINDOWS_MAX: usize = 100_000;
/// The share of a limit from which the identity service says it.
const FULLNESS_SAID: f64 = 0.8;

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
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Decision {
    /// It may pass; the identity service says what it cost, and from 0.8 on how full its limit is.
    Pass { resource_units: Option<u64>, fullness: Option<f64> },
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
    /// Whose limit of the identity service was met, as `x-ms-throttle-scope` says it; the others do not say.
    pub(crate) scope: Option<&'static str>,
    /// Which limit that was, as `x-ms-throttle-information` says it.
    pub(crate) information: &'static str,
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
            return Decision::Pass { resource_units: None, fullness: None };
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
        match service {
            Service::Identity => {
                Decision::Pass { resource_units: Some(identity_cost(charge)), fullness: self.fullness(charge) }
            }
            _ => Decision::Pass { resource_units: None, fullness: None },
        }
    }

    /// How full the identity service's units are, once that is worth saying.
    fn fullness(&self, charge: &Charge<'_>) -> Option<f64> {
        let window = self.windows.get(&(IDENTITY_UNITS, Scope::App.key(charge)))?;
        let fullness = window.used as f64 / self.identity_units_most as f64;
        (fullness >= FULLNESS_SAID).then_some(fullness)
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
                scope: (service == Service::Identity).then_some(limit.scope_name()),
                information: limit.measure.information(),
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
                scope: None,
                information: "",
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
    fn the_identity_service_says_how_full_its_limit_is_and_whose_it_was() {
        let (mut limits, caller) = (Limits::new(true, 25), caller());
        let charge =
            Charge { method: &Method::GET, path: "/users", query: None, caller: &caller, now: Timestamp::UNIX_EPOCH };
        let said: Vec<Decision> = (0..1_751).map(|_| limits.charge(&charge)).collect();
        let pass = |fullness| Decision::Pass { resource_units: Some(2), fullness };
        assert_eq!((&said[1_398], &said[1_399]), (&pass(None), &pass(Some(0.8))));
        assert!(matches!(
            said[1_750],
            Decision::Refuse(Refused {
                scope: Some("Tenant_Application/ReadWrite"),
                information: "ResourceUnitLimitExceeded",
                ..
            })
        ));
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
