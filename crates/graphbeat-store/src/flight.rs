//! The flight file: which requests are under way, so that the death of the process loses none.
//!
//! A note goes into a slot before its request leaves and is taken out when its row is committed. It is
//! written with one system call and never synced: it outlives the process, not a power failure. What
//! another process left open is turned into `interrupted` rows by [`recover()`].

mod note;
mod positioned;
mod recover;
mod slots;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use graphbeat_base::CallId;
use uuid::Uuid;

pub use note::FlightNote;
pub use recover::{Recovery, live_sessions, recover};

use crate::StoreError;
use positioned::write_all_at;
use slots::{FREE, SLOT_BYTES, slots_for, write_slots};

/// The folder in the data directory that holds one file for each process.
const FOLDER: &str = "flight";
/// The ending of a flight file's name; the rest is the session's id.
const ENDING: &str = "flight";
/// Slots that are there, and on the disk, from the beginning.
const SLOTS_START: u32 = 512;
/// More requests than this are never under way at once.
const SLOTS_MAX: u32 = 65_536;

/// The notes of one process's requests that are under way; locked as long as the process lives.
#[derive(Debug)]
pub struct FlightFile {
    session: Uuid,
    path: PathBuf,
    file: File,
    slots: Mutex<Slots>,
}

#[derive(Debug)]
struct Slots {
    /// Free ones, the next to use last.
    free: Vec<u32>,
    /// The slots of each note that is open.
    open: HashMap<CallId, Vec<u32>>,
    total: u32,
}

impl FlightFile {
    /// Makes the session's flight file in the data directory and locks it.
    ///
    /// # Errors
    /// Where the directory cannot be written.
    pub fn create(data_directory: &Path, session: Uuid) -> Result<Self, StoreError> {
        let folder = data_directory.join(FOLDER);
        fs::create_dir_all(&folder).map_err(StoreError::file("make", &folder))?;
        let path = folder.join(format!("{session}.{ENDING}"));
        // It gets its name only when it is locked: under its name it would look like a dead process's.
        let unlocked = folder.join(format!("{session}.new"));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&unlocked)
            .map_err(StoreError::file("make", &unlocked))?;
        let room = vec![0; SLOTS_START as usize * SLOT_BYTES];
        write_all_at(&file, &room, 0).map_err(StoreError::file("write", &unlocked))?;
        file.lock().map_err(StoreError::file("lock", &unlocked))?;
        fs::rename(&unlocked, &path).map_err(StoreError::file("rename", &unlocked))?;
        let slots = Slots { free: (0..SLOTS_START).rev().collect(), open: HashMap::new(), total: SLOTS_START };
        Ok(Self { session, path, file, slots: Mutex::new(slots) })
    }

    /// The process's session id.
    #[must_use]
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// Notes that the request leaves now. Must have returned before the first byte is sent.
    ///
    /// # Errors
    /// Where the note could not be kept: then the request must not leave.
    pub fn depart(&self, note: &FlightNote) -> Result<(), StoreError> {
        let payload = note.encode()?;
        let taken = self.slots().take(slots_for(payload.len()))?;
        if let Err(source) = write_slots(&self.file, &taken, &payload) {
            self.slots().free.extend(taken);
            return Err(StoreError::File { act: "write", path: self.path.clone(), source });
        }
        self.slots().open.insert(note.id, taken);
        Ok(())
    }

    /// Takes the note out again: the request's row is committed. An unknown id changes nothing.
    ///
    /// # Errors
    /// Where the file cannot be written; the note stays open then, which is harmless: its row is known.
    pub fn land(&self, id: CallId) -> Result<(), StoreError> {
        let Some(taken) = self.slots().open.remove(&id) else { return Ok(()) };
        if let Some(&head) = taken.first() {
            write_all_at(&self.file, &[FREE], u64::from(head) * SLOT_BYTES as u64)
                .map_err(StoreError::file("write", &self.path))?;
        }
        self.slots().free.extend(taken);
        Ok(())
    }

    /// How many requests are under way.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.slots().open.len()
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // Plain lists, whole at every moment: a poisoned lock still guards valid ones.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Takes free slots, or new ones at the end of the file.
    fn take(&mut self, count: usize) -> Result<Vec<u32>, StoreError> {
        let missing = u32::try_from(count.saturating_sub(self.free.len())).unwrap_or(u32::MAX);
        if missing > SLOTS_MAX.saturating_sub(self.total) {
            return Err(StoreError::FlightFull { slots: self.total as usize });
        }
        self.free.splice(0..0, (self.total..self.total + missing).rev());
        self.total += missing;
        let rest = self.free.len() - count;
        let mut taken = self.free.split_off(rest);
        taken.reverse();
        Ok(taken)
    }
}

impl Drop for FlightFile {
    fn drop(&mut self) {
        // What is still open is the next process's to recover.
        if self.open_count() == 0 {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
