//! Values as numbers in columns. The numbers are the file's format: append only.

use graphbeat_base::Timestamp;
use graphbeat_core::{Kind, Method, Stage, Verdict};

use crate::StoreError;

pub(super) const VERDICTS: &[Verdict] =
    &[Verdict::Ok, Verdict::Expected, Verdict::Failed, Verdict::Throttled, Verdict::Skipped, Verdict::Interrupted];
pub(super) const STAGES: &[Stage] = &[Stage::Token, Stage::Request];
pub(super) const KINDS: &[Kind] = &[Kind::Msaler, Kind::Httper, Kind::Exception];
pub(super) const METHODS: &[Method] = &[Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];

/// The number of a value in its table.
pub(super) fn number<T: PartialEq>(table: &[T], value: &T) -> Result<i64, StoreError> {
    let index = table.iter().position(|known| known == value);
    index
        .and_then(|index| i64::try_from(index).ok())
        .ok_or_else(|| StoreError::Row("a value has no number in this format".into()))
}

/// The value of a number in its table.
pub(super) fn value<T: Copy>(table: &[T], number: i64) -> Result<T, StoreError> {
    let known = usize::try_from(number).ok().and_then(|index| table.get(index));
    known.copied().ok_or_else(|| StoreError::Row(format!("no value has the number {number}")))
}

/// A number that has to fit.
pub(super) fn fit<T: TryFrom<i64>>(number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Row(format!("the number {number} is out of range")))
}

/// A count, as SQLite can hold it.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The time of a column.
pub(super) fn time(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| StoreError::Row(format!("no time has {ms} ms")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_core_has_a_number() {
        assert_eq!(VERDICTS.len(), Verdict::ALL.len());
        assert_eq!(STAGES.len(), Stage::ALL.len());
        assert_eq!(KINDS.len(), Kind::ALL.len());
        assert_eq!(METHODS.len(), Method::ALL.len());
        for verdict in Verdict::ALL {
            let number = number(VERDICTS, verdict).expect("a number");
            assert_eq!(value(VERDICTS, number).expect("a value"), *verdict);
        }
        assert_eq!(number(VERDICTS, &Verdict::Ok).expect("a number"), 0, "an index leaves 0 out");
    }

    #[test]
    fn a_number_without_a_value_is_an_error() {
        assert!(value(VERDICTS, 99).is_err());
        assert!(value(VERDICTS, -1).is_err());
        assert!(fit::<u16>(70_000).is_err());
        assert!(time(i64::MAX).is_err());
    }
}
