//! Rooms of the tenant.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::Service;
use super::super::list::List;
use super::super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

pub(super) const ROUTES: &[Route] =
    &[Route::get("calendar.rooms.list", "/places/microsoft.graph.room", list).of(Service::Outlook)];

/// Name, seats, floor, equipment.
const ROOMS: &[(&str, u32, u32, bool)] =
    &[("Conf Room Adams", 12, 1, true), ("Conf Room Baker", 6, 1, false), ("Conf Room Crystal", 20, 2, true)];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let rooms: Vec<Entity> = (1_u64..)
        .zip(ROOMS)
        .map(|(order, room)| Entity::loose("room", order, shown(&tenant.domain, order, room)))
        .collect();
    call.list(rooms.iter(), &List::new("room", "places/microsoft.graph.room"))
}

fn shown(domain: &str, order: u64, (name, capacity, floor, has_video): &(&str, u32, u32, bool)) -> Value {
    let mailbox = name.replace(' ', "").to_lowercase();
    json!({
        "id": format!("3162f1e1-c4c0-604b-51d8-91da78b9{order:04}"),
        "displayName": name,
        "address": {"street": "4567 Main Street", "city": "Buffalo", "state": "NY", "postalCode": "98052", "countryOrRegion": "USA"},
        "phone": format!("+1 425 555 01{order:02}"),
        "emailAddress": format!("{mailbox}@{domain}"),
        "capacity": capacity,
        "bookingType": "standard",
        "floorNumber": floor,
        "building": "1",
        "isWheelChairAccessible": true,
        "audioDeviceName": null,
        "videoDeviceName": if *has_video { json!("Surface Hub") } else { Value::Null },
        "displayDeviceName": null,
        "tags": [],
    })
}
