//! The seeded plans of Planner: one in each of the first Microsoft 365 groups.

use serde_json::{Value, json};

use super::super::Tenant;
use super::days_ago;
use crate::graph::planner;
use crate::tenant::store::object;

/// Groups that have a plan.
const GROUPS_MAX: usize = 3;
/// Members to whom tasks are given.
const ASSIGNEES_MAX: usize = 4;
/// Name of a bucket and the titles of its tasks.
const BUCKETS: &[(&str, &[&str])] = &[
    ("To do", &["Collect the requirements", "Book the meeting room", "Write the announcement"]),
    ("In progress", &["Review the offer", "Prepare the workshop"]),
    ("Done", &["Set up the team site"]),
];

/// Makes the plans.
pub(super) fn make(tenant: &mut Tenant) {
    let unified = |group: &&crate::tenant::store::Entity| !group.text("mail").is_empty();
    let groups: Vec<(String, String)> = tenant
        .store
        .list("groups")
        .filter(unified)
        .take(GROUPS_MAX)
        .map(|group| (group.id().to_owned(), group.text("displayName").to_owned()))
        .collect();
    for (group, name) in groups {
        make_plan(tenant, &group, &name);
    }
}

fn make_plan(tenant: &mut Tenant, group: &str, name: &str) {
    let at = days_ago(tenant, 30);
    let members: Vec<String> = tenant
        .store
        .list(&format!("groups/{group}/members"))
        .take(ASSIGNEES_MAX)
        .map(|member| member.id().to_owned())
        .collect();
    let by = json!({"user": {"displayName": null, "id": members.first()}});
    let plan = planner::put_plan(tenant, group, &format!("{name} plan"), (&by, &at));
    for (place, (bucket, titles)) in BUCKETS.iter().enumerate() {
        let bucket = planner::put_bucket(tenant, &plan, bucket);
        for (at_place, title) in titles.iter().enumerate() {
            let mut task =
                object(json!({"planId": plan, "bucketId": bucket, "title": title, "percentComplete": place * 50}));
            if let Some(member) = members.get((place + at_place) % members.len().max(1)) {
                task.insert("assignments".to_owned(), assigned(member, &at, &by));
            }
            planner::put_task(tenant, task, (&by, &at));
        }
    }
}

fn assigned(member: &str, at: &str, by: &Value) -> Value {
    json!({member: {"@odata.type": "#microsoft.graph.plannerAssignment", "assignedDateTime": at, "orderHint": "", "assignedBy": by}})
}
