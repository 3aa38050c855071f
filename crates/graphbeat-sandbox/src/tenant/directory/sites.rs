//! The seeded SharePoint: the root site and two team sites with lists, pages and a document library.

use serde_json::{Value, json};

use super::super::Tenant;
use super::super::ids;
use super::days_ago;
use crate::objects::tree;

/// The tenant's SharePoint host.
const HOST: &str = "contoso.sharepoint.com";
/// Path below the host, display name, description.
const SITES: &[(&str, &str, &str)] = &[
    ("", "Communication site", "News and links of Contoso"),
    ("/sites/engineering", "Engineering", "Product development of Contoso"),
    ("/sites/marketing", "Marketing", "Campaigns, brand and events"),
];
/// Titles and dates of the events list.
const EVENTS: &[(&str, i64)] =
    &[("All-hands meeting", 12), ("Release 7 retrospective", 8), ("Customer day", 5), ("Office warming", 2)];

/// Makes the sites.
pub(super) fn make(tenant: &mut Tenant) {
    for (path, name, description) in SITES {
        make_site(tenant, path, name, description);
    }
}

fn make_site(tenant: &mut Tenant, path: &str, name: &str, description: &str) {
    let id = format!("{HOST},{},{}", tenant.rng.uuid(), tenant.rng.uuid());
    let made = days_ago(tenant, 85);
    let url = format!("https://{HOST}{path}");
    let mut properties = json!({
        "createdDateTime": made, "description": description, "lastModifiedDateTime": made,
        "name": path.rsplit('/').next(), "webUrl": url, "displayName": name, "siteCollection": {"hostname": HOST}, "_path": path,
    });
    if path.is_empty() {
        properties["root"] = json!({});
    }
    tenant.store.create("sites", "site", id.clone(), properties);
    make_library(tenant, &id, &url, &made);
    make_events(tenant, &id, &url, &made);
    make_types(tenant, &id);
    make_page(tenant, &id, name, &made);
}

fn make_library(tenant: &mut Tenant, site: &str, url: &str, made: &str) {
    let drive = ids::drive(&mut tenant.rng);
    let properties = json!({
        "createdDateTime": made, "description": "", "lastModifiedDateTime": made, "name": "Documents",
        "webUrl": format!("{url}/Shared%20Documents"), "driveType": "documentLibrary",
        "owner": {"user": {"displayName": "System Account"}},
        "quota": {"deleted": 0, "remaining": 27_487_790_694_400_i64, "state": "normal", "total": 27_487_790_694_400_i64, "used": 0},
        "_site": site,
    });
    tenant.store.create("drives", "drive", drive.clone(), properties);
    let at = made.parse().unwrap_or(tenant.seeded_at);
    tree::furnish(&mut tenant.store, &mut tenant.rng, &drive, at);
    make_list(tenant, site, "Documents", "documentLibrary", url, made);
}

fn make_events(tenant: &mut Tenant, site: &str, url: &str, made: &str) {
    let list = make_list(tenant, site, "Events", "genericList", url, made);
    let items = format!("sites/{site}/lists/{list}/items");
    for (place, (title, days)) in EVENTS.iter().enumerate() {
        let at = days_ago(tenant, *days);
        let number = place + 1;
        let properties = json!({
            "createdDateTime": at, "lastModifiedDateTime": at, "webUrl": format!("{url}/Lists/Events/{number}_.000"),
            "createdBy": {"user": {"displayName": "Megan Bowen"}}, "lastModifiedBy": {"user": {"displayName": "Megan Bowen"}},
            "parentReference": {"siteId": site}, "contentType": {"id": "0x0100", "name": "Item"},
            "_fields": {"Title": title, "EventDate": at},
        });
        tenant.store.create(&items, "listItem", number.to_string(), properties);
    }
}

fn make_list(tenant: &mut Tenant, site: &str, name: &str, template: &str, url: &str, made: &str) -> String {
    let id = tenant.rng.uuid().to_string();
    let properties = json!({
        "createdDateTime": made, "description": "", "lastModifiedDateTime": made, "name": name,
        "webUrl": format!("{url}/Lists/{name}"), "displayName": name, "parentReference": {"siteId": site},
        "createdBy": {"user": {"displayName": "Megan Bowen"}},
        "list": {"contentTypesEnabled": false, "hidden": false, "template": template},
    });
    tenant.store.create(&format!("sites/{site}/lists"), "list", id.clone(), properties);
    make_columns(tenant, site, &id);
    id
}

/// The columns that every list has.
pub(crate) fn make_columns(tenant: &mut Tenant, site: &str, list: &str) {
    for (name, display, holds) in
        [("Title", "Title", "text"), ("Created", "Created", "dateTime"), ("Modified", "Modified", "dateTime")]
    {
        let mut properties = json!({
            "columnGroup": "Custom Columns", "description": "", "displayName": display, "enforceUniqueValues": false,
            "hidden": false, "indexed": false, "name": name, "readOnly": holds == "dateTime", "required": holds == "text",
        });
        properties[holds] = match holds {
            "text" => {
                json!({"allowMultipleLines": false, "appendChangesToExistingText": false, "linesForEditing": 0, "maxLength": 255})
            }
            _ => json!({"displayAs": "default", "format": "dateTime"}),
        };
        let id = tenant.rng.uuid().to_string();
        tenant.store.create(&format!("sites/{site}/lists/{list}/columns"), "columnDefinition", id, properties);
    }
}

fn make_types(tenant: &mut Tenant, site: &str) {
    for (id, name) in [("0x01", "Item"), ("0x0101", "Document"), ("0x0120", "Folder")] {
        let group = if id == "0x0120" { "Folder Content Types" } else { "List Content Types" };
        let properties = json!({
            "description": format!("Create a new {}.", name.to_lowercase()), "group": group, "hidden": false, "name": name,
            "parentId": "0x", "readOnly": false, "sealed": false, "isBuiltIn": true,
        });
        tenant.store.create(&format!("sites/{site}/contentTypes"), "contentType", id.to_owned(), properties);
    }
}

fn make_page(tenant: &mut Tenant, site: &str, name: &str, made: &str) {
    let id = tenant.rng.uuid().to_string();
    let properties = json!({
        "createdDateTime": made, "lastModifiedDateTime": made, "name": "Home.aspx", "webUrl": "SitePages/Home.aspx",
        "title": name, "pageLayout": "home", "promotionKind": "page", "showComments": false, "showRecommendedPages": false,
        "publishingState": {"level": "published", "versionId": "1.0"}, "createdBy": {"user": {"displayName": "Megan Bowen"}},
        "parentReference": {"siteId": site}, "thumbnailWebUrl": Value::Null,
    });
    tenant.store.create(&format!("sites/{site}/pages"), "sitePage", id, properties);
}
