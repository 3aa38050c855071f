//! Writing a backup: tar, inside age, beside its place until it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age::Encryptor;
use age::scrypt::Recipient;
use graphbeat_base::{ExposeSecret as _, Secret};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::{FILES_MAX, MANIFEST, Manifest, Stoppable, WORK_FACTOR};

/// The largest file beside the ledger: a catalogue file or a certificate stays far below.
const SMALL_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A file of the backup.
pub(crate) struct Part {
    /// Its name in the archive.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) source: Source,
}

/// Where a part's content is.
pub(crate) enum Source {
    /// In a file that nobody changes, such as a snapshot.
    Still(PathBuf),
    /// In a file that somebody may change: read at once, so that its length is known.
    Small(PathBuf),
    /// Here.
    Text(Secret),
}

/// Writes the backup, and gives its length. What is at the path already stays as it is.
pub(crate) fn write(
    path: &Path,
    passphrase: Secret,
    manifest: &Manifest,
    parts: &[Part],
    stop: &CancellationToken,
) -> io::Result<u64> {
    if parts.len() > FILES_MAX {
        return Err(io::Error::other(format!("more than {FILES_MAX} files")));
    }
    let unfinished = NamedTempFile::new_in(super::inventory::directory_of(path))?;
    let mut recipient = Recipient::new(passphrase);
    recipient.set_work_factor(WORK_FACTOR);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(io::Error::other)?;
    let sealed = encryptor.wrap_output(BufWriter::new(unfinished.as_file()))?;
    let mut archive = tar::Builder::new(sealed);
    let seconds = u64::try_from(manifest.made_at.as_second()).unwrap_or_default();
    let mut append = |name: &str, length: u64, content: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(seconds);
        archive.append_data(&mut header, name, Stoppable { inner: content, stop: stop.clone() })
    };
    let text = serde_json::to_vec_pretty(manifest)?;
    append(MANIFEST, text.len() as u64, &mut text.as_slice())?;
    for part in parts {
        match &part.source {
            Source::Still(path) => {
                let mut file = File::open(path)?;
                append(&part.name, file.metadata()?.len(), &mut file)?;
            }
            Source::Small(path) => {
                let bytes = read_small(path)?;
                append(&part.name, bytes.len() as u64, &mut bytes.as_slice())?;
            }
            Source::Text(text) => {
                let bytes = text.expose_secret().as_bytes();
                append(&part.name, bytes.len() as u64, &mut &*bytes)?;
            }
        }
    }
    archive.into_inner()?.finish()?.flush()?;
    unfinished.as_file().sync_all()?;
    let length = unfinished.as_file().metadata()?.len();
    unfinished.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(length)
}

fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()));
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SMALL_FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(named)?;
    if bytes.len() as u64 > SMALL_FILE_BYTES_MAX {
        return Err(named(io::Error::other("it is too large for a backup")));
    }
    Ok(bytes)
}
