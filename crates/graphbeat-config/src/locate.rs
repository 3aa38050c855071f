//! Where the configuration file and the data directory are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::environment::set;

/// The name of the configuration file in the data directory.
const FILE_NAME: &str = "graphbeat.toml";

/// What the user and the platform say about places.
#[derive(Clone, Debug, Default)]
pub struct Directories {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// Where the platform keeps a program's data.
    pub platform: Option<PathBuf>,
}

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locations {
    /// The configuration file.
    pub config_file: PathBuf,
    /// The data directory.
    pub data_dir: PathBuf,
}

/// Decides where things are.
///
/// The data directory is that of `--data`, else of `GRAPHBEAT_DATA`, else the one in which a given
/// configuration file lies, else the platform's. The configuration file is that of `--config`, else of
/// `GRAPHBEAT_CONFIG`, else `graphbeat.toml` in the data directory.
#[must_use]
pub fn locate(directories: &Directories, environment: &BTreeMap<String, String>) -> Locations {
    let variable = |name| set(environment, name).map(PathBuf::from);
    let config = directories.config.clone().or_else(|| variable("GRAPHBEAT_CONFIG"));
    let data = directories.data.clone().or_else(|| variable("GRAPHBEAT_DATA"));
    let beside_config = || config.as_deref().map(directory_of);
    let fallback = || directories.platform.clone().unwrap_or_else(|| PathBuf::from("graphbeat-data"));
    let data_dir = data.or_else(beside_config).unwrap_or_else(fallback);
    Locations { config_file: config.unwrap_or_else(|| data_dir.join(FILE_NAME)), data_dir }
}

/// The directory in which a file lies, `.` for a bare name.
pub(crate) fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(config: Option<&str>, data: Option<&str>, variables: &[(&str, &str)]) -> (String, String) {
        let directories = Directories {
            config: config.map(PathBuf::from),
            data: data.map(PathBuf::from),
            platform: Some(PathBuf::from("/platform")),
        };
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let found = locate(&directories, &environment);
        (found.config_file.display().to_string(), found.data_dir.display().to_string())
    }

    fn pair(config_file: &str, data_dir: &str) -> (String, String) {
        (config_file.to_owned(), data_dir.to_owned())
    }

    #[test]
    fn a_flag_comes_before_a_variable_and_both_before_the_platform() {
        let variables = [("GRAPHBEAT_CONFIG", "/v/c.toml"), ("GRAPHBEAT_DATA", "/v")];
        assert_eq!(check(None, None, &[]), pair("/platform/graphbeat.toml", "/platform"));
        assert_eq!(check(None, None, &variables), pair("/v/c.toml", "/v"));
        assert_eq!(check(Some("/f/c.toml"), Some("/f"), &variables), pair("/f/c.toml", "/f"));
        assert_eq!(check(None, None, &[("GRAPHBEAT_DATA", "")]), pair("/platform/graphbeat.toml", "/platform"));
    }

    #[test]
    fn data_lies_beside_a_given_configuration_file() {
        assert_eq!(check(Some("/f/c.toml"), None, &[]), pair("/f/c.toml", "/f"));
        assert_eq!(check(Some("c.toml"), None, &[]), pair("c.toml", "."));
        assert_eq!(check(None, Some("/d"), &[]), pair("/d/graphbeat.toml", "/d"));
    }
}
