//! `backup`: one encrypted file with configuration, vault and ledger, also while the agent runs.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_config::FileCheck;
use graphbeat_core::time_text;
use graphbeat_store::Ledger as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::arguments::BackupArguments;
use crate::backup::{Inventory, Manifest, Part, Source, ask_new, write};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::runtime::{KEY_FILE, Opened, make_private, open_ledger};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

/// Where a snapshot of the ledger lies while it is sealed.
const WORKPLACE: &str = ".backup";
/// The snapshot's name there.
const SNAPSHOT: &str = "snapshot.db";

pub(super) fn run(arguments: &BackupArguments, context: &Context) -> Result<Exit, Failure> {
    let path = &arguments.file;
    if path.exists() {
        return Err(Failure::new(Exit::Usage, say!("backup-exists", path = path)).hint(say!("backup-exists-hint")));
    }
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    if !config.store.file.is_file() {
        return Err(Failure::new(Exit::Ledger, say!("backup-no-ledger")).hint(say!("backup-no-ledger-hint")));
    }
    let inventory = Inventory::of(context, &config)?;
    for what in &inventory.outside {
        context.printer.notice(&say!("backup-not-in-it", what = what));
    }
    let passphrase = ask_new(arguments.passphrase_file.as_deref(), context)?;
    let (manifest, bytes) = run_until_stopped(async |stop| {
        let opened = open_ledger(context, &config)?;
        let made = make(path, passphrase, &inventory, (&opened, context.printer), stop).await;
        opened.store.close().await?;
        made
    })?;
    let report = json!({
        "file": path.display().to_string(), "bytes": bytes, "made_at": time_text(manifest.made_at), "files": manifest.files,
        "outside": texts(&inventory.outside, context),
    });
    let lines = [
        (say!("backup-word-file"), path.display().to_string()),
        (say!("backup-word-bytes"), bytes.to_string()),
        (say!("backup-word-files"), manifest.files.join(", ")),
    ];
    context.printer.card(&report, &lines)?;
    Ok(Exit::Ok)
}

/// Texts as a program reads them.
pub(super) fn texts(messages: &[Message], context: &Context) -> Vec<String> {
    messages.iter().map(|message| message.of(context.language())).collect()
}

async fn make(
    path: &Path,
    passphrase: Secret,
    inventory: &Inventory,
    (opened, printer): (&Opened, Printer),
    stop: CancellationToken,
) -> Result<(Manifest, u64), Failure> {
    let workplace = Workplace::open(&opened.data_dir)?;
    let snapshot = workplace.folder.join(SNAPSHOT);
    let made_at = opened.clock.now();
    let key = opened.store.snapshot(&snapshot).await?;
    let file = fs::read_to_string(opened.data_dir.join(KEY_FILE)).unwrap_or_default();
    if key.as_ref().is_some_and(|text| text.expose_secret() != file) {
        printer.notice(&say!("backup-holds-key", name = KEY_FILE));
    }
    let parts = parts(inventory, snapshot, key);
    let names = parts.iter().map(|part| part.name.clone()).collect();
    let manifest = Manifest::new(made_at, inventory.ledger.clone(), names);
    let target = path.to_owned();
    let sealing = tokio::task::spawn_blocking(move || {
        let written = write(&target, passphrase, &manifest, &parts, &stop);
        drop(workplace);
        written.map(|bytes| (manifest, bytes))
    });
    let sealed = sealing.await.map_err(|error| Failure::bug(&error))?;
    sealed.map_err(|error| {
        Failure::new(Exit::Ledger, say!("backup-unwritten", path = path, error = error.to_string()))
            .hint(say!("backup-unwritten-hint"))
    })
}

/// The small files first: what is wrong with a restored configuration shows before the ledger is unpacked.
fn parts(inventory: &Inventory, snapshot: PathBuf, key: Option<Secret>) -> Vec<Part> {
    let small = |(name, path): (&String, &PathBuf)| Part { name: name.clone(), source: Source::Small(path.clone()) };
    let mut parts: Vec<Part> = inventory.files.iter().map(small).collect();
    parts.extend(key.map(|text| Part { name: KEY_FILE.to_owned(), source: Source::Text(text) }));
    parts.push(Part { name: inventory.ledger.clone(), source: Source::Still(snapshot) });
    parts
}

/// A folder in the data directory for one backup at a time; what a killed one left in it is removed.
struct Workplace {
    folder: PathBuf,
    _lock: File,
}

impl Workplace {
    fn open(data_dir: &Path) -> Result<Self, Failure> {
        let folder = data_dir.join(WORKPLACE);
        make_private(&folder)?;
        let unusable = |error: std::io::Error| {
            Failure::new(Exit::Ledger, say!("backup-workplace", folder = &folder, error = error.to_string()))
        };
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"));
        let lock = lock.map_err(unusable)?;
        lock.try_lock().map_err(|_| Failure::new(Exit::Ledger, say!("backup-busy")).hint(say!("backup-busy-hint")))?;
        for entry in fs::read_dir(&folder).map_err(unusable)? {
            let path = entry.map_err(unusable)?.path();
            if path.file_name().is_some_and(|name| name != "lock") {
                fs::remove_file(path).map_err(unusable)?;
            }
        }
        Ok(Self { folder, _lock: lock })
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next backup.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
