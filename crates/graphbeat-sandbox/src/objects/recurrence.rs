//! Which days a series of events falls on.
//!
//! A series is kept as its master. Its days are found by walking the range day by day and asking the
//! pattern of each, which is plain, exact, and bounded.

use graphbeat_base::{SignedDuration, Timestamp};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::zone;
use crate::tenant::store::Properties;

/// Days that a walk over a series looks at: what lies later is not found.
const DAYS_MAX: usize = 366 * 30;
/// The longest interval of a pattern.
const INTERVAL_MAX: i64 = 999;

/// One occurrence of a series, where no exception moved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The day in the zone of the series: what tells it from the others.
    pub(crate) date: Date,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// The days of a series and its time of day.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pattern: Pattern,
    first: Date,
    end: End,
    zone: TimeZone,
    time: Time,
    length: SignedDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    On(Date),
    After(usize),
}

#[derive(Clone, Debug)]
struct Pattern {
    kind: Kind,
    interval: i64,
    days: Vec<Weekday>,
    /// The first day of a week, for intervals of weeks.
    week_start: Weekday,
    day_of_month: i8,
    month: i8,
    index: Index,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Daily,
    Weekly,
    AbsoluteMonthly,
    RelativeMonthly,
    AbsoluteYearly,
    RelativeYearly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Index {
    Nth(usize),
    Last,
}

impl Series {
    /// The series of a master; `None` where the event has no recurrence, or one that makes no sense.
    pub(crate) fn of(event: &Properties) -> Option<Self> {
        let recurrence = event.get("recurrence").filter(|it| !it.is_null())?;
        let (pattern, range) = (&recurrence["pattern"], &recurrence["range"]);
        let named = |value: &Value| value.as_str().filter(|name| !name.is_empty()).and_then(zone::named);
        let zone = named(&range["recurrenceTimeZone"])
            .or_else(|| event.get("originalStartTimeZone").and_then(named))
            .unwrap_or(TimeZone::UTC);
        let (start, end) = (zone::moment(event.get("start")?)?, zone::moment(event.get("end")?)?);
        let local = zone.to_datetime(start);
        let first = date(&range["startDate"]).unwrap_or_else(|| local.date());
        let series_end = match range["type"].as_str()? {
            "endDate" => End::On(date(&range["endDate"])?),
            "numbered" => {
                End::After(usize::try_from(range["numberOfOccurrences"].as_u64().filter(|it| *it > 0)?).ok()?)
            }
            _ => End::Never,
        };
        let pattern = Pattern::read(pattern, local.date())?;
        Some(Self { pattern, first, end: series_end, zone, time: local.time(), length: end.duration_since(start) })
    }

    /// Every occurrence up to a moment, oldest first.
    pub(crate) fn slots(&self, until: Timestamp) -> impl Iterator<Item = Slot> {
        let count = if let End::After(count) = self.end { count } else { usize::MAX };
        let days = std::iter::successors(Some(self.first), |day| day.tomorrow().ok()).take(DAYS_MAX);
        let days = days.take_while(|day| !matches!(self.end, End::On(last) if *day > last));
        let dates = days.filter(|day| self.pattern.holds(*day, self.first)).take(count);
        dates.map_while(|day| self.slot(day)).take_while(move |slot| slot.start < until)
    }

    /// The occurrence of a day; `None` where the series has none.
    pub(crate) fn at(&self, day: Date) -> Option<Slot> {
        let until = self.slot(day)?.start.checked_add(SignedDuration::from_secs(1)).ok()?;
        self.slots(until).find(|slot| slot.date == day)
    }

    fn slot(&self, date: Date) -> Option<Slot> {
        let start = self.zone.to_timestamp(date.to_datetime(self.time)).ok()?;
        Some(Slot { date, start, end: start.checked_add(self.length).ok()? })
    }
}

impl Pattern {
    /// A `recurrencePattern`; what it leaves out follows from the first day.
    fn read(pattern: &Value, first: Date) -> Option<Self> {
        let kind = match pattern["type"].as_str()? {
            "daily" => Kind::Daily,
            "weekly" => Kind::Weekly,
            "absoluteMonthly" => Kind::AbsoluteMonthly,
            "relativeMonthly" => Kind::RelativeMonthly,
            "absoluteYearly" => Kind::AbsoluteYearly,
            "relativeYearly" => Kind::RelativeYearly,
            _ => return None,
        };
        let interval = pattern["interval"].as_i64().unwrap_or(1);
        let days: Vec<Weekday> =
            pattern["daysOfWeek"].as_array().into_iter().flatten().filter_map(|day| weekday(day.as_str()?)).collect();
        let needs_days = matches!(kind, Kind::Weekly | Kind::RelativeMonthly | Kind::RelativeYearly);
        let small = |value: &Value, max: i8| {
            value.as_i64().and_then(|it| i8::try_from(it).ok()).filter(|it| (1..=max).contains(it))
        };
        if !(1..=INTERVAL_MAX).contains(&interval) || (needs_days && days.is_empty()) {
            return None;
        }
        Some(Self {
            kind,
            interval,
            days,
            week_start: pattern["firstDayOfWeek"].as_str().and_then(weekday).unwrap_or(Weekday::Sunday),
            day_of_month: small(&pattern["dayOfMonth"], 31).unwrap_or_else(|| first.day()),
            month: small(&pattern["month"], 12).unwrap_or_else(|| first.month()),
            index: index(pattern["index"].as_str().unwrap_or("first"))?,
        })
    }

    fn holds(&self, day: Date, first: Date) -> bool {
        let months = i64::from(day.year() - first.year()) * 12 + i64::from(day.month() - first.month());
        let years = i64::from(day.year() - first.year());
        match self.kind {
            Kind::Daily => days_between(first, day) % self.interval == 0,
            Kind::Weekly => {
                let weeks = days_between(self.week_of(first), self.week_of(day)) / 7;
                weeks % self.interval == 0 && self.days.contains(&day.weekday())
            }
            Kind::AbsoluteMonthly => months % self.interval == 0 && self.is_the_day(day),
            Kind::RelativeMonthly => months % self.interval == 0 && self.is_indexed(day),
            Kind::AbsoluteYearly => years % self.interval == 0 && day.month() == self.month && self.is_the_day(day),
            Kind::RelativeYearly => years % self.interval == 0 && day.month() == self.month && self.is_indexed(day),
        }
    }

    /// The first day of a day's week.
    fn week_of(&self, day: Date) -> Date {
        let back = i64::from(day.weekday().since(self.week_start));
        day.checked_sub(SignedDuration::from_hours(back * 24)).unwrap_or(day)
    }

    /// A day that a month does not have is its last one.
    fn is_the_day(&self, day: Date) -> bool {
        day.day() == self.day_of_month.min(day.days_in_month())
    }

    /// Whether the day is the first, second … or last of the pattern's weekdays in its month.
    fn is_indexed(&self, day: Date) -> bool {
        if !self.days.contains(&day.weekday()) {
            return false;
        }
        let matching = |day: &Date| self.days.contains(&day.weekday());
        let month = day.first_of_month().series(jiff::Span::new().days(1)).take_while(|it| it.month() == day.month());
        match self.index {
            Index::Nth(place) => month.filter(matching).take_while(|it| *it <= day).count() == place,
            Index::Last => month.filter(matching).last() == Some(day),
        }
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn date(value: &Value) -> Option<Date> {
    value.as_str()?.parse().ok()
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn index(name: &str) -> Option<Index> {
    Some(match name {
        "first" => Index::Nth(1),
        "second" => Index::Nth(2),
        "third" => Index::Nth(3),
        "fourth" => Index::Nth(4),
        "last" => Index::Last,
        _ => return None,
    })
}

/// Completes the recurrence of a new or changed event as the service shows it, and moves the event to
/// the first day that the pattern holds; whether the recurrence makes sense.
pub(crate) fn settle(event: &mut Properties) -> bool {
    if event.get("recurrence").is_none_or(Value::is_null) {
        return true;
    }
    let zone_name = event.get("originalStartTimeZone").and_then(Value::as_str).unwrap_or("UTC").to_owned();
    complete(event, &zone_name);
    let Some(series) = Series::of(event) else { return false };
    let Some(slot) = series.slots(Timestamp::MAX).next() else { return false };
    event.insert("start".to_owned(), zone::in_utc(slot.start));
    event.insert("end".to_owned(), zone::in_utc(slot.end));
    true
}

fn complete(event: &mut Properties, zone_name: &str) {
    let start = event.get("start").and_then(zone::moment);
    let zone = zone::named(zone_name).unwrap_or(TimeZone::UTC);
    let Some(recurrence) = event.get_mut("recurrence").and_then(Value::as_object_mut) else { return };
    if let Some(pattern) = recurrence.get_mut("pattern").and_then(Value::as_object_mut) {
        let defaults =
            json!({"interval": 1, "month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"});
        fill(pattern, defaults);
    }
    if let Some(range) = recurrence.get_mut("range").and_then(Value::as_object_mut) {
        let first = start.map(|start| zone.to_datetime(start).date().to_string());
        let defaults = json!({
            "type": "noEnd", "startDate": first, "endDate": "0001-01-01", "recurrenceTimeZone": zone_name,
            "numberOfOccurrences": 0,
        });
        fill(range, defaults);
    }
}

fn fill(given: &mut Properties, defaults: Value) {
    for (name, value) in crate::tenant::store::object(defaults) {
        let known = given.entry(name).or_insert(Value::Null);
        if known.is_null() {
            *known = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::store::object;

    /// The days of a series at 9:00 in Berlin, up to the end of 2028.
    fn days(start: &str, pattern: Value, range: Value) -> Vec<String> {
        let mut event = object(json!({
            "originalStartTimeZone": "Europe/Berlin",
            "start": {"dateTime": format!("{start}T09:00:00"), "timeZone": "Europe/Berlin"},
            "end": {"dateTime": format!("{start}T10:00:00"), "timeZone": "Europe/Berlin"},
            "recurrence": {"pattern": pattern, "range": range},
        }));
        assert!(settle(&mut event), "a recurrence");
        let until = "2029-01-01T00:00:00Z".parse().expect("a timestamp");
        Series::of(&event).expect("a series").slots(until).map(|slot| slot.date.to_string()).collect()
    }

    fn numbered(count: u32) -> Value {
        json!({"type": "numbered", "numberOfOccurrences": count})
    }

    #[test]
    fn every_pattern_falls_on_its_days() {
        let table: &[(&str, Value, &[&str])] = &[
            ("2026-11-24", json!({"type": "daily", "interval": 3}), &["2026-11-24", "2026-11-27", "2026-11-30"]),
            (
                "2026-11-24",
                json!({"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "sunday"], "firstDayOfWeek": "monday"}),
                &["2026-11-24", "2026-11-29", "2026-12-08", "2026-12-13"],
            ),
            (
                "2027-01-31",
                json!({"type": "absoluteMonthly", "dayOfMonth": 31}),
                &["2027-01-31", "2027-02-28", "2027-03-31"],
            ),
            (
                "2026-11-24",
                json!({"type": "relativeMonthly", "daysOfWeek": ["friday"], "index": "last"}),
                &["2026-11-27", "2026-12-25", "2027-01-29"],
            ),
            (
                "2026-11-24",
                json!({"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["monday", "tuesday"], "index": "second"}),
                &["2027-01-05", "2027-03-02"],
            ),
            (
                "2026-11-24",
                json!({"type": "absoluteYearly", "month": 3, "dayOfMonth": 1}),
                &["2027-03-01", "2028-03-01"],
            ),
            (
                "2026-01-01",
                json!({"type": "relativeYearly", "month": 11, "daysOfWeek": ["thursday"], "index": "fourth"}),
                &["2026-11-26", "2027-11-25", "2028-11-23"],
            ),
        ];
        for (start, pattern, expected) in table {
            let count = u32::try_from(expected.len()).expect("a small number");
            assert_eq!(days(start, pattern.clone(), numbered(count)), *expected, "{pattern}");
        }
    }

    #[test]
    fn a_range_ends_by_date_by_number_or_never() {
        let daily = json!({"type": "daily"});
        assert_eq!(days("2026-11-24", daily.clone(), json!({"type": "endDate", "endDate": "2026-11-26"})).len(), 3);
        assert_eq!(days("2026-11-24", daily.clone(), numbered(5)).len(), 5);
        assert_eq!(days("2028-12-22", daily, json!({"type": "noEnd"})).len(), 10);
    }

    #[test]
    fn the_hour_of_the_day_stays_when_the_clocks_change() {
        let mut event = object(json!({
            "originalStartTimeZone": "W. Europe Standard Time",
            "start": {"dateTime": "2026-10-24T09:00:00", "timeZone": "W. Europe Standard Time"},
            "end": {"dateTime": "2026-10-24T10:00:00", "timeZone": "W. Europe Standard Time"},
            "recurrence": {"pattern": {"type": "daily"}, "range": {"type": "noEnd"}},
        }));
        assert!(settle(&mut event));
        let until = "2026-10-26T00:00:00Z".parse().expect("a timestamp");
        let starts: Vec<String> =
            Series::of(&event).expect("a series").slots(until).map(|slot| slot.start.to_string()).collect();
        assert_eq!(starts, ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"]);
    }

    #[test]
    fn a_recurrence_without_sense_is_none() {
        let range = json!({"type": "noEnd", "startDate": "2026-11-24"});
        for (pattern, range) in [
            (json!({"type": "weekly"}), range.clone()),
            (json!({"type": "daily", "interval": -1}), range.clone()),
            (json!({}), range),
            (json!({"type": "daily"}), json!({"type": "numbered"})),
            (json!({"type": "daily"}), json!({"type": "endDate", "endDate": "2020-01-01"})),
        ] {
            let moment = json!({"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"});
            let recurrence = json!({"pattern": pattern, "range": range});
            let mut event = object(json!({"start": moment, "end": moment, "recurrence": recurrence}));
            assert!(!settle(&mut event), "{recurrence}");
        }
    }
}
