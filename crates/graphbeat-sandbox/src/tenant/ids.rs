//! Ids in the forms that Microsoft's services use, drawn from a generator that is handed in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphbeat_base::{Rng, Timestamp};

/// Letters of a drive item's id.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Letters of a drive item's id after `01`.
const DRIVE_ITEM_LETTERS: usize = 32;

/// An Outlook item's or folder's id: URL-safe, ends in `=`.
pub(crate) fn outlook(rng: &mut Rng) -> String {
    let mut bytes = [0; 48];
    rng.fill(&mut bytes);
    format!("AAMkAG{}AAA=", URL_SAFE_NO_PAD.encode(bytes))
}

/// A drive item's id: `01` and 32 capital letters and digits.
pub(crate) fn drive_item(rng: &mut Rng) -> String {
    let letters = (0..DRIVE_ITEM_LETTERS).filter_map(|_| rng.pick(BASE32).copied()).map(char::from);
    "01".chars().chain(letters).collect()
}

/// A drive's id: `b!` and 64 URL-safe letters.
pub(crate) fn drive(rng: &mut Rng) -> String {
    let mut bytes = [0; 48];
    rng.fill(&mut bytes);
    format!("b!{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// A OneNote object's id: `1-` and a GUID.
pub(crate) fn onenote(rng: &mut Rng) -> String {
    format!("1-{}", rng.uuid())
}

/// The change key of a version: what Outlook puts into `changeKey` and, as `W/"…"`, into the ETag.
pub(crate) fn change_key(version: u64) -> String {
    let mut bytes = [0; 16];
    bytes[0] = 9;
    bytes[4] = 22;
    bytes[8..].copy_from_slice(&version.to_be_bytes());
    STANDARD.encode(bytes)
}

/// A time as Graph writes it: whole seconds, UTC, `Z`.
pub(crate) fn stamp(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_the_seed_and_need_no_escaping_in_a_path() {
        let all = |seed| {
            let mut rng = Rng::seeded(seed);
            [outlook(&mut rng), drive_item(&mut rng), drive(&mut rng), onenote(&mut rng)]
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        assert!(all(3).iter().all(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=!".contains(&byte))));
    }

    #[test]
    fn a_time_is_written_in_whole_seconds() {
        let at: Timestamp = "2026-11-24T12:00:00.987Z".parse().expect("a timestamp");
        assert_eq!(stamp(at), "2026-11-24T12:00:00Z");
    }
}
