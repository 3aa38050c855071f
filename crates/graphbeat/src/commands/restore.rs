//! `restore`: a backup into an empty data directory. Everything is unpacked and looked at beside its place;
//! only then is it moved there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use graphbeat_base::{Clock, Secret};
use graphbeat_config::{Config, FileCheck};
use graphbeat_core::time_text;
use graphbeat_store::{AgentLock, Ledger as _, StoreError, examine_ledger};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::backup::texts;
use crate::arguments::BackupArguments;
use crate::backup::{CONFIG_FILE, Manifest, ask_existing, file_place, outside, unpack};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{Sends, make_private, open};
use crate::stop::run_until_stopped;
use crate::texts::say;

/// The folder in the data directory that a backup is unpacked into.
const STAGE: &str = ".restoring";
/// How long a large ledger's structure is looked at.
const EXAMINATION_MAX: Duration = Duration::from_secs(600);

pub(super) fn run(arguments: &BackupArguments, context: &Context) -> Result<Exit, Failure> {
    let directory = &context.locations.data_dir;
    if context.locations.config_file != directory.join(CONFIG_FILE) {
        return Err(Failure::new(Exit::Usage, say!("backup-whole")).hint(say!("backup-whole-hint")));
    }
    refuse_used(directory)?;
    let passphrase = ask_existing(arguments.passphrase_file.as_deref(), context)?;
    let stage = Stage::make(directory)?;
    let (manifest, config) = run_until_stopped(async |stop| {
        let manifest = unpack_into(&arguments.file, passphrase, &stage.folder, stop).await?;
        let config = examine(context, &stage.folder, &manifest).await?;
        Ok((manifest, config))
    })?;
    drop(config);
    stage.move_into(directory, &manifest)?;
    tell(context, directory, &manifest)?;
    Ok(Exit::Ok)
}

/// Only an empty directory is restored into: nothing is ever replaced.
fn refuse_used(directory: &Path) -> Result<(), Failure> {
    let mut entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let sentence = say!("backup-directory-unreadable", path = directory, error = error.to_string());
            return Err(Failure::new(Exit::Ledger, sentence));
        }
        Ok(entries) => entries,
    };
    if directory.join("agent.lock").exists()
        && let Err(error @ StoreError::AgentRuns { .. }) = AgentLock::take(directory)
    {
        return Err(error.into());
    }
    let sentence = say!("backup-not-empty", path = directory);
    match entries.next() {
        None => Ok(()),
        Some(_) if directory.join(STAGE).exists() => {
            Err(Failure::new(Exit::Usage, sentence).detail(say!("backup-cut-off")).hint(say!("backup-again-hint")))
        }
        Some(_) => Err(Failure::new(Exit::Usage, sentence).hint(say!("backup-not-empty-hint"))),
    }
}

async fn unpack_into(
    file: &Path,
    passphrase: Secret,
    folder: &Path,
    stop: CancellationToken,
) -> Result<Manifest, Failure> {
    let (file, folder) = (file.to_owned(), folder.to_owned());
    let unpacked = tokio::task::spawn_blocking(move || unpack(&file, passphrase, &folder, stop));
    unpacked.await.map_err(|error| Failure::bug(&error))?
}

/// Configuration, ledger and vault as they would be; an older ledger is brought to this program's format.
async fn examine(context: &Context, folder: &Path, manifest: &Manifest) -> Result<Config, Failure> {
    let there = context.at(folder);
    let config = there.config(&there.catalog()?, FileCheck::Skip)?;
    let ledger = folder.join(&manifest.ledger);
    examine_ledger(&ledger, EXAMINATION_MAX)?;
    let opened = open(folder, &ledger, Clock::system(), Sends::No)?;
    let checked = opened.store.check_vault().await;
    opened.store.close().await?;
    checked?;
    Ok(config)
}

/// The folder that a backup is unpacked into; it goes when something is wrong, with the directory if that is new.
struct Stage {
    folder: PathBuf,
    made: Option<PathBuf>,
}

impl Stage {
    fn make(directory: &Path) -> Result<Self, Failure> {
        let made = (!directory.exists()).then(|| directory.to_owned());
        let folder = directory.join(STAGE);
        make_private(&folder)?;
        Ok(Self { folder, made })
    }

    /// Everything takes its place, the configuration last: without it nothing runs.
    fn move_into(mut self, directory: &Path, manifest: &Manifest) -> Result<(), Failure> {
        self.made = None;
        let (last, first): (Vec<&String>, Vec<&String>) = manifest.files.iter().partition(|name| *name == CONFIG_FILE);
        for name in first.into_iter().chain(last) {
            let place = directory.join(name);
            if let Some(folder) = place.parent() {
                make_private(folder)?;
            }
            fs::rename(self.folder.join(name), &place).map_err(|error| {
                Failure::new(Exit::Ledger, say!("backup-not-placed", path = &place, error = error.to_string()))
                    .hint(say!("backup-again-hint"))
            })?;
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What stays is told of by the next restore.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(made) = &self.made {
            let _ = fs::remove_dir(made);
        }
    }
}

fn tell(context: &Context, directory: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    let base = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let mut outside = outside(&config, &base);
    let ledger = base.join(&manifest.ledger);
    if config.store.file != ledger {
        outside.push(say!("backup-ledger-elsewhere", place = file_place(&config.store.file), restored = &ledger));
    }
    for what in &outside {
        context.printer.notice(&say!("backup-not-restored", what = what));
    }
    let report = json!({
        "directory": directory.display().to_string(), "made_at": time_text(manifest.made_at), "files": manifest.files,
        "outside": texts(&outside, context),
    });
    let lines = [
        (say!("backup-word-directory"), directory.display().to_string()),
        (say!("backup-word-made-at"), time_text(manifest.made_at)),
        (say!("backup-word-files"), manifest.files.join(", ")),
    ];
    context.printer.card(&report, &lines)
}
