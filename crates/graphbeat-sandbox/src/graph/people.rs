//! People that matter to a user, and insights: computed from colleagues and their documents.

use serde_json::{Value, json};

use super::call::Call;
use super::error::Service;
use super::list::List;
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Colleagues that are told of at most.
const COLLEAGUES_MAX: usize = 50;
/// Documents that insights tell of.
const DOCUMENTS: &[(&str, &str)] =
    &[("Team notes", "Engineering"), ("Budget 2027", "Finance"), ("Launch plan", "Marketing")];

/// The routes of people and insights.
pub(super) const ROUTES: &[Route] = &[
    Route::get("people.people.list", "/users/{user}/people", people).of(Service::Outlook),
    Route::get("insights.trending.list", "/users/{user}/insights/trending", trending).of(Service::Drive),
    Route::get("insights.used.list", "/users/{user}/insights/used", used).of(Service::Drive),
    Route::get("insights.shared.list", "/users/{user}/insights/shared", shared).of(Service::Drive),
];

fn people(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let department = tenant.user_entity(call.user()).map_or("", |user| user.text("department"));
    let others = tenant.store.list("users").filter(|user| user.id() != call.user());
    let (near, far): (Vec<_>, Vec<_>) =
        others.take(10 * COLLEAGUES_MAX).partition(|user| user.text("department") == department);
    let all = near.into_iter().chain(far).take(COLLEAGUES_MAX).enumerate().map(|(at, user)| person(at, user));
    call.list(all, &List::new("person", call.context_of_user("people")).paged(10, 1_000))
}

fn person(at: usize, user: &Entity) -> Entity {
    let relevance = (30.0 - at as f64).max(1.0);
    let shown = json!({
        "id": user.id(), "displayName": user.get("displayName"), "givenName": user.get("givenName"), "surname": user.get("surname"),
        "birthday": "", "personNotes": "", "isFavorite": false, "jobTitle": user.get("jobTitle"), "companyName": "Contoso",
        "yomiCompany": "", "department": user.get("department"), "officeLocation": user.get("officeLocation"), "profession": "",
        "userPrincipalName": user.get("userPrincipalName"), "imAddress": format!("sip:{}", user.text("userPrincipalName")),
        "scoredEmailAddresses": [{"address": user.get("mail"), "relevanceScore": relevance, "selectionLikelihood": "notSpecified"}],
        "phones": [{"type": "business", "number": user.get("businessPhones").get(0)}], "postalAddresses": [], "websites": [],
        "personType": {"class": "Person", "subclass": "OrganizationUser"},
    });
    Entity::loose("person", at as u64 + 1, shown)
}

fn trending(tenant: &Tenant, call: &Call<'_>) -> Answer {
    insights(tenant, call, "trending", |at| json!({"weight": 10.0 - at as f64}))
}

fn used(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let at = crate::tenant::ids::stamp(tenant.seeded_at);
    insights(
        tenant,
        call,
        "usedInsight",
        |_| json!({"lastUsed": {"lastAccessedDateTime": at, "lastModifiedDateTime": at}}),
    )
}

fn shared(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let at = crate::tenant::ids::stamp(tenant.seeded_at);
    let first = tenant.store.list("users").next();
    let by = json!({"displayName": first.map(|user| user.get("displayName")), "address": first.map(|user| user.get("mail")), "id": first.map(Entity::id)});
    insights(
        tenant,
        call,
        "sharedInsight",
        |_| json!({"lastShared": {"sharedDateTime": at, "sharingSubject": "", "sharingType": "Link", "sharedBy": by}}),
    )
}

fn insights(tenant: &Tenant, call: &Call<'_>, kind: &'static str, own: impl Fn(usize) -> Value) -> Answer {
    let all: Vec<Entity> = DOCUMENTS.iter().enumerate().map(|(at, (title, team))| {
        let url = format!("https://contoso.sharepoint.com/sites/{}", team.to_lowercase());
        let id = &tenant.signature(&format!("{kind}/{}/{title}", call.user()))[..32];
        let mut shown = json!({
            "id": id,
            "resourceVisualization": {
                "title": title, "type": "Word", "mediaType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "previewText": "", "containerWebUrl": url, "containerDisplayName": team, "containerType": "Site",
            },
            "resourceReference": {"webUrl": format!("{url}/Shared%20Documents/{}.docx", title.replace(' ', "%20")), "id": format!("drives/{id}/items/{id}"), "type": "microsoft.graph.driveItem"},
        });
        if let (Value::Object(all), Value::Object(own)) = (&mut shown, own(at)) {
            all.extend(own);
        }
        Entity::loose(kind, at as u64 + 1, shown)
    }).collect();
    let name = call.route.pattern.rsplit('/').next().unwrap_or_default();
    call.list(all.iter(), &List::new(kind, call.context_of_user(&format!("insights/{name}"))).paged(10, 100))
}
