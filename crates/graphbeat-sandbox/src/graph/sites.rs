//! SharePoint sites: the root, search, lists, columns, content types, pages, document libraries.

use serde_json::{Value, json};

use super::call::{Call, empty_list};
use super::error::{GraphError, Service};
use super::list::List;
use super::render::Rendering;
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const fn site(name: &'static str, pattern: &'static str, handler: fn(&Tenant, &Call<'_>) -> Answer) -> Route {
    Route::get(name, pattern, handler).of(Service::SharePoint)
}

/// The reading routes of sites.
pub(super) const ROUTES: &[Route] = &[
    site("sharepoint.sites.search", "/sites", search),
    site("sharepoint.sites.list-all", "/sites/getAllSites", all_sites),
    site("sharepoint.followed-sites.list", "/users/{user}/followedSites", followed),
    site("sharepoint.sites.get", "/sites/{site}", get),
    site("sharepoint.sites.by-path", "/sites/{site}:/{path}", by_path).like("GET /sites/{site}"),
    site("sharepoint.drives.list", "/sites/{site}/drives", drives),
    site("sharepoint.drive.get", "/sites/{site}/drive", drive).like("GET /sites/{site}/drives"),
    site("sharepoint.lists.list", "/sites/{site}/lists", lists),
    site("sharepoint.lists.get", "/sites/{site}/lists/{list}", list).like("GET /sites/{site}/lists"),
    site("sharepoint.columns.list", "/sites/{site}/lists/{list}/columns", columns),
    site("sharepoint.content-types.list", "/sites/{site}/contentTypes", content_types),
    site("sharepoint.pages.list", "/sites/{site}/pages", pages),
    site("sharepoint.permissions.list", "/sites/{site}/permissions", permissions),
];

fn search(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let words = call.query.search.clone().unwrap_or_default().to_lowercase();
    let words = words.trim_matches('*').to_owned();
    let is_found = |site: &&Entity| {
        words.is_empty()
            || ["displayName", "name", "description"].iter().any(|name| site.text(name).to_lowercase().contains(&words))
    };
    let found = tenant.store.list("sites").filter(is_found);
    // `search` is answered here, not by the general text search.
    call.list_unsearched(found, &List::new("site", "sites").paged(200, 999))
}

fn all_sites(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list("sites"), &List::new("site", "sites"))
}

fn followed(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list("sites").skip(1), &List::new("site", "sites"))
}

/// The site that a path names: `root`, its id, the host, or the middle GUID of its id.
pub(super) fn find<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let key = call.parameter("site");
    let is_it = |site: &&Entity| {
        let mut parts = site.id().split(',');
        site.properties.contains_key("root") && (key == "root" || parts.next() == Some(key))
            || site.id().split(',').nth(1) == Some(key)
    };
    let found = tenant.store.get("sites", key).or_else(|| tenant.store.list("sites").find(is_it));
    found.ok_or_else(|| call.not_found(key))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(find(tenant, call)?, "sites")
}

fn by_path(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = format!("/{}", call.parameter("path")).to_lowercase();
    let site = tenant.store.list("sites").find(|site| site.text("_path") == path);
    call.entity(site.ok_or_else(|| call.not_found(&path))?, "sites")
}

fn drives(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let site = find(tenant, call)?;
    let own = tenant.store.list("drives").filter(|drive| drive.text("_site") == site.id());
    call.list(own, &List::new("drive", "drives").paged(200, 999))
}

fn drive(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(library(tenant, call, "site")?, "drives")
}

/// The document library of the `site` or `group` in the path.
///
/// # Errors
/// 404 where there is no such holder, or it has no library.
pub(super) fn library<'t>(tenant: &'t Tenant, call: &Call<'_>, holder: &str) -> Result<&'t Entity, GraphError> {
    let (mark, id) = match holder {
        "site" => ("_site", find(tenant, call)?.id()),
        _ => ("_group", call.find(tenant, "groups", call.parameter("group"))?.id()),
    };
    let own = tenant.store.list("drives").find(|drive| drive.text(mark) == id);
    own.ok_or_else(|| call.not_found("drive"))
}

fn lists(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let site = find(tenant, call)?;
    call.list(
        tenant.store.list(&format!("sites/{}/lists", site.id())),
        &List::new("list", format!("sites('{}')/lists", call.parameter("site"))).paged(200, 999),
    )
}

/// The list that a path names by id or title.
pub(super) fn find_list<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<(&'t Entity, &'t Entity), GraphError> {
    let site = find(tenant, call)?;
    let (path, key) = (format!("sites/{}/lists", site.id()), call.parameter("list"));
    let by_title = || tenant.store.list(&path).find(|list| list.text("displayName").eq_ignore_ascii_case(key));
    let list = tenant.store.get(&path, key).or_else(by_title).ok_or_else(|| call.not_found(key))?;
    Ok((site, list))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (_, list) = find_list(tenant, call)?;
    call.entity(list, &format!("sites('{}')/lists", call.parameter("site")))
}

fn columns(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (site, list) = find_list(tenant, call)?;
    let path = format!("sites/{}/lists/{}/columns", site.id(), list.id());
    call.list(
        tenant.store.list(&path),
        &List::new("columnDefinition", format!("sites('{}')/lists('{}')/columns", call.parameter("site"), list.id())),
    )
}

fn content_types(tenant: &Tenant, call: &Call<'_>) -> Answer {
    below(tenant, call, "contentTypes", "contentType")
}

fn pages(tenant: &Tenant, call: &Call<'_>) -> Answer {
    below(tenant, call, "pages", "sitePage")
}

fn below(tenant: &Tenant, call: &Call<'_>, name: &str, kind: &'static str) -> Answer {
    let site = find(tenant, call)?;
    let rendering = if kind == "sitePage" { Rendering::typed() } else { Rendering::default() };
    let list = List::new(kind, format!("sites('{}')/{name}", call.parameter("site"))).rendered(rendering);
    call.list(tenant.store.list(&format!("sites/{}/{name}", site.id())), &list)
}

fn permissions(tenant: &Tenant, call: &Call<'_>) -> Answer {
    find(tenant, call)?;
    empty_list(call, &format!("sites('{}')/permissions", call.parameter("site")))
}

/// The `fields` of a list item, for `$expand=fields`.
pub(super) fn fields(item: &Entity, name: &str) -> Option<Value> {
    if name != "fields" {
        return None;
    }
    let mut fields = json!({"id": item.id(), "ContentType": "Item", "Created": item.get("createdDateTime"), "Modified": item.get("lastModifiedDateTime")});
    if let (Value::Object(all), Value::Object(own)) = (&mut fields, item.get("_fields")) {
        all.extend(own.clone());
    }
    Some(fields)
}
