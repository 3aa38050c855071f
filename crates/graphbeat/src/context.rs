//! What every command needs: where things are, the language, the catalogue, the configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graphbeat_catalog::{CATALOG_FILE_BYTES_MAX, CATALOG_FILES_MAX, Catalog};
use graphbeat_config::{
    Config, ConfigFile, Directories, FileCheck, Known, Locations, Sources, language_of_file, load, locate,
};
use graphbeat_core::Language;

use crate::arguments::{GlobalArguments, platform};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::texts::say;

/// The folder of a user's own catalogue files in the data directory.
const CATALOG_FOLDER: &str = "catalog";
/// The variables of a POSIX locale, the strongest first.
const LOCALE_VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// What a command was started with.
#[derive(Debug)]
pub(crate) struct Context {
    /// The process's environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Where the configuration file and the data directory are.
    pub(crate) locations: Locations,
    /// `--data`, where it was given.
    pub(crate) given_data: Option<PathBuf>,
    /// `--lang`.
    given_language: Option<Language>,
    language: Language,
    /// Where output goes.
    pub(crate) printer: Printer,
}

impl Context {
    /// Decides where things are.
    pub(crate) fn new(arguments: GlobalArguments, language: Language, environment: BTreeMap<String, String>) -> Self {
        let given_data = arguments.data.clone();
        let directories = Directories { config: arguments.config, data: arguments.data, platform: platform() };
        let locations = locate(&directories, &environment);
        let printer = Printer::new(arguments.output, language, &environment);
        Self { environment, locations, given_data, given_language: arguments.lang, language, printer }
    }

    /// The language of what users read.
    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// The catalogue with the user's own files.
    pub(crate) fn catalog(&self) -> Result<Catalog, Failure> {
        let files = self.catalog_files()?;
        let builtin = Catalog::builtin()?;
        if files.is_empty() { Ok(builtin) } else { Ok(builtin.with_files(&files)?) }
    }

    /// The configuration, checked against the catalogue.
    pub(crate) fn config(&self, catalog: &Catalog, files: FileCheck) -> Result<Config, Failure> {
        self.config_of(&ConfigFile::read(&self.locations.config_file)?, catalog, files)
    }

    /// The configuration that a file would be.
    pub(crate) fn config_of(&self, file: &ConfigFile, catalog: &Catalog, files: FileCheck) -> Result<Config, Failure> {
        Ok(load(&self.sources(file, &Known::of(catalog), files))?)
    }

    /// Everything that a configuration is made of.
    pub(crate) fn sources<'a>(&'a self, file: &'a ConfigFile, known: &'a Known, files: FileCheck) -> Sources<'a> {
        Sources {
            file,
            data_dir: &self.locations.data_dir,
            environment: &self.environment,
            language: self.given_language,
            known,
            files,
        }
    }

    /// The same command in another data directory, with the configuration in it.
    pub(crate) fn at(&self, data_dir: &Path) -> Self {
        let locations =
            Locations { config_file: data_dir.join(crate::backup::CONFIG_FILE), data_dir: data_dir.to_owned() };
        let (environment, given_data) = (self.environment.clone(), Some(data_dir.to_owned()));
        let Self { given_language, language, printer, .. } = *self;
        Self { environment, locations, given_data, given_language, language, printer }
    }

    /// The user's own catalogue files, by name: `catalog/*.toml` in the data directory.
    pub(crate) fn catalog_files(&self) -> Result<Vec<(String, String)>, Failure> {
        self.catalog_paths()?.iter().map(|path| read_catalog_file(path)).collect()
    }

    /// Where these files are, sorted.
    pub(crate) fn catalog_paths(&self) -> Result<Vec<PathBuf>, Failure> {
        let folder = self.locations.data_dir.join(CATALOG_FOLDER);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&folder, &error)),
        };
        let mut paths: Vec<PathBuf> = entries
            .take(CATALOG_FILES_MAX)
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .collect();
        paths.sort();
        Ok(paths)
    }
}

/// The language of what users read: the flag's, else the variable's, the file's, the locale's, the system's.
pub(crate) fn language(
    locations: &Locations,
    given: Option<Language>,
    environment: &BTreeMap<String, String>,
) -> Language {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let locale = || LOCALE_VARIABLES.iter().find_map(|name| variable(name)).cloned().or_else(system_locale);
    given
        .or_else(|| Language::from_word(variable("GRAPHBEAT_LANG")?))
        .or_else(|| language_of_file(&locations.config_file))
        .or_else(|| locale().map(|locale| Language::from_locale(&locale)))
        .unwrap_or_default()
}

/// Where variables say nothing, the system's settings do.
#[cfg(any(windows, target_os = "macos"))]
fn system_locale() -> Option<String> {
    sys_locale::get_locale()
}

/// Elsewhere the variables are the system's settings.
#[cfg(not(any(windows, target_os = "macos")))]
const fn system_locale() -> Option<String> {
    None
}

/// A catalogue file: its name as the user knows it, and its text.
pub(crate) fn read_catalog_file(path: &Path) -> Result<(String, String), Failure> {
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if size > CATALOG_FILE_BYTES_MAX as u64 {
        let sentence = say!("context-catalog-too-large", path = path, bytes = CATALOG_FILE_BYTES_MAX);
        return Err(Failure::new(Exit::Configuration, sentence).hint(say!("context-catalog-too-large-hint")));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok((path.display().to_string(), text))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Configuration, say!("context-unreadable", path = path, error = error.to_string()))
        .hint(say!("context-unreadable-hint"))
}
