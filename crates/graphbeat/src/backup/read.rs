//! Reading a backup into an empty folder. Whatever is wrong with the file is found before anything else
//! is touched.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Component, Path};

use age::scrypt::Identity;
use age::stream::StreamReader;
use age::{DecryptError, Decryptor};
use graphbeat_base::Secret;
use tokio_util::sync::CancellationToken;

use super::{CONFIG_FILE, FILES_MAX, FORMAT, MANIFEST, MANIFEST_BYTES_MAX, Manifest, Stoppable, WORK_FACTOR_MAX};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::make_private;
use crate::texts::{Message, say};

/// What is copied at once.
const BLOCK_BYTES: usize = 64 * 1024;

type Sealed = Stoppable<StreamReader<BufReader<File>>>;

/// Puts the files of a backup into a folder, and gives what it says of itself.
pub(crate) fn unpack(
    path: &Path,
    passphrase: Secret,
    into: &Path,
    stop: CancellationToken,
) -> Result<Manifest, Failure> {
    let inner = decrypt(path, passphrase)?;
    let mut archive = tar::Archive::new(Stoppable { inner, stop });
    let manifest = unpack_entries(&mut archive, into).map_err(|trouble| trouble.failure(path))?;
    // Whether the file was cut off shows at its end only.
    let rest = io::copy(&mut archive.into_inner(), &mut io::sink());
    rest.map_err(|error| damaged(error).failure(path))?;
    Ok(manifest)
}

/// What can be wrong while the files come out.
enum Trouble {
    /// The backup's fault.
    Damaged(Message),
    /// A newer program's backup.
    Newer { program: String },
    /// The disk's.
    Disk(Message),
}

impl Trouble {
    fn failure(self, path: &Path) -> Failure {
        match self {
            Self::Damaged(what) => Failure::new(Exit::Ledger, say!("backup-damaged", path = path))
                .detail(what)
                .hint(say!("backup-damaged-hint")),
            Self::Newer { program } => Failure::new(Exit::Ledger, say!("backup-newer", path = path, program = program))
                .hint(say!("backup-newer-hint")),
            Self::Disk(error) => {
                Failure::new(Exit::Ledger, say!("backup-disk", error = error)).hint(say!("backup-disk-hint"))
            }
        }
    }
}

/// What reading came to: the file's fault, whatever the error is called.
fn damaged(error: io::Error) -> Trouble {
    Trouble::Damaged(Message::from(error))
}

fn disk(error: io::Error) -> Trouble {
    Trouble::Disk(Message::from(error))
}

fn decrypt(path: &Path, passphrase: Secret) -> Result<StreamReader<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::new(Exit::Usage, say!("backup-unopened", path = path, error = error.to_string()))
            .hint(say!("backup-unopened-hint"))
    })?;
    let foreign = || Failure::new(Exit::Ledger, say!("backup-foreign", path = path));
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(|_| foreign())?;
    if !decryptor.is_scrypt() {
        return Err(foreign().detail(say!("backup-foreign-key")));
    }
    let mut identity = Identity::new(passphrase);
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|error| match error {
        DecryptError::ExcessiveWork { .. } => foreign().detail(say!("backup-foreign-work")),
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            Failure::new(Exit::Ledger, say!("backup-wrong-passphrase", path = path))
                .hint(say!("backup-wrong-passphrase-hint"))
        }
        _ => foreign(),
    })
}

fn unpack_entries(archive: &mut tar::Archive<Sealed>, into: &Path) -> Result<Manifest, Trouble> {
    let mut entries = archive.entries().map_err(damaged)?;
    let first = entries.next().ok_or_else(|| Trouble::Damaged(say!("backup-holds-nothing")))?.map_err(damaged)?;
    let manifest = read_manifest(first)?;
    let mut missing: BTreeSet<&str> = manifest.files.iter().map(String::as_str).collect();
    for entry in entries {
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != tar::EntryType::Regular || !missing.remove(name.as_str()) {
            return Err(Trouble::Damaged(say!("backup-stray", name = name)));
        }
        put(&mut entry, &into.join(&name))?;
    }
    match missing.first() {
        Some(name) => Err(Trouble::Damaged(say!("backup-lacks", name = *name))),
        None => Ok(manifest),
    }
}

fn read_manifest(entry: tar::Entry<'_, Sealed>) -> Result<Manifest, Trouble> {
    let not_ours = || Trouble::Damaged(say!("backup-not-ours"));
    if &*entry.path_bytes() != MANIFEST.as_bytes() {
        return Err(not_ours());
    }
    let mut text = Vec::new();
    entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(damaged)?;
    // A newer format may have other fields.
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|_| not_ours())?;
    if value["format"].as_u64().is_some_and(|format| format > u64::from(FORMAT)) {
        let program = value["program"].as_str().unwrap_or("graphbeat").chars().take(40).collect();
        return Err(Trouble::Newer { program });
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|_| not_ours())?;
    let has = |name: &str| manifest.files.iter().any(|file| file == name);
    let is_sound = manifest.files.len() <= FILES_MAX && has(CONFIG_FILE) && has(&manifest.ledger);
    match manifest.files.iter().find(|name| !stays_below(name)) {
        Some(name) => Err(Trouble::Damaged(say!("backup-leads-out", name = name))),
        None if is_sound => Ok(manifest),
        None => Err(not_ours()),
    }
}

/// Whether a name cannot lead out of the folder.
fn stays_below(name: &str) -> bool {
    let is_plain = |component| matches!(component, Component::Normal(_));
    !name.is_empty() && !name.contains('\\') && Path::new(name).components().all(is_plain)
}

fn put(from: &mut impl Read, path: &Path) -> Result<(), Trouble> {
    if let Some(folder) = path.parent() {
        make_private(folder).map_err(|_| Trouble::Disk(say!("backup-no-folder")))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(disk)?;
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let length = from.read(&mut block).map_err(damaged)?;
        match block.get(..length) {
            Some(bytes) if length > 0 => file.write_all(bytes).map_err(disk)?,
            _ => break,
        }
    }
    file.sync_all().map_err(disk)
}
