//! Calendars: the default one with the meetings of some weeks, and one of public holidays.

use graphbeat_base::{SignedDuration, Timestamp};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Seeding;
use super::words::{MEETINGS, Meeting};
use crate::objects::{calendar, place, zone};
use crate::tenant::ids;
use crate::tenant::store::object;

/// Outlook's class of the group "My Calendars".
const MY_CALENDARS: &str = "0006f0b7-0000-0000-c000-000000000046";
/// Outlook's class of the group "Other Calendars".
const OTHER_CALENDARS: &str = "0006f0b8-0000-0000-c000-000000000046";

impl Seeding<'_> {
    pub(super) fn calendars(&mut self) {
        let groups = place::calendar_groups(&self.owner.id);
        let (mine, other) = (ids::outlook(self.rng), ids::outlook(self.rng));
        self.create(&groups, "calendarGroup", mine.clone(), calendar::calendar_group("My Calendars", MY_CALENDARS));
        self.create(
            &groups,
            "calendarGroup",
            other.clone(),
            calendar::calendar_group("Other Calendars", OTHER_CALENDARS),
        );
        let id = self.calendar("Calendar", &mine, true);
        let holidays = self.calendar("Public holidays", &other, false);
        for (day, meeting) in (-5_i64..).zip(MEETINGS.iter().chain(MEETINGS)) {
            let shift = day * 2 + i64::try_from(self.rng.below(2)).unwrap_or(0);
            self.meeting(&id, meeting, shift);
        }
        self.holiday(&holidays);
    }

    fn calendar(&mut self, name: &str, group: &str, is_default: bool) -> String {
        let id = ids::outlook(self.rng);
        let mut properties = calendar::calendar(&object(json!({"name": name})), self.owner);
        properties
            .extend(object(json!({"isDefaultCalendar": is_default, "isRemovable": !is_default, "_group": group})));
        let path = place::calendars(&self.owner.id);
        self.create(&path, "calendar", id.clone(), properties);
        id
    }

    fn meeting(&mut self, calendar_id: &str, meeting: &Meeting, day: i64) {
        let start = self.day_at(day, meeting.hour);
        let end = start.checked_add(SignedDuration::from_mins(meeting.minutes)).unwrap_or(start);
        let guests: Vec<Value> = (0..meeting.guests)
            .map(|_| self.colleague())
            .map(|guest| json!({"emailAddress": guest.email_address(), "type": "required", "status": {"response": "accepted", "time": "0001-01-01T00:00:00Z"}}))
            .collect();
        let given = object(json!({
            "subject": meeting.subject,
            "start": zone::in_utc(start),
            "end": zone::in_utc(end),
            "location": {"displayName": meeting.place, "locationType": "default"},
            "showAs": meeting.show_as,
            "body": {"contentType": "html", "content": format!("<html><body><p>{}</p></body></html>", meeting.body)},
            "attendees": guests,
        }));
        self.event(calendar_id, &given);
    }

    fn holiday(&mut self, calendar_id: &str) {
        let day = self.day_at(30, 0);
        let end = day.checked_add(SignedDuration::from_hours(24)).unwrap_or(day);
        let given = object(json!({
            "subject": "Company holiday", "start": zone::in_utc(day), "end": zone::in_utc(end), "isAllDay": true,
            "showAs": "free", "isReminderOn": false,
        }));
        self.event(calendar_id, &given);
    }

    fn event(&mut self, calendar_id: &str, given: &crate::tenant::store::Properties) {
        let made = self.ago(20_000);
        let event = calendar::event(self.rng, given, self.owner, made);
        let (path, id) = (place::events(&self.owner.id, calendar_id), ids::outlook(self.rng));
        self.create(&path, "event", id, event);
    }

    /// So many days from today, at a full hour in UTC.
    fn day_at(&self, days: i64, hour: i8) -> Timestamp {
        let today = TimeZone::UTC.to_datetime(self.now).date();
        let day = today.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(today);
        TimeZone::UTC.to_timestamp(day.at(hour, 0, 0, 0)).unwrap_or(self.now)
    }
}
