//! Pages and their HTML.

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{check_library, context, invalid, shown};
use crate::objects::binder::Binder;
use crate::objects::{onenote, place};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::Entity;

/// Pages on a page of a list, and at most.
const PAGE: usize = 20;
const PAGE_MAX: usize = 100;
/// Commands of one change.
const COMMANDS_MAX: usize = 100;
const READ: &str = "GET /me/onenote/pages";

pub(super) const ROUTES: &[Route] = &[
    Route::get("onenote.pages.list", "/users/{user}/onenote/pages", list).of(Service::OneNote),
    Route::get("onenote.section-pages.list", "/users/{user}/onenote/sections/{section}/pages", list)
        .of(Service::OneNote)
        .like(READ),
    Route::post("onenote.pages.create", "/users/{user}/onenote/sections/{section}/pages", create).of(Service::OneNote),
    Route::get("onenote.pages.get", "/users/{user}/onenote/pages/{page}", get).of(Service::OneNote).like(READ),
    Route::delete("onenote.pages.delete", "/users/{user}/onenote/pages/{page}", delete).of(Service::OneNote),
    Route::get("onenote.page-content.get", "/users/{user}/onenote/pages/{page}/content", content).of(Service::OneNote),
    Route::patch("onenote.pages.update", "/users/{user}/onenote/pages/{page}/content", change).of(Service::OneNote),
];

/// The newest first, as OneNote lists pages.
fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check_library(tenant, call)?;
    let section = call.parameter("section");
    if !section.is_empty() {
        call.find(tenant, &place::sections(call.user()), section)?;
    }
    let all = tenant.store.list(&place::pages(call.user()));
    let held = all.filter(|page| section.is_empty() || page.text("_section") == section);
    let shown: Vec<Entity> = held.map(|page| shown(tenant, call, "pages", page)).collect();
    let list =
        List::new("onenotePage", context(call, "pages")).paged(PAGE, PAGE_MAX).newest_first("lastModifiedDateTime");
    call.list(shown.iter(), &list)
}

fn page<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    call.find(tenant, &place::pages(call.user()), call.parameter("page"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(&shown(tenant, call, "pages", page(tenant, call)?), &context(call, "pages"))
}

fn content(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let html = page(tenant, call)?.content.clone().unwrap_or_default();
    Ok(GraphResponse::bytes(StatusCode::OK, "text/html; charset=utf-8", html))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let section = call.parameter("section");
    call.find(tenant, &place::sections(call.user()), section)?;
    let html = html_of(call)?;
    let (owner, app) = (tenant.person(call.user()), call.caller.app_id.to_string());
    let mut binder = Binder { store: &mut tenant.store, rng: &mut tenant.rng, owner: &owner, at: call.request.now };
    let id = binder.page(section, &html, &app).ok_or_else(|| call.not_found(section))?;
    let made = call.find(tenant, &place::pages(call.user()), &id)?;
    call.created(&shown(tenant, call, "pages", made), &context(call, "pages"))
}

/// The HTML of a body: itself, or the part `Presentation` of a multipart one.
fn html_of(call: &Call<'_>) -> Result<String, GraphError> {
    let kind = call.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
    let text = std::str::from_utf8(call.request.body).map_err(|_| invalid("20001", "The page is not valid UTF-8."))?;
    if kind.starts_with("text/html") || kind.starts_with("application/xhtml+xml") {
        return Some(text)
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
            .ok_or_else(|| invalid("20001", "The page has no content."));
    }
    if kind.starts_with("multipart/form-data") {
        let part = text.split("name=\"Presentation\"").nth(1).and_then(|rest| rest.split_once("\r\n\r\n"));
        let part = part.and_then(|(_, rest)| rest.split("\r\n--").next());
        return part
            .map(str::to_owned)
            .ok_or_else(|| invalid("20005", "The multipart body has no part named 'Presentation'."));
    }
    Err(invalid("20002", "The Content-Type of a page is text/html, application/xhtml+xml or multipart/form-data."))
}

fn change(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let commands: Vec<Value> = serde_json::from_slice(call.request.body)
        .map_err(|_| invalid("20013", "The body is not a JSON array of commands."))?;
    if commands.is_empty() || commands.len() > COMMANDS_MAX {
        return Err(invalid("20013", "The body has no command, or too many."));
    }
    let known = page(tenant, call)?;
    let mut html = String::from_utf8_lossy(known.content.as_deref().unwrap_or_default()).into_owned();
    for command in &commands {
        let word = |name: &str| command[name].as_str();
        let (Some(target), Some(action)) = (word("target"), word("action")) else {
            return Err(invalid("20013", "A command needs 'target' and 'action'."));
        };
        let changed = onenote::changed(&html, action, target, word("content").unwrap_or_default());
        html =
            changed.ok_or_else(|| invalid("20135", &format!("The target '{target}' or the action is not valid.")))?;
    }
    let (title, at) = (onenote::title(&html), stamp(call.request.now));
    let path = place::pages(call.user());
    let page =
        tenant.store.get_mut(&path, call.parameter("page")).ok_or_else(|| call.not_found(call.parameter("page")))?;
    page.properties.insert("title".to_owned(), json!(title));
    page.properties.insert("lastModifiedDateTime".to_owned(), json!(at));
    page.content = Some(Bytes::from(html));
    Ok(GraphResponse::no_content())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    page(tenant, call)?;
    tenant.store.relocate(&place::pages(call.user()), call.parameter("page"), &place::deleted_pages(call.user()));
    Ok(GraphResponse::no_content())
}
