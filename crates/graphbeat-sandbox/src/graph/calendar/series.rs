//! Series of events: their occurrences, and what was changed of single ones.
//!
//! Only the master lies in its calendar. An exception is what one occurrence has of its own, below the
//! master; a day that was deleted stands in the master's `_cancelled`. An occurrence's id is the master's
//! and its day, so that it needs no table.

use std::borrow::Cow;

use graphbeat_base::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::objects::recurrence::{Series, Slot};
use crate::objects::{calendar, place};
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, Store, object};

/// Days of a series that were deleted one by one.
pub(super) const CANCELLED: &str = "_cancelled";
/// Letters of the day at the end of an occurrence's id.
const DAY_LETTERS: usize = 9;

/// A time span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Span {
    pub(super) fn holds(self, event: &Properties) -> bool {
        calendar::span(event).is_some_and(|(start, end)| self.meets(start, end))
    }

    /// An event without length is in the span that it begins in.
    fn meets(self, start: Timestamp, end: Timestamp) -> bool {
        start < self.end && (end > self.start || (start == end && start == self.start))
    }
}

/// The single events and the occurrences of a collection that lie in a span, in no order.
pub(super) fn held<'s, 'p>(
    store: &'s Store,
    path: &'p str,
    span: Span,
) -> impl Iterator<Item = Cow<'s, Entity>> + use<'s, 'p> {
    store.list(path).flat_map(move |event| match event.get("recurrence") {
        Value::Null => span.holds(&event.properties).then_some(Cow::Borrowed(event)).into_iter().collect(),
        _ => occurrences(store, path, event, span).into_iter().map(Cow::Owned).collect::<Vec<_>>(),
    })
}

/// The occurrences of a master that lie in a span, in the order of their days.
pub(super) fn occurrences(store: &Store, path: &str, master: &Entity, span: Span) -> Vec<Entity> {
    let Some(series) = Series::of(&master.properties) else { return Vec::new() };
    let exceptions = place::exceptions(path, master.id());
    let slots = series.slots(span.end).filter(|slot| span.meets(slot.start, slot.end));
    let plain = slots.filter(|slot| store.get(&exceptions, &id_of(master.id(), slot.date)).is_none());
    let moved = store.list(&exceptions).filter_map(|own| series.at(day_of(own.id())?.1));
    let mut slots: Vec<Slot> = plain.chain(moved).collect();
    slots.sort_by_key(|slot| slot.date);
    slots
        .into_iter()
        .filter(|slot| !is_cancelled(master, slot.date))
        .map(|slot| made(store, (path, master), slot))
        .filter(|event| span.holds(&event.properties))
        .collect()
}

/// The exceptions of a master.
pub(super) fn exceptions(store: &Store, path: &str, master: &Entity) -> Vec<Entity> {
    let own = store.list(&place::exceptions(path, master.id()));
    own.filter_map(|own| occurrence(store, path, own.id())).collect()
}

/// The occurrence of an id; `None` where the series has none on its day.
pub(super) fn occurrence(store: &Store, path: &str, id: &str) -> Option<Entity> {
    let (master, day) = day_of(id)?;
    let master = store.get(path, master)?;
    let slot = Series::of(&master.properties)?.at(day)?;
    (!is_cancelled(master, day)).then(|| made(store, (path, master), slot))
}

/// The id of the master of an occurrence; `None` where the id is no occurrence's.
pub(super) fn master_of(id: &str) -> Option<&str> {
    day_of(id).map(|(master, _)| master)
}

/// Sets what one occurrence has of its own.
pub(super) fn change(store: &mut Store, path: &str, id: &str, own: Properties) {
    let Some(master) = master_of(id).map(str::to_owned) else { return };
    let exceptions = place::exceptions(path, &master);
    if store.get(&exceptions, id).is_none() {
        store.create(&exceptions, "event", id.to_owned(), json!({}));
    }
    store.patch(&exceptions, id, own);
}

/// Takes one occurrence out of its series.
pub(super) fn cancel(store: &mut Store, path: &str, id: &str) {
    let Some((master, day)) = day_of(id).map(|(master, day)| (master.to_owned(), day)) else { return };
    store.purge(&place::exceptions(path, &master), id);
    if let Some(master) = store.get_mut(path, &master) {
        let cancelled = master.properties.entry(CANCELLED).or_insert_with(|| json!([]));
        if let Some(days) = cancelled.as_array_mut() {
            days.push(json!(day.to_string()));
        }
    }
}

/// Forgets exceptions and deleted days, as Outlook does when the pattern or the time of a series changes.
pub(super) fn forget(store: &mut Store, path: &str, master: &str) {
    store.remove_below(&place::exceptions(path, master));
    if let Some(master) = store.get_mut(path, master) {
        master.properties.remove(CANCELLED);
    }
}

/// `cancelledOccurrences` of a master.
pub(super) fn cancelled(master: &Entity) -> Value {
    let days = master.get(CANCELLED).as_array().into_iter().flatten().filter_map(Value::as_str);
    days.map(|day| Value::String(format!("OID.{}.{day}", master.id()))).collect()
}

fn is_cancelled(master: &Entity, day: Date) -> bool {
    let day = day.to_string();
    master.get(CANCELLED).as_array().is_some_and(|days| days.iter().any(|known| known.as_str() == Some(&day)))
}

fn id_of(master: &str, day: Date) -> String {
    format!("{master}-{}", day.strftime("%Y%m%d"))
}

/// Master and day of an occurrence's id.
fn day_of(id: &str) -> Option<(&str, Date)> {
    let (master, day) = id.split_at_checked(id.len().checked_sub(DAY_LETTERS)?)?;
    let day = Date::strptime("%Y%m%d", day.strip_prefix('-')?).ok()?;
    Some((master, day))
}

/// An occurrence as Graph shows it: the master at another time, and what it has of its own.
fn made(store: &Store, (path, master): (&str, &Entity), slot: Slot) -> Entity {
    let id = id_of(master.id(), slot.date);
    let own = store.get(&place::exceptions(path, master.id()), &id);
    let mut properties = master.properties.clone();
    properties.remove(CANCELLED);
    properties.extend(object(json!({
        "start": crate::objects::zone::in_utc(slot.start), "end": crate::objects::zone::in_utc(slot.end),
        "recurrence": null, "seriesMasterId": master.id(), "type": "occurrence", "originalStart": stamp(slot.start),
    })));
    if let Some(own) = own {
        properties.extend(own.properties.clone());
        properties.insert("type".to_owned(), json!("exception"));
    }
    properties.insert("id".to_owned(), json!(id));
    let version = own.map_or(master.version, |own| own.version.max(master.version));
    Entity { kind: "event", properties, version, order: master.order, content: None }
}
