//! Rooms of the tenant.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::Service;
use super::super::list::List;
use super::super::render::Rendering;
use super::super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Who may see rooms may see lists of them.
const READS: &str = "GET /places/microsoft.graph.room";

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.rooms.list", "/places/microsoft.graph.room", list).of(Service::Outlook),
    Route::get("calendar.room-lists.list", "/places/microsoft.graph.roomList", lists).of(Service::Outlook).like(READS),
    Route::get("calendar.list-rooms.list", "/places/{place}/microsoft.graph.roomList/rooms", list_of)
        .of(Service::Outlook)
        .like(READS),
    Route::get("calendar.places.get", "/places/{place}", get).of(Service::Outlook).like(READS),
];

/// Name, seats, floor, equipment.
const ROOMS: &[(&str, u32, u32, bool)] =
    &[("Conf Room Adams", 12, 1, true), ("Conf Room Baker", 6, 1, false), ("Conf Room Crystal", 20, 2, true)];

/// The one list of rooms: all of building 1.
const ROOM_LIST: (&str, &str) = ("Building 1", "building1");

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(rooms(tenant), &List::new("room", "places/microsoft.graph.room"))
}

fn rooms(tenant: &Tenant) -> impl Iterator<Item = Entity> {
    let domain = tenant.domain.clone();
    (1_u64..).zip(ROOMS).map(move |(order, room)| Entity::loose("room", order, shown(&domain, order, room)))
}

fn lists(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list([room_list(tenant)].into_iter(), &List::new("roomList", "places/microsoft.graph.roomList"))
}

fn list_of(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (list, place) = (room_list(tenant), call.parameter("place"));
    if !is_named(&list, place) {
        return Err(call.not_found(place));
    }
    let context = format!("places('{place}')/microsoft.graph.roomList/rooms");
    call.list(rooms(tenant), &List::new("room", context))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let place = call.parameter("place");
    let found = rooms(tenant).chain([room_list(tenant)]).find(|it| is_named(it, place));
    let found = found.ok_or_else(|| call.not_found(place))?;
    call.entity_with(StatusCode::OK, &found, "places", &Rendering::typed())
}

fn is_named(place: &Entity, key: &str) -> bool {
    place.id() == key || place.text("emailAddress").eq_ignore_ascii_case(key)
}

fn room_list(tenant: &Tenant) -> Entity {
    let (name, mailbox) = ROOM_LIST;
    let list = json!({
        "id": "dc404124-302a-92aa-f98d-7b4deb0c1705", "displayName": name,
        "address": {"street": "4567 Main Street", "city": "Buffalo", "state": "NY", "postalCode": "98052", "countryOrRegion": "USA"},
        "phone": null, "emailAddress": format!("{mailbox}@{}", tenant.domain),
    });
    Entity::loose("roomList", u64::MAX, list)
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
