//! One agent in a data directory at a time; `check`, `log` and `status` work beside it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::StoreError;

/// The lock's name in the data directory. The file stays; the lock ends with the process.
const NAME: &str = "agent.lock";
/// The longest process id that is read from it.
const PID_BYTES_MAX: u64 = 20;

/// Held by the agent of a data directory as long as it runs.
#[derive(Debug)]
pub struct AgentLock {
    _file: File,
}

impl AgentLock {
    /// Takes the lock for this process.
    ///
    /// # Errors
    /// [`StoreError::AgentRuns`] where another agent has it.
    pub fn take(data_directory: &Path) -> Result<Self, StoreError> {
        let path = data_directory.join(NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::AgentRuns { path: data_directory.into(), pid: read_pid(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::file("lock", &path)(source)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(StoreError::file("write", &path))?;
        Ok(Self { _file: file })
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_agent_learns_which_process_is_in_its_way() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = AgentLock::take(directory.path()).expect("free");
        match AgentLock::take(directory.path()) {
            Err(StoreError::AgentRuns { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("expected to be refused: {other:?}"),
        }
        drop(first);
        AgentLock::take(directory.path()).expect("free again");
    }
}
