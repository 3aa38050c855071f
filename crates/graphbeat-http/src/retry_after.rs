//! Reading `Retry-After`, in all the shapes that services send it in.

use std::time::Duration;

use graphbeat_base::Timestamp;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The longest wait that a service can ask for; a longer one is cut to this.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The dates of RFC 9110 §5.6.7 without their weekday: today's form, RFC 850's and `asctime`'s.
const DATE_FORMATS: [&str; 3] = ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"];

/// How long the service asks to wait, measured from `now`.
///
/// Where it asks more than once, the longest wait counts. A date that is over asks for no wait;
/// a negative number or a text that is neither number nor date asks for nothing.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(|value| parse(value.to_str().ok()?.trim(), now))
        .max()
        .map(|wait| wait.min(RETRY_AFTER_MAX))
}

fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let until = date(text)?;
        return Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO));
    }
    // Proxies that add a header of their own join both: `30,120`. The first one is the service's.
    seconds(text.split(',').next()?.trim())
}

fn seconds(text: &str) -> Option<Duration> {
    // `f64` would also read `inf`, `1e9` and signs.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds: f64 = text.parse().ok()?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(RETRY_AFTER_MAX))
}

fn date(text: &str) -> Option<Timestamp> {
    // A wrong weekday does not make a date wrong.
    let (_, rest) = text.split_once(' ')?;
    let rest = rest.trim_start();
    let civil = DATE_FORMATS.iter().find_map(|format| DateTime::strptime(format, rest).ok())?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Option<f64> {
        let now = "2026-11-24T12:00:00Z".parse().expect("a timestamp");
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RETRY_AFTER, HeaderValue::from_str(value).expect("a header value"));
        }
        retry_after(&headers, now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_shape_of_retry_after_is_read() {
        for (value, expected) in [
            ("30", Some(30.0)),
            (" 3 ", Some(3.0)),
            ("0", Some(0.0)),
            ("1.5", Some(1.5)),
            ("30,120", Some(30.0)),
            ("30, 120", Some(30.0)),
            ("-5", None),
            ("+5", None),
            ("", None),
            ("soon", None),
            ("NaN", None),
            ("inf", None),
            ("1e3", None),
            ("1.2.3", None),
            ("99999999999999999999999999", Some(86_400.0)),
            ("86401", Some(86_400.0)),
            ("Tue, 24 Nov 2026 12:01:30 GMT", Some(90.0)),
            ("Mon, 24 Nov 2026 12:01:30 GMT", Some(90.0)),
            ("Tuesday, 24-Nov-26 12:00:10 GMT", Some(10.0)),
            ("Tue Nov 24 12:00:07 2026", Some(7.0)),
            ("Fri Dec  4 12:00:00 2026", Some(86_400.0)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some(0.0)),
            ("Tue, 99 Nov 2026 12:01:30 GMT", None),
        ] {
            assert_eq!(read(&[value]), expected, "{value:?}");
        }
    }

    #[test]
    fn of_several_waits_the_longest_counts_and_no_header_asks_for_none() {
        assert_eq!(read(&["2", "junk", "7"]), Some(7.0));
        assert_eq!(read(&[]), None);
    }
}
