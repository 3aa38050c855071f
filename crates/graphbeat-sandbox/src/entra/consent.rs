//! The admin consent page, in both versions: an administrator gives an application what it requires.

use std::collections::BTreeSet;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::admission::Way;
use super::authorize::refusal_page;
use super::error::EntraError;
use super::form::Form;
use super::html::{PASSWORD, buttons, document, escape, hidden, permission_list, user_choice};
use super::redirect::{self, ResponseMode};
use super::resources::Resources;
use super::scope::Wanted;
use super::sign_in::{may_consent_for_all, person};
use super::{EntraRequest, client, own_hosts};
use crate::graph::Caller;
use crate::identity::{Application, Permission, PermissionKind, permissions};
use crate::server::Reply;
use crate::tenant::Tenant;
use crate::world::{World, read, write};

/// The parameters that the page carries on to its own submission.
const CARRIED: [&str; 4] = ["client_id", "redirect_uri", "scope", "state"];
/// Microsoft Graph's application id.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// What lets an application consent for everybody.
const CONSENTING_PERMISSIONS: [&str; 2] = ["AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"];

/// Why nobody consented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConsentRefused {
    /// The caller may not consent for the tenant.
    #[error("Only an administrator can give this consent.")]
    NoAdministrator,
    /// No such registration.
    #[error("The application was not found in the tenant.")]
    Unknown,
}

/// What an administrator is asked for.
#[derive(Debug, Default)]
pub(super) struct Wish {
    application: BTreeSet<String>,
    pub(super) delegated: BTreeSet<String>,
}

/// Answers GET and POST of `/{tenant}/adminconsent` and `/{tenant}/v2.0/adminconsent`.
pub(super) fn answer(world: &World, request: &EntraRequest<'_>) -> Reply {
    let text = if request.method == Method::POST { request.body } else { request.query.unwrap_or_default().as_bytes() };
    let form = Form::read(text, &HeaderMap::new()).unwrap_or_default();
    answered(world, request, &form).unwrap_or_else(|error| refusal_page(request, &error))
}

fn answered(world: &World, request: &EntraRequest<'_>, form: &Form) -> Result<Reply, EntraError> {
    let (application, redirect_uri, wish) = {
        let tenant = read(&world.tenant);
        let application = client::find(&tenant.identity, form, &tenant.domain)?.clone();
        let asked = form.get("redirect_uri");
        let redirect_uri = asked.map(|uri| redirect::check(&tenant, &application, Some(uri))).transpose()?;
        let wish = wish(world, request, (&tenant, &application), form)?;
        (application, redirect_uri, wish)
    };
    match (request.method == Method::POST, form.get("action")) {
        (true, Some("accept")) => {
            if !person(world, form, Way::Page, request.trace.now)?.is_administrator {
                return Err(EntraError::new("access_denied", 90094, "Only an administrator can give this consent."));
            }
            grant(world, &application, wish);
            Ok(done(world, form, redirect_uri.as_ref()))
        }
        (true, Some("decline")) => Ok(declined(form, redirect_uri.as_ref())),
        _ => Ok(page(world, form, &application, &wish)),
    }
}

/// Gives the application with this client id all that it requires, where the caller may do that.
pub(crate) fn for_all(world: &World, caller: &Caller, client_id: &str) -> Result<(), ConsentRefused> {
    let (application, wish) = {
        let tenant = read(&world.tenant);
        let may = match caller.user_id {
            Some(user) => tenant.user(user).is_some_and(|user| may_consent_for_all(&user)),
            None => tenant.identity.application(caller.app_id).is_some_and(|it| {
                CONSENTING_PERMISSIONS.iter().all(|needed| it.application_permissions.contains(*needed))
            }),
        };
        if !may {
            return Err(ConsentRefused::NoAdministrator);
        }
        let application = client_id.parse().ok().and_then(|id| tenant.identity.application(id));
        let application = application.ok_or(ConsentRefused::Unknown)?.clone();
        let wish = required(&tenant, &application);
        (application, wish)
    };
    grant(world, &application, wish);
    Ok(())
}

/// The scopes that the second version names, or else all that the registration requires.
fn wish(
    world: &World,
    request: &EntraRequest<'_>,
    (tenant, application): (&Tenant, &Application),
    form: &Form,
) -> Result<Wish, EntraError> {
    let required = required(tenant, application);
    let Some(scope) = form.get("scope") else { return Ok(required) };
    let wanted = Wanted::read(scope, &Resources::of(tenant, &own_hosts(world, request)))?;
    wanted.check_known(application)?;
    let mut wish = if wanted.all_consented { required } else { Wish::default() };
    wish.delegated.extend(wanted.scopes);
    Ok(wish)
}

/// What `requiredResourceAccess` of a registration asks of Graph.
pub(super) fn required(tenant: &Tenant, application: &Application) -> Wish {
    let kept = tenant.store.get("applications", &application.object_id.to_string());
    let resources = kept.and_then(|kept| kept.get("requiredResourceAccess").as_array()).into_iter().flatten();
    let accesses = resources
        .filter(|resource| resource["resourceAppId"] == GRAPH_APP_ID)
        .filter_map(|resource| resource["resourceAccess"].as_array())
        .flatten();
    let mut wish = Wish::default();
    for permission in accesses.filter_map(permission) {
        let names = match permission.kind {
            PermissionKind::Application => &mut wish.application,
            PermissionKind::Delegated => &mut wish.delegated,
        };
        names.insert(permission.value.to_owned());
    }
    wish
}

fn permission(access: &Value) -> Option<&'static Permission> {
    let id: Uuid = access["id"].as_str()?.parse().ok()?;
    let kind = if access["type"] == "Role" { PermissionKind::Application } else { PermissionKind::Delegated };
    permissions().iter().find(|it| it.id == id && it.kind == kind)
}

fn grant(world: &World, application: &Application, wish: Wish) {
    if let Some(application) = write(&world.tenant).identity.application_mut(application.client_id) {
        application.has_principal = true;
        application.application_permissions.extend(wish.application);
        application.delegated.extend(wish.delegated);
    }
}

fn page(world: &World, form: &Form, application: &Application, wish: &Wish) -> Reply {
    let mut names = permission_list(PermissionKind::Application, wish.application.iter());
    names.push_str(&permission_list(PermissionKind::Delegated, wish.delegated.iter()));
    let carried: String = CARRIED.iter().filter_map(|name| form.get(name).map(|value| hidden(name, value))).collect();
    let users = user_choice(&read(&world.tenant).users(), "");
    let name = escape(&application.display_name);
    let buttons = buttons(("accept", "Accept"), ("decline", "Cancel"));
    let body = format!(
        "<p><b>{name}</b> asks to be permitted, for the whole organization:</p><ul>{names}</ul><form method=\"post\" action=\"?\">{carried}{users}{PASSWORD}{buttons}"
    );
    Reply::html(StatusCode::OK, document(&body))
}

fn done(world: &World, form: &Form, redirect_uri: Option<&Url>) -> Reply {
    let mut parameters = vec![("admin_consent", "True".to_owned()), ("tenant", read(&world.tenant).id.to_string())];
    for name in ["scope", "state"] {
        parameters.extend(form.get(name).map(|value| (name, value.to_owned())));
    }
    back(redirect_uri, &parameters, "The permissions are granted. You can close this window.")
}

fn declined(form: &Form, redirect_uri: Option<&Url>) -> Reply {
    let mut parameters = vec![
        ("error", "permission_denied".to_owned()),
        ("error_description", "The admin canceled the request".to_owned()),
    ];
    parameters.extend(form.get("state").map(|state| ("state", state.to_owned())));
    back(redirect_uri, &parameters, "Nothing was granted. You can close this window.")
}

fn back(redirect_uri: Option<&Url>, parameters: &[(&str, String)], text: &str) -> Reply {
    match redirect_uri {
        Some(uri) => redirect::send(uri, ResponseMode::Query, parameters),
        None => Reply::html(StatusCode::OK, document(&format!("<p role=\"status\">{text}</p>"))),
    }
}
