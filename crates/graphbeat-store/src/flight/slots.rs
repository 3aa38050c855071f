//! The slots of a flight file: fixed places, chained where a note is longer than one.
//!
//! A slot is its state, the number of the next one, and, in the first of a chain, length and checksum of
//! the whole note. A slot never crosses a page, so the end of the process cannot tear it; the checksum
//! finds chains that were written half.

use std::fs::File;
use std::io;

use super::positioned::write_all_at;
use crate::hash::hash_64;

pub(super) const SLOT_BYTES: usize = 1_024;
/// State 1, next 4, length 4, checksum 8.
const HEADER_BYTES: usize = 17;
const ROOM_BYTES: usize = SLOT_BYTES - HEADER_BYTES;
pub(super) const FREE: u8 = 0;
const HEAD: u8 = 1;
const REST: u8 = 2;
const NO_NEXT: u32 = u32::MAX;

/// How many slots a note of that length needs.
pub(super) fn slots_for(length: usize) -> usize {
    length.div_ceil(ROOM_BYTES).max(1)
}

/// Writes the note into the slots; the first one last, for it makes the note valid.
pub(super) fn write_slots(file: &File, taken: &[u32], payload: &[u8]) -> io::Result<()> {
    let parts: Vec<&[u8]> = payload.chunks(ROOM_BYTES).collect();
    for (index, (&slot, part)) in taken.iter().zip(parts).enumerate().rev() {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + part.len());
        bytes.push(if index == 0 { HEAD } else { REST });
        bytes.extend(taken.get(index + 1).copied().unwrap_or(NO_NEXT).to_le_bytes());
        bytes.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(hash_64(payload).to_le_bytes());
        bytes.extend_from_slice(part);
        write_all_at(file, &bytes, u64::from(slot) * SLOT_BYTES as u64)?;
    }
    Ok(())
}

/// The open notes of a whole flight file; `None` stands for one that is damaged.
pub(super) fn read_open(file: &[u8]) -> impl Iterator<Item = Option<Vec<u8>>> {
    file.chunks(SLOT_BYTES).filter(|slot| slot.first() == Some(&HEAD)).map(|head| read_chain(file, head))
}

fn read_chain(file: &[u8], head: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(head.get(5..9)?.try_into().ok()?) as usize;
    let checksum = u64::from_le_bytes(head.get(9..17)?.try_into().ok()?);
    let mut payload = Vec::with_capacity(length.min(file.len()));
    let mut slot = head;
    while payload.len() < length {
        if !payload.is_empty() {
            let next = u32::from_le_bytes(slot.get(1..5)?.try_into().ok()?) as usize;
            let start = next.checked_mul(SLOT_BYTES)?;
            slot = file.get(start..)?;
            if slot.first() != Some(&REST) {
                return None;
            }
        }
        let take = (length - payload.len()).min(ROOM_BYTES);
        payload.extend_from_slice(slot.get(HEADER_BYTES..HEADER_BYTES + take)?);
    }
    (hash_64(&payload) == checksum).then_some(payload)
}
