//! The seeded users: a global administrator first, managers and departments, two without a licence.

use serde_json::{Value, json};

use super::super::Tenant;
use super::super::people::{DEPARTMENTS, OFFICES, PEOPLE, address_letters, name};
use super::{DEVELOPER_SKU, ROLES, days_ago};

/// Users that the tenant never has more of.
const USERS_MAX: usize = 100_000;
/// Places of the users without a licence.
const UNLICENSED: &[usize] = &[23, 24];
/// Every so many users have no photo; the first has one.
const PHOTO_EVERY: usize = 3;
/// A drawn head and shoulders, 96 × 96.
const PHOTO: &[u8] = include_bytes!("../../../data/photo.jpg");

/// Makes the users and who manages whom.
pub(super) fn make(tenant: &mut Tenant, count: usize) {
    let count = count.clamp(1, USERS_MAX);
    let mut heads: Vec<Option<String>> = vec![None; DEPARTMENTS.len()];
    for place in 0..count {
        let department = department_of(place);
        let id = make_user(tenant, place, department);
        let manager = match &heads[department] {
            Some(head) => Some(head.clone()),
            None => heads[0].clone(),
        };
        heads[department].get_or_insert_with(|| id.clone());
        if let (Some(manager), Some(user)) = (manager, tenant.store.get_mut("users", &id)) {
            user.properties.insert("_manager".to_owned(), Value::String(manager));
        }
    }
}

/// The first user leads the company, the next lead the departments, the rest are spread.
fn department_of(place: usize) -> usize {
    place % DEPARTMENTS.len()
}

fn make_user(tenant: &mut Tenant, place: usize, department: usize) -> String {
    let id = tenant.rng.uuid().to_string();
    let mut rng = tenant.rng.fork();
    let (given, family, (_, _, country, location, language)) = name(place, &mut rng);
    let (department, jobs) = DEPARTMENTS[department];
    let rank = (place / DEPARTMENTS.len()).min(1) * (1 + place / DEPARTMENTS.len() % (jobs.len() - 1).max(1));
    let (city, street, postal_code, state) = OFFICES[place % OFFICES.len()];
    let number = if place < PEOPLE.len() { String::new() } else { place.to_string() };
    let address = format!(
        "{}{}{number}@{}",
        address_letters(given),
        address_letters(&family[..family.chars().next().map_or(0, char::len_utf8)]),
        tenant.domain
    );
    let licenses =
        if UNLICENSED.contains(&place) { json!([]) } else { json!([{"disabledPlans": [], "skuId": DEVELOPER_SKU}]) };
    let phone = format!("+1 425 555 {:04}", 100 + place % 9_900);
    let roles = if place == 0 { json!([ROLES[0].0]) } else { json!([]) };
    let properties = json!({
        "businessPhones": [phone], "displayName": format!("{given} {family}"), "givenName": given,
        "jobTitle": jobs[rank % jobs.len()], "mail": address, "mobilePhone": null,
        "officeLocation": format!("{}/{:04}", 10 + place % 20, 1_000 + place % 4_000), "preferredLanguage": language, "surname": family,
        "userPrincipalName": address, "accountEnabled": true, "ageGroup": null, "assignedLicenses": licenses,
        "city": city, "companyName": "Contoso", "country": country,
        "createdDateTime": days_ago(tenant, 80 + (place % 20) as i64), "department": department,
        "employeeId": format!("{:05}", 10_001 + place), "mailNickname": address.split('@').next(),
        "onPremisesSyncEnabled": null, "postalCode": postal_code,
        "proxyAddresses": [format!("SMTP:{address}")], "state": state, "streetAddress": street,
        "usageLocation": location, "userType": "Member",
        "_roles": roles, "_provisioned": true,
    });
    tenant.store.create("users", "user", id.clone(), properties);
    if place.is_multiple_of(PHOTO_EVERY) {
        let photo = json!({"@odata.mediaContentType": "image/jpeg", "@odata.mediaEtag": format!("\"{:08X}\"", 0x2A00_0000 + place), "width": 96, "height": 96});
        tenant.store.create(&format!("users/{id}/photo"), "profilePhoto", "96x96".to_owned(), photo).content =
            Some(PHOTO.into());
    }
    tenant.by_name.insert(address.to_lowercase(), id.clone());
    id
}
