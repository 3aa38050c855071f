//! The truth of shapes: every answer, compared with Microsoft's public metadata.
//!
//! The type of an answer follows from its own `@odata.context`, as a client would read it; an object
//! that names its `@odata.type` is compared with that.

use serde_json::{Map, Value};

use super::super::schema::{Shape, is_open, is_type, members, property};

/// Entity sets and singletons, and what they hold.
const SETS: &[(&str, &str)] = &[
    ("users", "user"),
    ("me", "user"),
    ("groups", "group"),
    ("directoryObjects", "directoryObject"),
    ("applications", "application"),
    ("servicePrincipals", "servicePrincipal"),
    ("oauth2PermissionGrants", "oAuth2PermissionGrant"),
    ("organization", "organization"),
    ("domains", "domain"),
    ("devices", "device"),
    ("contacts", "orgContact"),
    ("directoryRoles", "directoryRole"),
    ("subscribedSkus", "subscribedSku"),
    ("subscriptions", "subscription"),
    ("groupSettingTemplates", "groupSettingTemplate"),
    ("schemaExtensions", "schemaExtension"),
    ("drives", "drive"),
    ("sites", "site"),
    ("teams", "team"),
    ("chats", "chat"),
    ("places", "place"),
    ("groupSettings", "groupSetting"),
    ("invitations", "invitation"),
    ("permissionGrants", "resourceSpecificPermissionGrant"),
];
/// What stands below singletons that the sandbox's table of types leaves out.
const SINGLETONS: &[(&str, &str)] = &[
    ("directory/subscriptions", "companySubscription"),
    ("directory/deletedItems", "directoryObject"),
    ("directory/administrativeUnits", "administrativeUnit"),
    ("roleManagement/directory/roleDefinitions", "unifiedRoleDefinition"),
    ("roleManagement/directory/roleAssignments", "unifiedRoleAssignment"),
    ("identity/conditionalAccess/policies", "conditionalAccessPolicy"),
    ("identity/conditionalAccess/namedLocations", "namedLocation"),
    ("identity/identityProviders", "identityProviderBase"),
    ("identityGovernance/termsOfUse/agreements", "agreement"),
    ("identityGovernance/accessReviews/definitions", "accessReviewScheduleDefinition"),
    ("identityGovernance/entitlementManagement/catalogs", "accessPackageCatalog"),
    ("identityProtection/riskyUsers", "riskyUser"),
    ("identityProtection/riskDetections", "riskDetection"),
    ("admin/serviceAnnouncement/healthOverviews", "serviceHealth"),
    ("admin/serviceAnnouncement/issues", "serviceHealthIssue"),
    ("admin/serviceAnnouncement/messages", "serviceUpdateMessage"),
    ("admin/reportSettings", "adminReportSettings"),
    ("solutions/bookingBusinesses", "bookingBusiness"),
    ("auditLogs/signIns", "signIn"),
    ("deviceManagement/managedDevices", "managedDevice"),
    ("deviceAppManagement/mobileApps", "mobileApp"),
    ("auditLogs/directoryAudits", "directoryAudit"),
    ("auditLogs/provisioning", "provisioningObjectSummary"),
    ("security/alerts_v2", "security.alert"),
    ("security/incidents", "security.incident"),
    ("security/secureScores", "secureScore"),
    ("security/secureScoreControlProfiles", "secureScoreControlProfile"),
    ("security/attackSimulation/simulations", "simulation"),
    ("appCatalogs/teamsApps", "teamsApp"),
    ("reports/authenticationMethods/userRegistrationDetails", "userRegistrationDetails"),
    ("planner/plans", "plannerPlan"),
    ("planner/tasks", "plannerTask"),
    ("planner/buckets", "plannerBucket"),
    ("communications/presences", "presence"),
    ("policies/authorizationPolicy", "authorizationPolicy"),
    ("policies/authenticationMethodsPolicy", "authenticationMethodsPolicy"),
    ("policies/identitySecurityDefaultsEnforcementPolicy", "identitySecurityDefaultsEnforcementPolicy"),
    ("policies/permissionGrantPolicies", "permissionGrantPolicy"),
    ("policies/adminConsentRequestPolicy", "adminConsentRequestPolicy"),
    ("policies/authenticationFlowsPolicy", "authenticationFlowsPolicy"),
    ("policies/crossTenantAccessPolicy", "crossTenantAccessPolicy"),
    ("policies/deviceRegistrationPolicy", "deviceRegistrationPolicy"),
    ("policies/defaultAppManagementPolicy", "tenantAppManagementPolicy"),
    ("policies/appManagementPolicies", "appManagementPolicy"),
    ("policies/authenticationStrengthPolicies", "authenticationStrengthPolicy"),
    ("policies/featureRolloutPolicies", "featureRolloutPolicy"),
    ("policies/roleManagementPolicies", "unifiedRoleManagementPolicy"),
    ("policies/conditionalAccessPolicies", "conditionalAccessPolicy"),
    ("admin/people/profileCardProperties", "profileCardProperty"),
    ("policies/activityBasedTimeoutPolicies", "stsPolicy"),
    ("policies/claimsMappingPolicies", "stsPolicy"),
    ("policies/homeRealmDiscoveryPolicies", "stsPolicy"),
    ("policies/tokenIssuancePolicies", "stsPolicy"),
    ("policies/tokenLifetimePolicies", "stsPolicy"),
    ("external/connections", "-"),
];
/// Steps of a path below an object whose type the sandbox's table leaves out.
const STEPS: &[(&str, &str)] = &[
    ("methods", "authenticationMethod"),
    ("overrides", "inferenceClassificationOverride"),
    ("notebooks", "notebook"),
    ("sections", "onenoteSection"),
    ("sectionGroups", "sectionGroup"),
    ("pages", "onenotePage"),
    ("lists", "todoTaskList"),
    ("masterCategories", "outlookCategory"),
    ("associatedTeams", "associatedTeamInfo"),
    ("installedApps", "userScopeTeamsAppInstallation"),
    ("trending", "trending"),
    ("used", "usedInsight"),
    ("shared", "sharedInsight"),
    ("plans", "plannerPlan"),
    ("tasks", "plannerTask"),
    ("favoritePlans", "plannerPlan"),
    ("worksheets", "workbookWorksheet"),
    ("tables", "workbookTable"),
    ("charts", "workbookChart"),
    ("names", "workbookNamedItem"),
];
/// How deep an answer nests.
const DEPTH_MAX: usize = 24;

/// What of an answer contradicts the metadata.
pub(super) fn problems(answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Some(context) = answer["@odata.context"].as_str() else { return found };
    let Some((_, rest)) = context.split_once("$metadata#") else { return vec![format!("the context {context}")] };
    // A single value, as actions answer with.
    if let Some(kind) = rest.strip_prefix("Edm.") {
        value(kind, Shape::One, &answer["value"], kind, 0, &mut found);
        return found;
    }
    let Some(kind) = kind_of(rest) else { return vec![format!("no type for the context {rest}")] };
    match &answer["value"] {
        Value::Array(items) if !rest.ends_with("/$entity") => {
            items.iter().for_each(|item| value(kind, Shape::One, item, kind, 0, &mut found));
        }
        _ => value(kind, Shape::One, answer, kind, 0, &mut found),
    }
    found.sort();
    found.dedup();
    found
}

/// The type that a context leads to.
fn kind_of(context: &str) -> Option<&str> {
    if let Some(inner) = context.strip_prefix("Collection(") {
        let inner = inner.split(')').next().unwrap_or(inner);
        return inner.strip_prefix("microsoft.graph.").or_else(|| inner.strip_prefix("Edm."));
    }
    if let Some(name) = context.strip_prefix("microsoft.graph.") {
        return Some(name);
    }
    let plain = without_brackets(context);
    let plain = plain.trim_end_matches("/$entity").trim_end_matches("/$delta");
    let (mut kind, rest) = match SINGLETONS.iter().find(|(path, _)| starts_with(plain, path)) {
        Some((path, kind)) => (*kind, &plain[path.len()..]),
        None => {
            let (first, rest) = plain.split_once('/').unwrap_or((plain, ""));
            (SETS.iter().find(|(name, _)| *name == first)?.1, rest)
        }
    };
    for step in rest.split('/').filter(|step| !step.is_empty()) {
        kind = step_from(kind, step)?;
    }
    Some(kind)
}

fn step_from(kind: &'static str, step: &str) -> Option<&'static str> {
    if let Some(cast) = step.strip_prefix("microsoft.graph.") {
        return super::super::schema::known_kind(cast);
    }
    match property(kind, step) {
        Some(known) if is_type(known.holds) || members(known.holds).is_some() => Some(known.holds),
        // A type of which the sandbox shows nothing but what lies below it.
        Some(_) => Some("-"),
        None if kind == "-" => STEPS.iter().find(|(name, _)| *name == step).map_or(Some("-"), |(_, kind)| Some(*kind)),
        None => None,
    }
}

fn starts_with(path: &str, beginning: &str) -> bool {
    path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `users('a(b')/messages(id,subject)` → `users/messages`.
fn without_brackets(context: &str) -> String {
    let (mut depth, mut quoted, mut plain) = (0_usize, false, String::new());
    for letter in context.chars() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 && !quoted => plain.push(letter),
            _ => {}
        }
    }
    plain
}

fn value(holds: &str, shape: Shape, given: &Value, at: &str, depth: usize, found: &mut Vec<String>) {
    assert!(depth < DEPTH_MAX, "{at} nests too deep");
    match (shape, given) {
        (_, Value::Null) => {}
        (Shape::Many | Shape::Elsewhere, Value::Array(items)) => {
            items.iter().for_each(|item| value(holds, Shape::One, item, at, depth + 1, found));
        }
        (Shape::Many, _) => found.push(format!("{at} is no list: {given}")),
        (_, Value::Object(inner)) if is_type(holds) => object(holds, inner, at, depth, found),
        _ if primitive(holds, given) => {}
        _ => found.push(format!("{at} is no {holds}: {}", given.to_string().chars().take(80).collect::<String>())),
    }
}

fn object(kind: &str, members: &Map<String, Value>, at: &str, depth: usize, found: &mut Vec<String>) {
    let named = members.get("@odata.type").and_then(Value::as_str);
    let kind = named.map_or(kind, |name| name.trim_start_matches("#microsoft.graph."));
    if !is_type(kind) {
        found.push(format!("{at} is of the unknown type {kind}"));
        return;
    }
    for (name, given) in members.iter().filter(|(name, _)| !name.contains('@')) {
        let below = if depth == 0 { format!("{kind}.{name}") } else { format!("{at}.{name}") };
        match property(kind, name) {
            Some(known) => value(known.holds, known.shape, given, &below, depth + 1, found),
            None if is_open(kind) => {}
            None => found.push(format!("{below}: `{kind}` has no `{name}`")),
        }
    }
}

fn primitive(holds: &str, given: &Value) -> bool {
    let text = given.as_str();
    if let Some(members) = members(holds) {
        return text.is_some_and(|text| text.split(',').all(|part| members.contains(&part)));
    }
    match holds {
        "Boolean" => given.is_boolean(),
        "Byte" | "SByte" | "Int16" | "Int32" | "Int64" => given.is_i64() || given.is_u64(),
        "Double" | "Single" | "Decimal" => given.is_number(),
        "Guid" => text.is_some_and(|text| text.parse::<uuid::Uuid>().is_ok()),
        "DateTimeOffset" => text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "Date" => text.is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        "TimeOfDay" => text.is_some_and(|text| text.parse::<jiff::civil::Time>().is_ok()),
        "Duration" => text.is_some_and(|text| text.starts_with(['P', '-'])),
        "String" | "Binary" | "Stream" => given.is_string(),
        _ => false,
    }
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let answer = |context: &str, body: Value| {
        let mut body = body;
        body["@odata.context"] = format!("https://x/v1.0/$metadata#{context}").into();
        problems(&body)
    };
    let is_true = |context: &str, body: Value| assert_eq!(answer(context, body), Vec::<String>::new());
    use serde_json::json;
    is_true("users('a')/messages/$entity", json!({"subject": "x", "importance": "low", "@odata.etag": "y"}));
    is_true("users(id)", json!({"value": [{"id": "1"}]}));
    for (context, body) in [
        ("users('a')/messages/$entity", json!({"colour": 1})),
        ("users('a')/messages", json!({"value": [{"importance": "Low"}]})),
        ("users('a')/messages/$entity", json!({"receivedDateTime": "2026-01-01T00:00:00"})),
        ("users('a')/messages/$entity", json!({"toRecipients": {}})),
        ("users('a')/nothing", json!({"value": []})),
        ("directoryObjects", json!({"value": [{"@odata.type": "#microsoft.graph.person2"}]})),
    ] {
        assert_eq!(answer(context, body.clone()).len(), 1, "{context} {body}");
    }
}
