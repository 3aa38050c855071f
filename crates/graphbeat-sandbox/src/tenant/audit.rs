//! The logs of the tenant: bounded, and no part of the dump.

use graphbeat_base::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Tenant;
use super::ids::stamp;

/// Entries that each log keeps; the oldest go first.
const ENTRIES_MAX: usize = 1_000;
/// Users with seeded sign-ins.
const SEEDED_USERS_MAX: usize = 10;
/// Where people sign in to.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Somebody has signed in, or tried to.
#[derive(Clone, Debug)]
pub(crate) struct SignIn<'a> {
    pub(crate) user_id: Uuid,
    pub(crate) app_id: Uuid,
    /// 0 where it went well, else the AADSTS code and its words.
    pub(crate) failure: (u32, &'a str),
    pub(crate) user_agent: Option<&'a str>,
    /// The request's id.
    pub(crate) id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) now: Timestamp,
}

/// A change of the directory through Graph.
#[derive(Clone, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) activity: &'a str,
    pub(crate) category: &'a str,
    /// The type of what was changed: `User`, `Group`, `Application`.
    pub(crate) kind: &'a str,
    /// Its id.
    pub(crate) target: &'a str,
    pub(crate) app_id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) request_id: Uuid,
    pub(crate) now: Timestamp,
}

impl Tenant {
    /// Writes a sign-in of a person down.
    pub(crate) fn note_sign_in(&mut self, sign_in: &SignIn<'_>) {
        let user = self.person(&sign_in.user_id.to_string());
        let name = self.application_name(sign_in.app_id);
        let (code, reason) = sign_in.failure;
        let entry = json!({
            "createdDateTime": stamp(sign_in.now), "userDisplayName": user.name, "userPrincipalName": user.address,
            "userId": sign_in.user_id, "appId": sign_in.app_id, "appDisplayName": name, "ipAddress": "127.0.0.1",
            "clientAppUsed": "Mobile Apps and Desktop clients", "correlationId": sign_in.correlation_id,
            "conditionalAccessStatus": "notApplied", "isInteractive": true, "riskDetail": "none", "riskLevelAggregated": "none",
            "riskLevelDuringSignIn": "none", "riskState": "none", "riskEventTypes_v2": [], "resourceDisplayName": "Microsoft Graph",
            "resourceId": GRAPH, "_userAgent": sign_in.user_agent,
            "status": {"errorCode": code, "failureReason": if code == 0 { "Other." } else { reason }, "additionalDetails": null},
            "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "", "browser": "", "isCompliant": false, "isManaged": false, "trustType": ""},
            "location": {"city": "Seattle", "state": "Washington", "countryOrRegion": "US", "geoCoordinates": {"altitude": null, "latitude": 47.6, "longitude": -122.33}},
            "appliedConditionalAccessPolicies": [],
        });
        self.log("auditLogs/signIns", "signIn", sign_in.id.to_string(), entry);
    }

    /// Writes a change of the directory down.
    pub(crate) fn note_change(&mut self, change: &Change<'_>) {
        let id = self.store.version();
        let by = match change.user_id {
            Some(user) => {
                let person = self.person(&user.to_string());
                json!({"app": null, "user": {"id": user, "displayName": person.name, "userPrincipalName": person.address, "ipAddress": "127.0.0.1"}})
            }
            None => {
                let name = self.application_name(change.app_id);
                json!({"user": null, "app": {"appId": change.app_id, "displayName": name, "servicePrincipalId": null, "servicePrincipalName": null}})
            }
        };
        let operation = match change.activity.split(' ').next() {
            Some("Add") => "Add",
            Some("Delete" | "Hard" | "Remove") => "Delete",
            _ => "Update",
        };
        let name = self.name_of(change.target);
        let entry = json!({
            "category": change.category, "correlationId": change.request_id, "result": "success", "resultReason": "",
            "activityDisplayName": change.activity, "activityDateTime": stamp(change.now), "loggedByService": "Core Directory",
            "operationType": operation, "initiatedBy": by, "additionalDetails": [],
            "targetResources": [{"id": change.target, "displayName": name, "type": change.kind, "userPrincipalName": null, "groupType": null, "modifiedProperties": []}],
        });
        let id = format!("Directory_{}_{id}", change.request_id);
        self.log("auditLogs/directoryAudits", "directoryAudit", id, entry);
    }

    fn log(&mut self, path: &str, kind: &'static str, id: String, entry: Value) {
        let oldest = self.store.list(path).next().map(|oldest| oldest.id().to_owned());
        if let Some(oldest) = oldest.filter(|_| self.store.count(path) >= ENTRIES_MAX) {
            self.store.remove(path, &oldest);
        }
        self.store.create(path, kind, id, entry);
    }

    fn application_name(&self, app_id: Uuid) -> Option<String> {
        self.identity.applications.iter().find(|it| it.client_id == app_id).map(|it| it.display_name.clone())
    }

    /// The name of a user, group or application, living or deleted.
    fn name_of(&self, id: &str) -> Option<String> {
        let kept = ["users", "groups", "directory/deletedItems"].iter().find_map(|path| self.store.get(path, id));
        let application = || self.identity.applications.iter().find(|it| it.object_id.to_string() == id);
        kept.map(|entity| entity.text("displayName").to_owned())
            .or_else(|| application().map(|it| it.display_name.clone()))
    }

    /// What happened before the sandbox began.
    pub(super) fn seed_sign_ins(&mut self) {
        let people: Vec<Uuid> = self.users().iter().take(SEEDED_USERS_MAX).map(|user| user.id).collect();
        let Some(app_id) = self.identity.applications.get(1).map(|it| it.client_id) else { return };
        for (at, user_id) in people.into_iter().rev().enumerate() {
            let hours = 3 * (SEEDED_USERS_MAX - at.min(SEEDED_USERS_MAX)) as i64;
            let back = graphbeat_base::SignedDuration::from_hours(hours);
            let now = self.seeded_at.checked_sub(back).unwrap_or(self.seeded_at);
            let (id, correlation_id) = (self.rng.uuid(), self.rng.uuid());
            self.note_sign_in(&SignIn { user_id, app_id, failure: (0, ""), user_agent: None, id, correlation_id, now });
        }
    }
}
