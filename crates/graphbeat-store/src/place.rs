//! Putting a finished file in its place: it is there whole or not at all, and never replaces another.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// The directory that a file lies in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name beside the file, for the time in which it is made.
pub(crate) fn unfinished(path: &Path, unique: Uuid) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".new-{}", unique.simple()));
    path.with_file_name(name)
}

/// Gives the finished file its name; where another process was quicker, that one's file stays.
pub(crate) fn put_in_place(finished: &Path, path: &Path) -> io::Result<()> {
    let linked = match fs::hard_link(finished, path) {
        Ok(()) => fs::remove_file(finished),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::remove_file(finished),
        // A file system without hard links.
        Err(_) if !path.exists() => fs::rename(finished, path),
        Err(_) => fs::remove_file(finished),
    };
    linked.and_then(|()| sync_directory(directory_of(path)))
}

/// Only the owner reads and writes the file.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// Only the owner reads and writes the file: elsewhere the directory's access list says so.
#[cfg(not(unix))]
pub(crate) fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
