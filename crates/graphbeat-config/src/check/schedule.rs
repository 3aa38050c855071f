//! The tables `schedule.…`.

use std::collections::BTreeMap;

use graphbeat_base::SignedDuration;
use graphbeat_core::{QuietWindow, QuietWindowError, Said, covers_whole_week, said};
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
                let message = said!("the schedule `{name}` is built in", "计划 `{name}` 是内置的，不能更改");
                self.findings.report(&pointer, message, said!("give yours another name", "请为您的取另一个名称"));
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
            Ok(_) => (
                said!("`{text}` is too short or too long", "`{text}` 太短或太长"),
                said!("choose from `1m` to `31d`", "请在 `1m` 到 `31d` 之间选择"),
            ),
            Err(_) => (
                said!("`{text}` is not a span of time", "`{text}` 不是时间长度"),
                said!(
                    "for example: cover_every = \"24h\"; units are w, d, h, m, s",
                    "例如：cover_every = \"24h\"；单位为 w、d、h、m、s"
                ),
            ),
        };
        self.findings.report(pointer, message, hint);
        fallback
    }

    fn cap(&mut self, calls: u32, pointer: &str) {
        let documented = self.known.calls_per_hour_max;
        if calls == 0 {
            let hint = said!("leave the key out for no cap, or pause the account", "不设上限则删除该键，或暂停帐户");
            self.findings.report(pointer, said!("a cap of 0 lets nothing run", "上限为 0 时什么都不会运行"), hint);
        } else if calls > documented {
            let message = said!(
                "{calls} calls an hour are more than Graph's documented limits allow an account",
                "每小时 {calls} 次调用超出 Graph 文档中对一个帐户的限制"
            );
            self.findings.report(pointer, message, said!("choose at most {documented}", "最多可选 {documented}"));
        }
    }

    fn quiet(&mut self, texts: &[String], pointer: &str) -> Vec<QuietWindow> {
        let mut windows = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match text.parse::<QuietWindow>() {
                Ok(window) => windows.push(window),
                Err(error) => {
                    let why = quiet_reason(&error);
                    let message = Said {
                        en: format!("`{text}` is not a quiet window: {}", why.en),
                        zh_cn: format!("`{text}` 不是安静时段：{}", why.zh_cn),
                    };
                    self.findings.report(&format!("{pointer}/{index}"), message, quiet_hint(&error));
                }
            }
        }
        if covers_whole_week(&windows) {
            let message = said!("the quiet windows leave no minute of the week", "安静时段占满了整个星期");
            self.findings.report(pointer, message, said!("pause the account instead", "请改为暂停帐户"));
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
            Some(near) => said!("did you mean `{near}`?", "您是不是想写 `{near}`？"),
            None => said!(
                "use a name of the IANA database, such as `Asia/Shanghai`",
                "请使用 IANA 数据库中的名称，例如 `Asia/Shanghai`"
            ),
        };
        self.findings.report(pointer, said!("unknown time zone `{name}`", "未知的时区 `{name}`"), hint);
        None
    }
}

fn quiet_reason(error: &QuietWindowError) -> Said {
    match error {
        QuietWindowError::Day(word) => said!("`{word}` is not a day of the week", "`{word}` 不是星期几"),
        QuietWindowError::Time(word) => said!("`{word}` is not a time of the day", "`{word}` 不是一天中的时间"),
        QuietWindowError::NoLength(time) => {
            said!("the window starts and ends at {time}", "时段的开始和结束都是 {time}")
        }
        QuietWindowError::Empty => said!("a quiet window names days, hours, or both", "安静时段须指明日期、时间或两者"),
    }
}

fn quiet_hint(error: &QuietWindowError) -> Said {
    match error {
        QuietWindowError::Day(_) => said!(
            "days are `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`, and `Mon-Fri` for several",
            "星期写作 `Mon`、`Tue`、`Wed`、`Thu`、`Fri`、`Sat`、`Sun`，多天写作 `Mon-Fri`"
        ),
        QuietWindowError::Time(_) => said!("hours are written as `22:00-07:00`", "时间写作 `22:00-07:00`"),
        QuietWindowError::NoLength(_) => said!("leave the hours out for the whole day", "全天则不写时间"),
        QuietWindowError::Empty => said!(
            "for example: quiet = [\"Sat-Sun\", \"Mon-Fri 22:00-07:00\"]",
            "例如：quiet = [\"Sat-Sun\", \"Mon-Fri 22:00-07:00\"]"
        ),
    }
}
