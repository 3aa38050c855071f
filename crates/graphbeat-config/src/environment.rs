//! The variables of the environment that graphbeat reads: one table for the reader and the docs.

use std::collections::{BTreeMap, BTreeSet};

use graphbeat_core::said;

use crate::problem::{Place, Problem, choice_hint};

/// What every variable of ours starts with.
const PREFIX: &str = "GRAPHBEAT_";

/// A variable that graphbeat reads.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The key of the file that it overrides, as a pointer (`/store/url`).
    pub overrides: Option<&'static str>,
}

/// Every variable that graphbeat reads. Any other `GRAPHBEAT_…` is an error, unless a secret names it.
pub const VARIABLES: &[Variable] = &[
    Variable { name: "GRAPHBEAT_CONFIG", description: "the configuration file, as `--config`", overrides: None },
    Variable { name: "GRAPHBEAT_DATA", description: "the data directory, as `--data`", overrides: None },
    Variable {
        name: "GRAPHBEAT_LANG",
        description: "the language, `en` or `zh-CN`, as `--lang`",
        overrides: Some("/language"),
    },
    Variable {
        name: "GRAPHBEAT_LOG",
        description: "which log lines are shown, such as `warn` or `graphbeat_engine=debug`",
        overrides: None,
    },
    Variable {
        name: "GRAPHBEAT_VAULT_PASSPHRASE",
        description: "the passphrase of a vault that has one",
        overrides: None,
    },
    Variable { name: "GRAPHBEAT_BACKUP_PASSPHRASE", description: "the passphrase of a backup", overrides: None },
    Variable { name: "GRAPHBEAT_STORE_URL", description: "where the ledger is", overrides: Some("/store/url") },
    Variable {
        name: "GRAPHBEAT_WEB_LISTEN",
        description: "the address of the dashboard",
        overrides: Some("/web/listen"),
    },
    Variable {
        name: "GRAPHBEAT_PROXY_MODE",
        description: "`system`, `none`, or a proxy's URL",
        overrides: Some("/proxy/mode"),
    },
];

/// A variable that is set counts only where it is not empty.
pub(crate) fn set<'e>(environment: &'e BTreeMap<String, String>, name: &str) -> Option<&'e str> {
    environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// Variables that look like ours and are not: most often a typing mistake.
pub(crate) fn unknown_variables(environment: &BTreeMap<String, String>, named: &BTreeSet<String>) -> Vec<Problem> {
    let known = || VARIABLES.iter().map(|variable| variable.name);
    environment
        .keys()
        .filter(|name| name.starts_with(PREFIX) && !named.contains(*name))
        .filter(|name| known().all(|known| known != name.as_str()))
        .map(|name| Problem {
            place: Place::Variable(name.clone()),
            message: said!("unknown environment variable `{name}`", "未知的环境变量 `{name}`"),
            hint: Some(choice_hint(name, known())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_like_ours_is_an_error_unless_a_secret_names_it() {
        let names = ["GRAPHBEAT_STORE_ULR", "GRAPHBEAT_SECRET", "GRAPHBEAT_LANG", "PATH"];
        let environment = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        let named = BTreeSet::from(["GRAPHBEAT_SECRET".to_owned()]);
        let problems = unknown_variables(&environment, &named);
        let [problem] = problems.as_slice() else { panic!("one problem, not {problems:?}") };
        assert_eq!(problem.message.en, "unknown environment variable `GRAPHBEAT_STORE_ULR`");
        assert_eq!(problem.hint.as_ref().map(|hint| hint.en.as_str()), Some("did you mean `GRAPHBEAT_STORE_URL`?"));
    }
}
