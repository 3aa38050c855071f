//! What `backup` and `restore` take.

use std::path::PathBuf;

use clap::Args;

/// `backup` and `restore`
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The backup's file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Read the passphrase from this file's first line
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}
