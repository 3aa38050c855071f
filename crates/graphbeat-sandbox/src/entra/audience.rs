//! Which authority serves which application: tenants in common, and national clouds.

use super::EntraRequest;
use super::client;
use super::error::EntraError;
use super::form::Form;
use crate::identity::Application;
use crate::standing::Cloud;
use crate::tenant::Tenant;
use crate::world::{World, read};

/// Checks that the application of a request may use the authority that it names. Who the application is,
/// and whether it is there at all, is for others to say.
pub(super) fn check(
    world: &World,
    request: &EntraRequest<'_>,
    form: &Form,
    tenant_name: &str,
) -> Result<(), EntraError> {
    let tenant = read(&world.tenant);
    let Ok(application) = client::find(&tenant.identity, form, &tenant.domain) else { return Ok(()) };
    check_cloud(&tenant, request, form)?;
    let id = application.client_id;
    // An application by itself is refused elsewhere, with a code of its own.
    if form.get("grant_type") == Some("client_credentials") {
        return Ok(());
    }
    match tenant_name {
        "consumers" => Err(EntraError::new(
            "invalid_request",
            9_002_332,
            format!(
                "Application '{id}'({}) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.",
                application.display_name
            ),
        )),
        "common" | "organizations" if is_single_tenant(&tenant, application) => Err(EntraError::new(
            "invalid_request",
            50194,
            format!(
                "Application '{id}'({}) is not configured as a multi-tenant application. Usage of the /{tenant_name} endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
                application.display_name
            ),
        )),
        _ => Ok(()),
    }
}

/// An application serves its own tenant alone, unless its registration says otherwise.
fn is_single_tenant(tenant: &Tenant, application: &Application) -> bool {
    if application.first_party {
        return false;
    }
    let kept = tenant.store.get("applications", &application.object_id.to_string());
    !kept.is_some_and(|kept| {
        matches!(kept.text("signInAudience"), "AzureADMultipleOrgs" | "AzureADandPersonalMicrosoftAccount")
    })
}

/// Refuses the sign-in host of a cloud that the tenant does not live in, where it was said which it is.
fn check_cloud(tenant: &Tenant, request: &EntraRequest<'_>, form: &Form) -> Result<(), EntraError> {
    let host = request.base_url.split_once("://").map_or(request.base_url, |(_, host)| host);
    let (Some(own), Some(asked)) = (tenant.identity.policies.cloud, Cloud::of_host(host)) else { return Ok(()) };
    if own == asked {
        return Ok(());
    }
    let is_confidential = form.get("client_secret").or_else(|| form.get("client_assertion")).is_some();
    if is_confidential {
        return Err(EntraError::new(
            "invalid_request",
            900_382,
            "Confidential Client is not supported in Cross Cloud request.",
        ));
    }
    Err(EntraError::new(
        "invalid_request",
        90038,
        format!("Tenant '{}' request is being redirected to the National Cloud that it lives in.", tenant.domain),
    ))
}
