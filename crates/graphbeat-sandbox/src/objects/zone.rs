//! Time zones as Outlook names them. What is stored is UTC, as the real service stores it; a client's
//! zone is read by its Windows or IANA name.

use graphbeat_base::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Windows name, IANA name, display name.
pub(crate) const ZONES: &[(&str, &str, &str)] = &[
    ("UTC", "UTC", "(UTC) Coordinated Universal Time"),
    ("Dateline Standard Time", "Etc/GMT+12", "(UTC-12:00) International Date Line West"),
    ("Hawaiian Standard Time", "Pacific/Honolulu", "(UTC-10:00) Hawaii"),
    ("Alaskan Standard Time", "America/Anchorage", "(UTC-09:00) Alaska"),
    ("Pacific Standard Time", "America/Los_Angeles", "(UTC-08:00) Pacific Time (US & Canada)"),
    ("Mountain Standard Time", "America/Denver", "(UTC-07:00) Mountain Time (US & Canada)"),
    ("Central Standard Time", "America/Chicago", "(UTC-06:00) Central Time (US & Canada)"),
    ("Eastern Standard Time", "America/New_York", "(UTC-05:00) Eastern Time (US & Canada)"),
    ("Atlantic Standard Time", "America/Halifax", "(UTC-04:00) Atlantic Time (Canada)"),
    ("E. South America Standard Time", "America/Sao_Paulo", "(UTC-03:00) Brasilia"),
    ("Azores Standard Time", "Atlantic/Azores", "(UTC-01:00) Azores"),
    ("GMT Standard Time", "Europe/London", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London"),
    ("W. Europe Standard Time", "Europe/Berlin", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"),
    ("Romance Standard Time", "Europe/Paris", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"),
    ("Central European Standard Time", "Europe/Warsaw", "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb"),
    ("FLE Standard Time", "Europe/Kiev", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius"),
    ("South Africa Standard Time", "Africa/Johannesburg", "(UTC+02:00) Harare, Pretoria"),
    ("Turkey Standard Time", "Europe/Istanbul", "(UTC+03:00) Istanbul"),
    ("Arabian Standard Time", "Asia/Dubai", "(UTC+04:00) Abu Dhabi, Muscat"),
    ("India Standard Time", "Asia/Kolkata", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"),
    ("SE Asia Standard Time", "Asia/Bangkok", "(UTC+07:00) Bangkok, Hanoi, Jakarta"),
    ("China Standard Time", "Asia/Shanghai", "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi"),
    ("Singapore Standard Time", "Asia/Singapore", "(UTC+08:00) Kuala Lumpur, Singapore"),
    ("Taipei Standard Time", "Asia/Taipei", "(UTC+08:00) Taipei"),
    ("Tokyo Standard Time", "Asia/Tokyo", "(UTC+09:00) Osaka, Sapporo, Tokyo"),
    ("Korea Standard Time", "Asia/Seoul", "(UTC+09:00) Seoul"),
    ("AUS Eastern Standard Time", "Australia/Sydney", "(UTC+10:00) Canberra, Melbourne, Sydney"),
    ("New Zealand Standard Time", "Pacific/Auckland", "(UTC+12:00) Auckland, Wellington"),
];

/// A `dateTimeTimeZone` of a client as a moment; `None` for a zone or a time that nobody knows.
pub(crate) fn moment(value: &Value) -> Option<Timestamp> {
    let text = value["dateTime"].as_str()?;
    // A time with an offset of its own needs no zone.
    if text.ends_with(['Z', 'z']) || text.get(10..).is_some_and(|time| time.contains(['+', '-'])) {
        return text.parse::<Timestamp>().ok();
    }
    let local: DateTime = text.parse().ok()?;
    at_zone(local, value["timeZone"].as_str().unwrap_or("UTC"))
}

/// A local time in a named zone.
fn at_zone(local: DateTime, name: &str) -> Option<Timestamp> {
    named(name)?.to_timestamp(local).ok()
}

/// The zone that a Windows or IANA name stands for.
pub(crate) fn named(name: &str) -> Option<TimeZone> {
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    let known =
        ZONES.iter().find(|(windows, iana, _)| windows.eq_ignore_ascii_case(name) || iana.eq_ignore_ascii_case(name));
    let iana = known.map_or(name, |(_, iana, _)| iana);
    TimeZone::get(iana).ok()
}

/// A moment as a `dateTimeTimeZone` in UTC, with Outlook's seven digits.
pub(crate) fn in_utc(at: Timestamp) -> Value {
    json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC"})
}

/// A moment as a `dateTimeTimeZone` in a zone, which keeps the name that the client gave it.
pub(crate) fn in_zone(at: Timestamp, name: &str, zone: &TimeZone) -> Value {
    let local = zone.to_datetime(at);
    json!({"dateTime": local.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": name})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_zone_becomes_utc() {
        let table = [
            ("2026-11-24T12:00:00", "UTC", Some("2026-11-24T12:00:00Z")),
            ("2026-11-24T12:00:00.0000000", "China Standard Time", Some("2026-11-24T04:00:00Z")),
            ("2026-11-24T12:00:00", "Asia/Kolkata", Some("2026-11-24T06:30:00Z")),
            ("2026-11-24T12:00:00Z", "UTC", Some("2026-11-24T12:00:00Z")),
            ("2026-11-24T12:00:00", "Middle Earth Standard Time", None),
            ("tomorrow", "UTC", None),
        ];
        for (text, zone, expected) in table {
            let at = moment(&json!({"dateTime": text, "timeZone": zone}));
            assert_eq!(at, expected.map(|it| it.parse().expect("a timestamp")), "{text} {zone}");
        }
    }
}
