//! Calendars, groups of them, and events.

use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};

use super::{Person, completed, text, without, zone};
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};

/// What only the service sets on an event.
const EVENT_READ_ONLY: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "bodyPreview",
    "cancelledOccurrences",
    "hasAttachments",
    "iCalUId",
    "isCancelled",
    "isDraft",
    "isOrganizer",
    "onlineMeeting",
    "onlineMeetingUrl",
    "originalStart",
    "responseStatus",
    "seriesMasterId",
    "type",
    "webLink",
    "attachments",
    "organizer",
];
/// What only the service sets on a calendar.
const CALENDAR_READ_ONLY: &[&str] = &[
    "id",
    "allowedOnlineMeetingProviders",
    "canEdit",
    "canShare",
    "canViewPrivateItems",
    "changeKey",
    "hexColor",
    "isDefaultCalendar",
    "isRemovable",
    "isTallyingResponses",
    "owner",
];
/// A `responseStatus` of nobody's answer has this time.
const NO_ANSWER_YET: &str = "0001-01-01T00:00:00Z";

/// A new event of its owner.
pub(crate) fn event(rng: &mut Rng, given: &Properties, owner: &Person, at: Timestamp) -> Properties {
    let given = without(given.clone(), EVENT_READ_ONLY);
    let zone_of = |name: &str| given.get(name).and_then(|it| it["timeZone"].as_str()).unwrap_or("UTC").to_owned();
    let defaults = json!({
        "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at),
        "categories": [],
        "transactionId": null,
        "originalStartTimeZone": zone_of("start"),
        "originalEndTimeZone": zone_of("end"),
        "iCalUId": format!("040000008200E00074C5B7101A82E008{}", text::random(rng, 24).to_ascii_uppercase()),
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": true,
        "hasAttachments": false,
        "subject": "",
        "bodyPreview": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": false,
        "isCancelled": false,
        "isOrganizer": true,
        "responseRequested": true,
        "seriesMasterId": null,
        "showAs": "busy",
        "type": "singleInstance",
        "webLink": format!("https://outlook.office365.com/owa/?itemid={}&exvsurl=1&path=/calendar/item", text::random(rng, 24)),
        "onlineMeetingUrl": null,
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "allowNewTimeProposals": true,
        "isDraft": false,
        "hideAttendees": false,
        "onlineMeeting": null,
        "responseStatus": {"response": "organizer", "time": NO_ANSWER_YET},
        "body": {"contentType": "html", "content": ""},
        "start": null,
        "end": null,
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
        "locations": [],
        "recurrence": null,
        "attendees": [],
        "organizer": owner.recipient(),
    });
    let mut event = completed(defaults, &given);
    settle(&mut event);
    event
}

/// What a change may set of an event.
pub(crate) fn event_changes(given: &Properties) -> Properties {
    without(given.clone(), EVENT_READ_ONLY)
}

/// What follows in an event from its other properties, after a change of them.
pub(crate) fn settle(event: &mut Properties) {
    for name in ["start", "end"] {
        if let Some(at) = event.get(name).and_then(zone::moment) {
            event.insert(name.to_owned(), zone::in_utc(at));
        }
    }
    if let Some(location) =
        event.get("location").filter(|location| location["displayName"].as_str().is_some_and(|name| !name.is_empty()))
    {
        let location = location.clone();
        event.insert("locations".to_owned(), json!([location]));
    }
    let kind = if event.get("recurrence").is_none_or(Value::is_null) { "singleInstance" } else { "seriesMaster" };
    event.insert("type".to_owned(), json!(kind));
    if let Some(attendees) = event.get_mut("attendees").and_then(Value::as_array_mut) {
        attendees.iter_mut().filter_map(Value::as_object_mut).for_each(settle_attendee);
    }
    let content = event.get("body").and_then(|body| body["content"].as_str()).unwrap_or_default();
    let preview = text::preview(content);
    event.insert("bodyPreview".to_owned(), Value::String(preview));
}

fn settle_attendee(attendee: &mut Properties) {
    attendee.entry("type").or_insert_with(|| json!("required"));
    attendee.entry("status").or_insert_with(|| json!({"response": "none", "time": NO_ANSWER_YET}));
}

/// The start and end of an event as moments.
pub(crate) fn span(event: &Properties) -> Option<(Timestamp, Timestamp)> {
    Some((zone::moment(event.get("start")?)?, zone::moment(event.get("end")?)?))
}

/// A new calendar.
pub(crate) fn calendar(given: &Properties, owner: &Person) -> Properties {
    let defaults = json!({
        "name": "Calendar",
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": false,
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": true,
        "isRemovable": true,
        "owner": owner.email_address(),
    });
    completed(defaults, &without(given.clone(), CALENDAR_READ_ONLY))
}

/// What a change may set of a calendar.
pub(crate) fn calendar_changes(given: &Properties) -> Properties {
    without(given.clone(), CALENDAR_READ_ONLY)
}

/// A new calendar group.
pub(crate) fn calendar_group(name: &str, class_id: &str) -> Properties {
    object(json!({"name": name, "classId": class_id}))
}
