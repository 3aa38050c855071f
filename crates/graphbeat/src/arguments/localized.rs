//! Help in Chinese. The English is in the doc comments of the arguments; `texts/zh-CN/help.ftl` has the other
//! half: a message for each command, named as it is typed (`account-add`), with an attribute for each argument.
//! What several commands share is in `shared`, the names of values in `values`, what can be chosen in
//! `choices-…`. Tests find what is missing and what is told though nothing asks for it.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command};
use graphbeat_core::Language;

use super::Arguments;
use crate::texts::help;

/// How a page of help is laid out.
const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";
const OPTIONS: &str = "选项";
const POSITIONALS: &str = "参数";
const EVERYWHERE: &str = "通用选项";
const COMMANDS: &str = "命令";
/// The command at the root.
const ROOT: &str = "graphbeat";

/// The command line with its help in a language.
pub(crate) fn command(language: Language) -> Command {
    let mut command = <Arguments as clap::CommandFactory>::command();
    match language {
        Language::English => command,
        Language::SimplifiedChinese => {
            command.build();
            localized(command, ROOT)
        }
    }
}

/// The same for scripts and manual pages, which show what each choice means, and never parse.
pub(crate) fn shown_command(language: Language) -> Command {
    let command = command(language);
    match language {
        Language::English => command,
        Language::SimplifiedChinese => described(command, ROOT),
    }
}

fn localized(command: Command, path: &str) -> Command {
    let mut command = command
        .mut_args(|argument| localized_argument(argument, path))
        .mut_subcommands(|below| {
            let path = path_below(path, &below);
            localized(below, &path)
        })
        .help_template(TEMPLATE)
        .subcommand_help_heading(COMMANDS)
        .subcommand_value_name(COMMANDS);
    if let Some(about) = help::text(path, None) {
        command = command.about(about);
    }
    if let Some(after) = command.get_after_help().and(help::text(path, Some("after"))) {
        command = command.after_help(after);
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", &format!("[{OPTIONS}]"));
    command.override_usage(usage)
}

fn localized_argument(argument: Arg, path: &str) -> Arg {
    let Some(text) = help::argument(path, argument.get_id().as_str()) else { return argument };
    let heading = match (argument.is_positional(), argument.is_global_set()) {
        (true, _) => POSITIONALS,
        (false, true) => EVERYWHERE,
        (false, false) => OPTIONS,
    };
    let names: Vec<String> =
        argument.get_value_names().unwrap_or_default().iter().map(|name| help::value_name(name)).collect();
    let (short, long) = whole_help(&argument, path, &text);
    let aliases: Vec<String> = argument.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
    let argument = argument.help_heading(heading).help(short).long_help(long).visible_alias(None).aliases(aliases);
    let argument = argument.hide_default_value(true).hide_possible_values(true);
    if names.is_empty() { argument } else { argument.value_names(names) }
}

/// The text with what clap adds in English: the default, the choices, other names; for `-h` and for `--help`.
fn whole_help(argument: &Arg, path: &str, text: &str) -> (String, String) {
    let mut short = text.to_owned();
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() {
        short.push_str(&format!(" [默认值：{}]", defaults.join("、")));
    }
    if let Some(aliases) = argument.get_visible_aliases().filter(|aliases| !aliases.is_empty()) {
        short.push_str(&format!(" [别名：--{}]", aliases.join("、--")));
    }
    let choices = argument.get_possible_values();
    if choices.is_empty() || !argument.get_action().takes_values() {
        return (short.clone(), short);
    }
    let mut long = format!("{short}\n\n可选值：");
    for choice in &choices {
        let told = help::choice(path, argument.get_id().as_str(), choice.get_name());
        long.push_str(&format!("\n- {}", choice.get_name()));
        long.extend(told.map(|told| format!("：{told}")));
    }
    let names: Vec<&str> = choices.iter().map(PossibleValue::get_name).collect();
    (format!("{short} [可选值：{}]", names.join("、")), long)
}

/// Gives each choice its text.
fn described(command: Command, path: &str) -> Command {
    command
        .mut_args(|argument| {
            let choices = argument.get_possible_values();
            if choices.is_empty() || !argument.get_action().takes_values() {
                return argument;
            }
            let id = argument.get_id().to_string();
            let told = choices.iter().map(|choice| {
                let told = help::choice(path, &id, choice.get_name());
                PossibleValue::new(choice.get_name().to_owned()).help(told.unwrap_or_default())
            });
            argument.value_parser(PossibleValuesParser::new(told.collect::<Vec<_>>()))
        })
        .mut_subcommands(|below| {
            let path = path_below(path, &below);
            described(below, &path)
        })
}

/// `account add` is `account-add`.
fn path_below(path: &str, below: &Command) -> String {
    match path {
        ROOT => below.get_name().to_owned(),
        path => format!("{path}-{}", below.get_name()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// What help asks for: the name of the text that answers, and the English that it stands for.
    #[derive(Default)]
    struct Asked {
        english: BTreeMap<String, BTreeSet<String>>,
        missing: Vec<String>,
    }

    impl Asked {
        fn note(&mut self, name: Option<String>, wanted: String, english: Option<String>) {
            match (name, english) {
                (Some(name), english) => {
                    self.english.entry(name).or_default().extend(english);
                }
                (None, Some(english)) => self.missing.push(format!("{wanted} = {english}")),
                (None, None) => {}
            }
        }

        fn walk(&mut self, command: &Command, path: &str) {
            let about = command.get_about().map(ToString::to_string);
            self.note(help::name_of(path, None), path.to_owned(), about);
            if let Some(after) = command.get_after_help().map(ToString::to_string) {
                self.note(help::name_of(path, Some("after")), format!("{path}.after"), Some(after));
            }
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let english = argument.get_help().map(ToString::to_string);
                self.note(help::name_of_argument(path, id), format!("{path}.{id}"), english);
                for name in argument.get_value_names().unwrap_or_default() {
                    let is_named = name.chars().all(|c| c.is_ascii_uppercase() || c == '-');
                    let wanted = argument.get_action().takes_values() && is_named && argument.get_help().is_some();
                    self.note(
                        help::name_of("values", Some(name)),
                        format!("values.{name}"),
                        wanted.then(|| name.to_string()),
                    );
                }
                let choices = argument.get_possible_values();
                for choice in choices.iter().filter(|_| argument.get_action().takes_values()) {
                    let english = choice.get_help().map(ToString::to_string);
                    let name = help::name_of_choice(path, id, choice.get_name());
                    self.note(name, format!("choices-{path}-{id}.{}", choice.get_name()), english);
                }
            }
            for below in command.get_subcommands() {
                self.walk(below, &path_below(path, below));
            }
        }
    }

    fn asked() -> Asked {
        let mut command = command(Language::English);
        command.build();
        let mut asked = Asked::default();
        asked.walk(&command, ROOT);
        asked
    }

    #[test]
    fn every_command_argument_and_choice_has_a_chinese_text() {
        let missing = asked().missing;
        assert!(missing.is_empty(), "texts/zh-CN/help.ftl lacks:\n{}", missing.join("\n"));
    }

    #[test]
    fn no_text_of_the_help_is_unused() {
        let asked = asked().english;
        let unused: Vec<String> = help::names().into_iter().filter(|name| !asked.contains_key(name)).collect();
        assert!(unused.is_empty(), "nothing asks for {unused:?}");
    }

    #[test]
    fn one_chinese_text_stands_for_one_english_text() {
        for (name, english) in asked().english {
            assert!(english.len() <= 1, "{name} stands for {english:?}");
        }
    }

    #[test]
    fn the_localized_command_line_is_consistent_and_has_no_english_of_claps() {
        let mut whole = command(Language::SimplifiedChinese);
        whole.clone().debug_assert();
        let help = whole.render_long_help().to_string();
        for word in ["Usage", "Options:", "Commands:", "default:", "possible", "Print"] {
            assert!(!help.contains(word), "{word} is in {help}");
        }
        for language in Language::ALL {
            shown_command(*language).debug_assert();
        }
    }
}
