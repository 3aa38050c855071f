//! The seeded groups: Microsoft 365 and security groups by department, with owners and members.

use serde_json::json;

use super::super::Tenant;
use super::super::ids;
use super::days_ago;
use crate::objects::tree;

/// Users whose membership is seeded; further ones are in no group.
const MEMBERS_MAX: usize = 500;

/// What a group is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Microsoft365,
    Security,
}

/// Display name, nickname, kind, department (none: everybody), description.
const GROUPS: &[(&str, &str, Kind, Option<&str>, &str)] = &[
    ("All Company", "allcompany", Kind::Microsoft365, None, "This is the default group for everyone in the network"),
    ("Engineering", "engineering", Kind::Microsoft365, Some("Engineering"), "Product development of Contoso"),
    ("Marketing", "marketing", Kind::Microsoft365, Some("Marketing"), "Campaigns, brand and events"),
    ("Sales", "sales", Kind::Microsoft365, Some("Sales"), "Customers and offers"),
    (
        "Leadership",
        "leadership",
        Kind::Microsoft365,
        Some("Executive Management"),
        "Share what's on the minds of the leadership",
    ),
    ("sg-Engineering", "sgengineering", Kind::Security, Some("Engineering"), "Access to build machines"),
    ("sg-Finance", "sgfinance", Kind::Security, Some("Finance"), "Access to accounting"),
    ("sg-Human Resources", "sghr", Kind::Security, Some("Human Resources"), "Access to personnel files"),
    ("sg-Legal", "sglegal", Kind::Security, Some("Legal"), "Access to contracts"),
    ("sg-VPN Users", "sgvpn", Kind::Security, None, "May use the VPN"),
];

/// Makes the groups.
pub(super) fn make(tenant: &mut Tenant) {
    let people: Vec<(String, String)> = tenant
        .store
        .list("users")
        .take(MEMBERS_MAX)
        .map(|user| (user.id().to_owned(), user.text("department").to_owned()))
        .collect();
    for (place, group) in GROUPS.iter().enumerate() {
        let id = make_group(tenant, place, group);
        let members = people.iter().filter(|(_, department)| group.3.is_none_or(|wanted| wanted == department));
        for (at, (member, _)) in members.enumerate() {
            tenant.store.create(&format!("groups/{id}/members"), "directoryObject", member.clone(), json!({}));
            if at == 0 {
                tenant.store.create(&format!("groups/{id}/owners"), "directoryObject", member.clone(), json!({}));
            }
        }
    }
}

fn make_group(tenant: &mut Tenant, place: usize, group: &(&str, &str, Kind, Option<&str>, &str)) -> String {
    let (name, nickname, kind, _, description) = *group;
    let id = tenant.rng.uuid().to_string();
    let made = days_ago(tenant, 75 - place as i64);
    let is_unified = kind == Kind::Microsoft365;
    let mail = is_unified.then(|| format!("{nickname}@{}", tenant.domain));
    let security = format!("S-1-12-1-{}-{}", 1_000_000 + tenant.rng.below(9_000_000), tenant.rng.below(4_000_000_000));
    let properties = json!({
        "deletedDateTime": null, "classification": null, "createdDateTime": made, "description": description,
        "displayName": name, "expirationDateTime": null, "groupTypes": if is_unified { json!(["Unified"]) } else { json!([]) },
        "isAssignableToRole": null, "mail": mail, "mailEnabled": is_unified, "mailNickname": nickname,
        "membershipRule": null, "membershipRuleProcessingState": null, "onPremisesDomainName": null,
        "onPremisesLastSyncDateTime": null, "onPremisesNetBiosName": null, "onPremisesSamAccountName": null,
        "onPremisesSecurityIdentifier": null, "onPremisesSyncEnabled": null, "preferredDataLocation": null,
        "preferredLanguage": null, "proxyAddresses": mail.iter().map(|mail| format!("SMTP:{mail}")).collect::<Vec<_>>(),
        "renewedDateTime": made, "resourceBehaviorOptions": [], "resourceProvisioningOptions": [],
        "securityEnabled": !is_unified, "securityIdentifier": security, "theme": null,
        "visibility": if is_unified { json!("Public") } else { json!(null) }, "onPremisesProvisioningErrors": [],
        "serviceProvisioningErrors": [],
    });
    tenant.store.create("groups", "group", id.clone(), properties);
    if is_unified {
        make_content(tenant, &id, name, &made);
    }
    id
}

/// A conversation and a drive for a Microsoft 365 group.
pub(crate) fn make_content(tenant: &mut Tenant, group: &str, name: &str, made: &str) {
    let thread = ids::outlook(&mut tenant.rng);
    let properties = json!({
        "topic": format!("The new {name} group is ready"), "hasAttachments": false, "lastDeliveredDateTime": made,
        "uniqueSenders": [name], "preview": "Welcome to the group.", "isLocked": false,
    });
    tenant.store.create(&format!("groups/{group}/threads"), "conversationThread", thread, properties);
    let drive = ids::drive(&mut tenant.rng);
    let properties = json!({
        "createdDateTime": made, "description": "", "lastModifiedDateTime": made, "name": "Documents",
        "webUrl": format!("https://contoso.sharepoint.com/sites/{}/Shared%20Documents", name.replace(' ', "")),
        "driveType": "documentLibrary", "owner": {"user": {"displayName": name, "id": group}},
        "quota": {"deleted": 0, "remaining": 27_487_790_694_400_i64, "state": "normal", "total": 27_487_790_694_400_i64, "used": 0},
        "_group": group,
    });
    tenant.store.create("drives", "drive", drive.clone(), properties);
    let at = made.parse().unwrap_or(tenant.seeded_at);
    tree::furnish(&mut tenant.store, &mut tenant.rng, &drive, at);
}
