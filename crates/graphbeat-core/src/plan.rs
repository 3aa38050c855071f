//! What follows from a schedule: when each operation of an account starts.
//!
//! The plan is deterministic. Time is cut into periods of `cover_every`; in each period every operation
//! has one slot, spread evenly over the time outside the quiet hours, with a fixed offset for each
//! account. It knows no expiry date, and a cap only ever makes it slower.

use graphbeat_base::{SignedDuration, Timestamp};
use jiff::tz::TimeZone;

use crate::QuietWindow;

/// The shortest period: shorter ones would be a load test.
pub const COVER_EVERY_MIN: SignedDuration = SignedDuration::from_mins(1);
/// The longest period.
pub const COVER_EVERY_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);
/// How far ahead a slot is looked for: quiet hours that last longer mean that there is none.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_hours(40 * 24);

/// The rules of a schedule.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Each operation runs once in this time.
    pub cover_every: SignedDuration,
    /// The most slots in an hour for an account: a cap, never a target.
    pub calls_per_hour_max: Option<u32>,
    /// When nothing starts.
    pub quiet: Vec<QuietWindow>,
    /// The zone of the quiet hours.
    pub time_zone: TimeZone,
}

/// What an account has to do in each period.
#[derive(Clone, Copy, Debug)]
pub struct Agenda {
    /// How many operations and journeys it has selected.
    pub items: u32,
    /// Its fixed place between two slots, in `0.0..1.0`: see [`offset_of`].
    pub offset: f64,
}

/// One planned start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Which of the account's items.
    pub item: u32,
    /// When.
    pub at: Timestamp,
}

/// A stretch of time, its end excluded, in nanoseconds since 1970.
type Stretch = (i128, i128);

/// The fixed offset of an account: a hash of its name (FNV-1a), so that accounts do not start together.
#[must_use]
pub fn offset_of(account: &str) -> f64 {
    let mut hash = account
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // FNV's high bits hardly move for names that differ at their end: mix them (SplitMix64's finaliser).
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((hash ^ (hash >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The first slot after `after`; `None` where the quiet hours leave no time, or there is nothing to do.
#[must_use]
pub fn next_slot(rules: &Rules, agenda: Agenda, after: Timestamp) -> Option<Slot> {
    let cover = cover_ns(rules);
    let end = after.as_nanosecond() + LOOK_AHEAD.as_nanos() + cover;
    let mut period = after.as_nanosecond().div_euclid(cover);
    while period * cover <= end {
        if let Some(slot) = first_in_period(rules, agenda, period, after) {
            return Some(slot);
        }
        period += 1;
    }
    None
}

/// How many slots an account has in the hour in which it has most, by the spacing of a whole day.
#[must_use]
pub fn slots_per_hour(rules: &Rules, agenda: Agenda, at: Timestamp) -> f64 {
    let period = at.as_nanosecond().div_euclid(cover_ns(rules));
    let active = length(&active_stretches(rules, period));
    let slots = slots_in(rules, agenda, active);
    if active == 0 { 0.0 } else { slots as f64 * 3.6e12 / active as f64 }
}

fn first_in_period(rules: &Rules, agenda: Agenda, period: i128, after: Timestamp) -> Option<Slot> {
    let stretches = active_stretches(rules, period);
    let active = length(&stretches);
    let slots = slots_in(rules, agenda, active);
    if slots == 0 {
        return None;
    }
    // Where the cap leaves fewer slots than items, the next period goes on where this one ends.
    let first_item = if slots < i128::from(agenda.items) { period * slots } else { 0 };
    let start_of = |slot: i128| {
        let within = (slot as f64 + agenda.offset) * (active as f64 / slots as f64);
        instant_at(&stretches, (within as i128).min(active - 1))
    };
    let next = partition_point(slots, |slot| start_of(slot).is_some_and(|at| at <= after));
    let at = (next < slots).then(|| start_of(next)).flatten()?;
    let item = (first_item + next).rem_euclid(i128::from(agenda.items));
    Some(Slot { item: u32::try_from(item).ok()?, at })
}

fn cover_ns(rules: &Rules) -> i128 {
    rules.cover_every.clamp(COVER_EVERY_MIN, COVER_EVERY_MAX).as_nanos()
}

fn slots_in(rules: &Rules, agenda: Agenda, active_ns: i128) -> i128 {
    if active_ns == 0 {
        return 0;
    }
    let wanted = i128::from(agenda.items);
    match rules.calls_per_hour_max {
        Some(cap) => wanted.min(active_ns * i128::from(cap) / 3_600_000_000_000),
        None => wanted,
    }
}

/// The number of slots for which `passed` holds; it holds for the first ones only.
fn partition_point(slots: i128, passed: impl Fn(i128) -> bool) -> i128 {
    let (mut low, mut high) = (0, slots);
    while low < high {
        let middle = low + (high - low) / 2;
        if passed(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn length(stretches: &[Stretch]) -> i128 {
    stretches.iter().map(|(from, to)| to - from).sum()
}

/// The instant after so much active time.
fn instant_at(stretches: &[Stretch], mut within: i128) -> Option<Timestamp> {
    for (from, to) in stretches {
        if within < to - from {
            return Timestamp::from_nanosecond(from + within).ok();
        }
        within -= to - from;
    }
    None
}

/// The parts of a period outside the quiet hours, in order.
fn active_stretches(rules: &Rules, period: i128) -> Vec<Stretch> {
    let cover = cover_ns(rules);
    let (start, end) = (period * cover, (period + 1) * cover);
    let mut active = Vec::new();
    let mut from = start;
    for (quiet_from, quiet_to) in quiet_stretches(rules, start, end) {
        if quiet_from > from {
            active.push((from, quiet_from));
        }
        from = from.max(quiet_to);
    }
    if from < end {
        active.push((from, end));
    }
    active
}

/// The quiet stretches that touch a span, clipped to it, in order of their start.
fn quiet_stretches(rules: &Rules, start: i128, end: i128) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let Some(first_day) = local_date(rules, start).and_then(|date| date.yesterday().ok()) else { return stretches };
    let days = usize::try_from((end - start) / 86_400_000_000_000 + 3).unwrap_or(0);
    for date in first_day.series(jiff::Span::new().days(1)).take(days) {
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        for window in rules.quiet.iter().filter(|window| window.days[weekday]) {
            let to_day = if window.from_minute < window.to_minute { Some(date) } else { date.tomorrow().ok() };
            let from = instant_of(rules, date, window.from_minute);
            let to = to_day.and_then(|day| instant_of(rules, day, window.to_minute));
            if let (Some(from), Some(to)) = (from, to) {
                let clipped = (from.max(start), to.min(end));
                if clipped.0 < clipped.1 {
                    stretches.push(clipped);
                }
            }
        }
    }
    stretches.sort_unstable();
    stretches
}

fn local_date(rules: &Rules, ns: i128) -> Option<jiff::civil::Date> {
    Some(rules.time_zone.to_datetime(Timestamp::from_nanosecond(ns).ok()?).date())
}

/// The instant of a local time; where the clocks jump over it, the instant after the jump.
fn instant_of(rules: &Rules, date: jiff::civil::Date, minute: u16) -> Option<i128> {
    let day = if minute >= 24 * 60 { date.tomorrow().ok()? } else { date };
    let minute = i8::try_from(minute % 60).ok().zip(i8::try_from((minute / 60) % 24).ok());
    let (minute, hour) = minute?;
    let local = day.at(hour, minute, 0, 0);
    Some(rules.time_zone.to_timestamp(local).ok()?.as_nanosecond())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(hours: i64, cap: Option<u32>, quiet: &[&str], zone: &str) -> Rules {
        Rules {
            cover_every: SignedDuration::from_hours(hours),
            calls_per_hour_max: cap,
            quiet: quiet.iter().map(|text| text.parse().expect("a window")).collect(),
            time_zone: TimeZone::get(zone).expect("a zone"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn slots(rules: &Rules, items: u32, offset: f64, from: &str, count: usize) -> Vec<String> {
        let mut after = at(from);
        std::iter::from_fn(|| {
            let slot = next_slot(rules, Agenda { items, offset }, after)?;
            after = slot.at;
            Some(format!("{} {}", slot.item, slot.at))
        })
        .take(count)
        .collect()
    }

    #[test]
    fn every_operation_has_one_slot_in_a_day_evenly_spread() {
        assert_eq!(
            slots(&rules(24, None, &[], "UTC"), 4, 0.5, "2026-11-24T00:00:00Z", 5),
            [
                "0 2026-11-24T03:00:00Z",
                "1 2026-11-24T09:00:00Z",
                "2 2026-11-24T15:00:00Z",
                "3 2026-11-24T21:00:00Z",
                "0 2026-11-25T03:00:00Z",
            ]
        );
    }

    #[test]
    fn nothing_starts_in_quiet_hours() {
        let rules = rules(24, None, &["Sat-Sun", "Mon-Fri 22:00-07:00"], "Asia/Shanghai");
        let mut after = at("2026-11-20T00:00:00Z");
        let until = at("2026-12-20T00:00:00Z");
        let mut seen = 0;
        while let Some(slot) = next_slot(&rules, Agenda { items: 50, offset: 0.3 }, after) {
            if slot.at > until {
                break;
            }
            let local = rules.time_zone.to_datetime(slot.at);
            let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).expect("a minute");
            assert!(!rules.quiet.iter().any(|window| window.covers(local.weekday(), minute)), "{local}");
            after = slot.at;
            seen += 1;
        }
        assert!(seen > 50 * 20, "{seen}");
    }

    #[test]
    fn a_cap_thins_the_plan_and_the_next_period_goes_on_where_it_ended() {
        let rules = rules(1, Some(2), &[], "UTC");
        assert_eq!(
            slots(&rules, 3, 0.0, "2026-11-24T00:00:00Z", 4)
                .iter()
                .map(|slot| slot.split(' ').next_back().expect("a time"))
                .collect::<Vec<_>>(),
            ["2026-11-24T00:30:00Z", "2026-11-24T01:00:00Z", "2026-11-24T01:30:00Z", "2026-11-24T02:00:00Z"]
        );
        let items: std::collections::BTreeSet<String> = slots(&rules, 3, 0.0, "2026-11-24T00:00:00Z", 6)
            .iter()
            .map(|slot| slot.split(' ').next().expect("an item").to_owned())
            .collect();
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn quiet_hours_that_never_end_leave_no_slot() {
        assert_eq!(
            next_slot(
                &rules(24, None, &["Mon-Sun"], "UTC"),
                Agenda { items: 3, offset: 0.0 },
                at("2026-11-24T00:00:00Z")
            ),
            None
        );
        assert_eq!(
            next_slot(&rules(24, None, &[], "UTC"), Agenda { items: 0, offset: 0.0 }, at("2026-11-24T00:00:00Z")),
            None
        );
    }

    #[test]
    fn a_day_with_a_clock_change_keeps_all_slots() {
        for day in ["2026-03-08T05:00:00Z", "2026-11-01T04:00:00Z"] {
            let rules = rules(24, None, &["22:00-06:00"], "America/New_York");
            assert_eq!(slots(&rules, 24, 0.5, day, 24).len(), 24);
        }
    }

    #[test]
    fn accounts_that_differ_in_one_letter_start_far_apart() {
        let offsets: Vec<f64> = (0..1000).map(|n| offset_of(&format!("account-{n}"))).collect();
        for tenth in 0..10 {
            let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
            let share = offsets.iter().filter(|offset| range.contains(offset)).count();
            assert!((60..140).contains(&share), "{tenth}: {share}");
        }
    }

    proptest! {
        #[test]
        fn the_plan_only_goes_forward(items in 1_u32..200, offset in 0.0..1.0_f64, hours in 1_i64..200, start in 1_700_000_000_i64..1_900_000_000) {
            let rules = rules(hours, None, &["Mon-Fri 22:00-07:00"], "Europe/Berlin");
            let mut after = Timestamp::from_second(start).expect("in range");
            for _ in 0..20 {
                let slot = next_slot(&rules, Agenda { items, offset }, after).expect("a slot");
                prop_assert!(slot.at > after && slot.item < items);
                after = slot.at;
            }
        }
    }
}
