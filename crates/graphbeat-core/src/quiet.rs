//! Quiet hours: weekly windows in which the plan starts nothing.
//!
//! They exist for the owner's convenience only; without them the plan uses the whole day. A window is
//! pure local time: which instant it means is decided by whoever knows the schedule's time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;

/// Minutes of a day: the end of a window may be this, written `24:00`.
const DAY_MINUTES: u16 = 24 * 60;
/// The longest text that is worth reading as a window.
const TEXT_MAX: usize = 120;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAYS_IN_FULL: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A window of local time that repeats every week: `Sat-Sun`, `Mon-Fri 22:00-07:00`, `12:00-13:00`.
///
/// Where `from_minute` lies after `to_minute`, the window runs over midnight: it starts on each of its
/// days and ends on the day after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuietWindow {
    /// The days on which it starts; the first is Monday.
    pub days: [bool; 7],
    /// The first minute of the day that belongs to it.
    pub from_minute: u16,
    /// The first minute that does not belong to it any more.
    pub to_minute: u16,
}

/// Why a text is no quiet window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuietWindowError {
    /// Nothing was written, or far too much.
    #[error("a quiet window names days, hours, or both")]
    Empty,
    /// A word is no day of the week.
    #[error("`{0}` is not a day of the week")]
    Day(String),
    /// A word is no time of the day.
    #[error("`{0}` is not a time of the day")]
    Time(String),
    /// It starts when it ends.
    #[error("the window starts and ends at {0}")]
    NoLength(String),
}

impl QuietWindow {
    /// Whether the window holds this minute (counted from midnight) of this day.
    #[must_use]
    pub fn covers(&self, day: Weekday, minute: u16) -> bool {
        let today = usize::from(day.to_monday_zero_offset().unsigned_abs()) % 7;
        let yesterday = (today + 6) % 7;
        if self.from_minute < self.to_minute {
            self.days[today] && (self.from_minute..self.to_minute).contains(&minute)
        } else {
            (self.days[today] && minute >= self.from_minute) || (self.days[yesterday] && minute < self.to_minute)
        }
    }
}

/// Whether the windows together leave no minute of the week.
#[must_use]
pub fn covers_whole_week(windows: &[QuietWindow]) -> bool {
    Weekday::Monday
        .cycle_forward()
        .take(7)
        .all(|day| (0..DAY_MINUTES).all(|minute| windows.iter().any(|window| window.covers(day, minute))))
}

impl FromStr for QuietWindow {
    type Err = QuietWindowError;

    fn from_str(text: &str) -> Result<Self, QuietWindowError> {
        let mut words = text.split_whitespace();
        let (first, second, rest) = (words.next(), words.next(), words.next());
        if text.len() > TEXT_MAX {
            return Err(QuietWindowError::Empty);
        }
        let (days, hours) = match (first, second, rest) {
            (Some(only), None, None) if only.starts_with(|c: char| c.is_ascii_digit()) => {
                ([true; 7], parse_hours(only)?)
            }
            (Some(only), None, None) => (parse_days(only)?, (0, DAY_MINUTES)),
            (Some(days), Some(hours), None) => (parse_days(days)?, parse_hours(hours)?),
            (_, _, Some(rest)) => return Err(QuietWindowError::Time(rest.to_owned())),
            _ => return Err(QuietWindowError::Empty),
        };
        Ok(Self { days, from_minute: hours.0, to_minute: hours.1 })
    }
}

impl fmt::Display for QuietWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (first, last) in runs(self.days) {
            write!(f, "{separator}{}", DAYS[first])?;
            if last > first {
                write!(f, "-{}", DAYS[last])?;
            }
            separator = ",";
        }
        if (self.from_minute, self.to_minute) != (0, DAY_MINUTES) {
            write!(f, " {}-{}", clock_text(self.from_minute), clock_text(self.to_minute))?;
        }
        Ok(())
    }
}

/// Runs of neighbouring days, each by its first and last.
fn runs(days: [bool; 7]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in (0..7).filter(|&day| days[day]) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    runs
}

fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn parse_days(text: &str) -> Result<[bool; 7], QuietWindowError> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (parse_day(first)?, parse_day(last)?);
        // `Fri-Mon` runs over the end of the week.
        for offset in 0..=(last + 7 - first) % 7 {
            days[(first + offset) % 7] = true;
        }
    }
    Ok(days)
}

fn parse_day(text: &str) -> Result<usize, QuietWindowError> {
    let is_day = |day: &usize| DAYS[*day].eq_ignore_ascii_case(text) || DAYS_IN_FULL[*day].eq_ignore_ascii_case(text);
    (0..7).find(is_day).ok_or_else(|| QuietWindowError::Day(text.to_owned()))
}

fn parse_hours(text: &str) -> Result<(u16, u16), QuietWindowError> {
    let (from, to) = text.split_once('-').ok_or_else(|| QuietWindowError::Time(text.to_owned()))?;
    let (from_minute, to_minute) = (parse_time(from)?, parse_time(to)?);
    if from_minute == to_minute {
        return Err(QuietWindowError::NoLength(from.to_owned()));
    }
    if from_minute == DAY_MINUTES {
        return Err(QuietWindowError::Time(from.to_owned()));
    }
    // `22:00-00:00` ends at the end of the day.
    Ok((from_minute, if to_minute == 0 { DAY_MINUTES } else { to_minute }))
}

fn parse_time(text: &str) -> Result<u16, QuietWindowError> {
    let refuse = || QuietWindowError::Time(text.to_owned());
    let (hour, minute) = text.split_once(':').ok_or_else(refuse)?;
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return Err(refuse());
    }
    let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| refuse())?, minute.parse().map_err(|_| refuse())?);
    let minutes = hour * 60 + minute;
    if minute > 59 || minutes > DAY_MINUTES { Err(refuse()) } else { Ok(minutes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn window(text: &str) -> QuietWindow {
        text.parse().expect("a quiet window")
    }

    #[test]
    fn a_window_of_days_covers_their_whole_day() {
        let weekend = window("Sat-Sun");
        assert!(weekend.covers(Weekday::Saturday, 0));
        assert!(weekend.covers(Weekday::Sunday, 1439));
        assert!(!weekend.covers(Weekday::Monday, 0));
        assert!(!weekend.covers(Weekday::Friday, 1439));
    }

    #[test]
    fn a_window_over_midnight_ends_on_the_day_after() {
        let night = window("Mon-Fri 22:00-07:00");
        assert!(night.covers(Weekday::Monday, 22 * 60));
        assert!(night.covers(Weekday::Saturday, 6 * 60 + 59), "Friday's night ends on Saturday");
        assert!(!night.covers(Weekday::Saturday, 7 * 60));
        assert!(!night.covers(Weekday::Monday, 3 * 60), "Sunday has no night");
        assert!(!night.covers(Weekday::Wednesday, 12 * 60));
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        let texts =
            ["sat-sun", "Mon-Fri 22:00-7:00", "12:00-13:30", "Fri-Mon", "Tue,Thu 00:00-24:00", "Monday 22:00-00:00"];
        let read: Vec<String> = texts.iter().map(|text| format!("{text} = {}", window(text))).collect();
        expect![[r#"
            sat-sun = Sat-Sun
            Mon-Fri 22:00-7:00 = Mon-Fri 22:00-07:00
            12:00-13:30 = Mon-Sun 12:00-13:30
            Fri-Mon = Mon,Fri-Sun
            Tue,Thu 00:00-24:00 = Tue,Thu
            Monday 22:00-00:00 = Mon 22:00-24:00"#]]
        .assert_eq(&read.join("\n"));
        for text in texts {
            assert_eq!(window(&window(text).to_string()), window(text));
        }
    }

    #[test]
    fn what_is_no_window_is_refused_with_the_word_that_is_wrong() {
        let texts = ["", "Son", "Mon-Fri 22", "Mon 25:00-26:00", "Mon 8:5-9:00", "08:00-08:00", "Mon 8:00-9:00 x"];
        let refused: Vec<String> =
            texts.iter().map(|text| text.parse::<QuietWindow>().expect_err("no window").to_string()).collect();
        expect![[r#"
            a quiet window names days, hours, or both
            `Son` is not a day of the week
            `22` is not a time of the day
            `25:00` is not a time of the day
            `8:5` is not a time of the day
            the window starts and ends at 08:00
            `x` is not a time of the day"#]]
        .assert_eq(&refused.join("\n"));
    }

    #[test]
    fn windows_that_leave_no_minute_are_noticed() {
        assert!(covers_whole_week(&[window("Mon-Fri"), window("Sat-Sun")]));
        assert!(!covers_whole_week(&[window("Mon-Fri"), window("Sat-Sun 00:00-23:59")]));
    }
}
