//! What the organization has bought: its subscription and its licences, as they stand by the clock.

use serde_json::{Value, json};

use super::call::Call;
use super::list::List;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;
use crate::tenant::directory::DEVELOPER_SKU;
use crate::tenant::ids::stamp;
use crate::tenant::store::Entity;

const SUBSCRIPTIONS: &str = "directory/subscriptions";
const SKUS: &str = "subscribedSkus";

/// The routes of subscriptions and licences.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.subscriptions.list", "/directory/subscriptions", subscriptions)
        .behind(Gate::AdministratorRole),
    Route::get("directory.subscriptions.get", "/directory/subscriptions/{subscription}", subscription)
        .like("GET /directory/subscriptions")
        .behind(Gate::AdministratorRole),
    Route::get("directory.skus.list", "/subscribedSkus", skus).behind(Gate::AdministratorRole),
    Route::get("directory.skus.get", "/subscribedSkus/{sku}", sku)
        .like("GET /subscribedSkus")
        .behind(Gate::AdministratorRole),
];

fn subscriptions(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let all = tenant.store.list(SUBSCRIPTIONS).map(|kept| subscription_now(tenant, call, kept));
    call.list(all, &List::new("companySubscription", SUBSCRIPTIONS))
}

fn subscription(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let kept = call.find(tenant, SUBSCRIPTIONS, call.parameter("subscription"))?;
    call.entity(&subscription_now(tenant, call, kept), SUBSCRIPTIONS)
}

fn subscription_now(tenant: &Tenant, call: &Call<'_>, kept: &Entity) -> Entity {
    let (mut now, at) = (kept.clone(), call.request.now);
    let next = tenant.subscription.next_change(at).map(stamp);
    now.properties.insert("status".to_owned(), tenant.subscription.standing(at).name().into());
    now.properties.insert("nextLifecycleDateTime".to_owned(), json!(next));
    now
}

fn skus(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let used = used(tenant);
    let all = tenant.store.list(SKUS).map(|kept| sku_now(tenant, call, (kept, used)));
    call.list(all, &List::new("subscribedSku", SKUS))
}

fn sku(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let kept = call.find(tenant, SKUS, call.parameter("sku"))?;
    call.entity(&sku_now(tenant, call, (kept, used(tenant))), SKUS)
}

/// Licences that users hold.
fn used(tenant: &Tenant) -> usize {
    let holds = |user: &&Entity| {
        user.get("assignedLicenses").as_array().is_some_and(|all| all.iter().any(|it| it["skuId"] == DEVELOPER_SKU))
    };
    tenant.store.list("users").filter(holds).count()
}

fn sku_now(tenant: &Tenant, call: &Call<'_>, (kept, used): (&Entity, usize)) -> Entity {
    let standing = tenant.subscription.standing(call.request.now);
    let mut units = json!({"enabled": 0, "suspended": 0, "warning": 0, "lockedOut": 0});
    if let Some(name) = standing.units() {
        units[name] = kept.get("prepaidUnits")["enabled"].clone();
    }
    let mut now = kept.clone();
    for (name, value) in
        [("consumedUnits", used.into()), ("capabilityStatus", Value::from(standing.name())), ("prepaidUnits", units)]
    {
        now.properties.insert(name.to_owned(), value);
    }
    now
}
