//! What the doctor asks the operating system about disks. A port, so that a test can plant a full one.

use std::path::Path;

/// Below this nothing can be written for long.
const FREE_BYTES_MIN: u64 = 32 * 1024 * 1024;
/// Below this it is time to make room.
const FREE_BYTES_LOW: u64 = 512 * 1024 * 1024;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Nobody can say.
    Unknown,
    /// None to speak of, in MiB.
    Full(u64),
    /// Little, in MiB.
    Low(u64),
    /// Enough, in MiB.
    Enough(u64),
}

/// Gives the bytes that may still be written beside a path; none where the system does not say.
pub(super) trait Machine {
    fn free_bytes(&self, directory: &Path) -> Option<u64>;
}

/// This machine.
pub(super) struct ThisMachine;

impl Machine for ThisMachine {
    #[cfg(unix)]
    fn free_bytes(&self, directory: &Path) -> Option<u64> {
        let disk = rustix::fs::statvfs(directory).ok()?;
        // A file system without blocks holds no files of ours.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    fn free_bytes(&self, _directory: &Path) -> Option<u64> {
        None
    }
}

/// Judges the disk on which a directory lies, or would lie.
pub(super) fn room(machine: &impl Machine, directory: &Path) -> Room {
    let there = directory.ancestors().find(|ancestor| ancestor.is_dir()).unwrap_or(Path::new("."));
    let mib = |bytes: u64| bytes / (1024 * 1024);
    match machine.free_bytes(there) {
        None => Room::Unknown,
        Some(bytes) if bytes < FREE_BYTES_MIN => Room::Full(mib(bytes)),
        Some(bytes) if bytes < FREE_BYTES_LOW => Room::Low(mib(bytes)),
        Some(bytes) => Room::Enough(mib(bytes)),
    }
}
