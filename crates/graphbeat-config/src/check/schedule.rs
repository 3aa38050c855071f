//! The tables `schedule.…`.

use std::collections::BTreeMap;

use graphbeat_base::SignedDuration;
use graphbeat_core::{QuietWindow, QuietWindowError, covers_whole_week};
use jiff::tz::TimeZone;

use super::Checker;
use crate::duration::parse_duration;
use crate::model::{DEFAULT_SCHEDULE, Schedule};
use crate::table::ScheduleTable;
use crate::walk::escape;

const COVER_EVERY_MIN: SignedDuration = SignedDuration::from_mins(1);
const COVER_EVERY_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);

impl Checker<'_, '_> {
    pub(super) fn schedules(&mut self, tables: BTreeMap<String, ScheduleTable>) -> BTreeMap<String, Schedule> {
        let mut schedules = BTreeMap::from([(DEFAULT_SCHEDULE.to_owned(), Schedule::always())]);
        for (name, table) in tables {
            let pointer = format!("/schedule/{}", escape(&name));
            if name == DEFAULT_SCHEDULE {
                let message = format!("the schedule `{name}` is built in");
                self.findings.report(&pointer, message, "give yours another name".to_owned());
                continue;
            }
            let schedule = self.schedule(table, &pointer);
            schedules.insert(name, schedule);
        }
        schedules
    }

    fn schedule(&mut self, table: ScheduleTable, pointer: &str) -> Schedule {
        if let Some(calls) = table.calls_per_hour_max {
            self.cap(calls, &format!("{pointer}/calls_per_hour_max"));
        }
        Schedule {
            cover_every: self.cover_every(table.cover_every.as_deref(), &format!("{pointer}/cover_every")),
            calls_per_hour_max: table.calls_per_hour_max,
            quiet: self.quiet(&table.quiet, &format!("{pointer}/quiet")),
            time_zone: self.time_zone(table.time_zone, &format!("{pointer}/time_zone")),
        }
    }

    fn cover_every(&mut self, text: Option<&str>, pointer: &str) -> SignedDuration {
        let fallback = Schedule::always().cover_every;
        let Some(text) = text else { return fallback };
        let (message, hint) = match parse_duration(text) {
            Ok(span) if (COVER_EVERY_MIN..=COVER_EVERY_MAX).contains(&span) => return span,
            Ok(_) => (format!("`{text}` is too short or too long"), "choose from `1m` to `31d`".to_owned()),
            Err(error) => (error.to_string(), "for example: cover_every = \"24h\"; units are w, d, h, m, s".to_owned()),
        };
        self.findings.report(pointer, message, hint);
        fallback
    }

    fn cap(&mut self, calls: u32, pointer: &str) {
        let documented = self.known.calls_per_hour_max;
        if calls == 0 {
            let hint = "leave the key out for no cap, or pause the account".to_owned();
            self.findings.report(pointer, "a cap of 0 lets nothing run".to_owned(), hint);
        } else if calls > documented {
            let message = format!("{calls} calls an hour are more than Graph's documented limits allow an account");
            self.findings.report(pointer, message, format!("choose at most {documented}"));
        }
    }

    fn quiet(&mut self, texts: &[String], pointer: &str) -> Vec<QuietWindow> {
        let mut windows = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match text.parse::<QuietWindow>() {
                Ok(window) => windows.push(window),
                Err(error) => {
                    let message = format!("`{text}` is not a quiet window: {error}");
                    self.findings.report(&format!("{pointer}/{index}"), message, quiet_hint(&error).to_owned());
                }
            }
        }
        if covers_whole_week(&windows) {
            let message = "the quiet windows leave no minute of the week".to_owned();
            self.findings.report(pointer, message, "pause the account instead".to_owned());
        }
        windows
    }

    fn time_zone(&mut self, name: Option<String>, pointer: &str) -> Option<String> {
        let name = name?;
        if TimeZone::get(&name).is_ok() {
            return Some(name);
        }
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        let hint = match crate::problem::nearest(&name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use a name of the IANA database, such as `Asia/Shanghai`".to_owned(),
        };
        self.findings.report(pointer, format!("unknown time zone `{name}`"), hint);
        None
    }
}

fn quiet_hint(error: &QuietWindowError) -> &'static str {
    match error {
        QuietWindowError::Day(_) => {
            "days are `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`, and `Mon-Fri` for several"
        }
        QuietWindowError::Time(_) => "hours are written as `22:00-07:00`",
        QuietWindowError::NoLength(_) => "leave the hours out for the whole day",
        QuietWindowError::Empty => "for example: quiet = [\"Sat-Sun\", \"Mon-Fri 22:00-07:00\"]",
    }
}
