//! The permission table: every route has its row; each single accepted permission opens it, none at
//! all closes it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::route::{Gate, Route};
use super::super::table::routes;
use super::support::Client;

/// A path that a route's pattern matches, with names that need not exist.
pub(super) fn sample(route: &Route, client: &Client) -> String {
    let user = client.user.map_or_else(|| client.id(0), |user| user.to_string());
    // The signed-in user must outlive the test; the permission is looked at before the user is.
    let user = if route.name == "users.users.delete" { "nobody".to_owned() } else { user };
    let period = route
        .pattern
        .replace("(period={period})", "(period='D7')")
        .replace("(appId={appId})", "(appId='x')")
        .replace("(domainName={domainName})", "(domainName='x')")
        .replace("(tenantId={tenantId})", "(tenantId='x')")
        .replace("(q={q})", "(q='x')");
    let mut path = String::new();
    for part in period.split('/').filter(|part| !part.is_empty()) {
        path.push('/');
        let colon = if part.ends_with(':') { ":" } else { "" };
        match part.trim_end_matches(':') {
            "{user}" => path.push_str(&user),
            name if name.starts_with('{') => path.push('x'),
            name => path.push_str(name),
        }
        path.push_str(colon);
    }
    path
}

fn is_denied(client: &Client, route: &Route) -> bool {
    let response = client.send(route.method, &sample(route, client), "{}");
    let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    let told = body["error"]["code"].as_str().unwrap_or_default().to_owned();
    response.status == 403 && !told.starts_with("Directory_Quota")
}

#[test]
fn every_route_has_a_row_of_permissions_and_a_name_of_three_parts() {
    let open = routes().filter(|route| route.gate != Gate::AnyToken);
    let missing: Vec<_> =
        open.filter(|route| route.accepted().is_none()).map(|route| (route.method, route.pattern)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(routes().all(|route| route.name.split('.').count() == 3));
}

#[test]
fn no_two_routes_share_method_and_pattern() {
    let mut known = BTreeSet::new();
    for route in routes() {
        assert!(known.insert((route.method, route.pattern)), "{} {}", route.method, route.pattern);
    }
}

#[test]
fn each_accepted_permission_opens_its_route_and_none_closes_it() {
    for mut client in [Client::application(), Client::user(0)] {
        for route in routes().filter(|route| route.gate != Gate::AnyToken) {
            let Some(accepted) = route.accepted() else { continue };
            client.permissions = BTreeSet::new().into();
            let (status, _) = client.error(route.method, &sample(route, &client), "{}");
            assert!(
                matches!(status, 401 | 403),
                "{} {} answers {status} without permissions",
                route.method,
                route.pattern
            );
            let all = if client.user.is_some() { &accepted.delegated } else { &accepted.application };
            for permission in all {
                client.permissions = BTreeSet::from([(*permission).to_owned()]).into();
                let is_onenote = client.user.is_none() && route.name.starts_with("onenote.");
                assert!(
                    is_onenote || !is_denied(&client, route),
                    "{} {} with {permission}",
                    route.method,
                    route.pattern
                );
            }
        }
    }
}

#[test]
fn a_user_without_a_role_is_refused_where_a_role_is_needed() {
    let client = Client::user(5);
    assert_eq!(client.error("GET", "/reports/getMailboxUsageDetail(period='D7')", "").0, 403);
    assert_eq!(client.error("GET", "/admin/serviceAnnouncement/issues", "").0, 403);
    assert_eq!(
        client.error("GET", "/directory/deletedItems/microsoft.graph.user", ""),
        (403, "Authorization_RequestDenied".to_owned())
    );
    assert_eq!(client.get("/me").0, 200);
}

#[test]
fn a_scope_for_oneself_does_not_reach_others() {
    let mut client = Client::user(5);
    let (own, other) = (client.id(5), client.id(6));
    client.permissions = BTreeSet::from(["User.Read".to_owned()]).into();
    assert_eq!(client.get(&format!("/users/{own}")).0, 200);
    assert_eq!(client.error("GET", &format!("/users/{other}"), ""), (403, "Authorization_RequestDenied".to_owned()));
    client.permissions = BTreeSet::from(["User.ReadBasic.All".to_owned()]).into();
    assert_eq!(client.get(&format!("/users/{other}")).0, 200);
    assert_eq!(client.error("GET", &format!("/users/{other}/people"), "").0, 403);
}

#[test]
fn an_application_has_no_me() {
    assert_eq!(Client::application().error("GET", "/me", ""), (400, "BadRequest".to_owned()));
}
