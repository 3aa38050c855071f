//! The Chinese texts of the command line's help, by command, argument and choice. The English ones are the doc
//! comments of the arguments.

use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use super::bundle;

const FILE: &str = include_str!("../../texts/zh-CN/help.ftl");
/// What several commands share.
const SHARED: &str = "shared";
/// The names of values, such as `FILE`.
const VALUES: &str = "values";

static TEXTS: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle::chinese([FILE]));

/// The text of a message, or of one of its attributes.
pub(crate) fn text(message: &str, attribute: Option<&str>) -> Option<String> {
    let found = TEXTS.get_message(message)?;
    let pattern = match attribute {
        Some(attribute) => found.get_attribute(attribute)?.value(),
        None => found.value()?,
    };
    Some(TEXTS.format_pattern(pattern, None, &mut Vec::new()).into_owned())
}

/// The text of an argument: the command's own, else the shared one.
pub(crate) fn argument(path: &str, id: &str) -> Option<String> {
    argument_places(path, id).iter().find_map(|(message, attribute)| text(message, Some(attribute)))
}

/// The text of a choice: for this command, else for every command with such an argument.
pub(crate) fn choice(path: &str, id: &str, choice: &str) -> Option<String> {
    choice_places(path, id).iter().find_map(|message| text(message, Some(choice)))
}

/// The name of a value; as it is where it needs no text.
pub(crate) fn value_name(name: &str) -> String {
    text(VALUES, Some(name)).unwrap_or_else(|| name.to_owned())
}

fn argument_places(path: &str, id: &str) -> [(String, String); 2] {
    let attribute = id.replace('_', "-");
    [(path.to_owned(), attribute.clone()), (SHARED.to_owned(), attribute)]
}

fn choice_places(path: &str, id: &str) -> [String; 2] {
    let id = id.replace('_', "-");
    [format!("choices-{path}-{id}"), format!("choices-{id}")]
}

#[cfg(test)]
pub(crate) use names::{name_of, name_of_argument, name_of_choice, names};

/// For the tests: which text answers.
#[cfg(test)]
mod names {
    use fluent_syntax::ast::Entry;
    use fluent_syntax::parser;

    use super::*;

    /// `message.attribute`, where there is such a text.
    pub(crate) fn name_of(message: &str, attribute: Option<&str>) -> Option<String> {
        text(message, attribute).map(|_| match attribute {
            Some(attribute) => format!("{message}.{attribute}"),
            None => message.to_owned(),
        })
    }

    pub(crate) fn name_of_argument(path: &str, id: &str) -> Option<String> {
        argument_places(path, id).iter().find_map(|(message, attribute)| name_of(message, Some(attribute)))
    }

    pub(crate) fn name_of_choice(path: &str, id: &str, choice: &str) -> Option<String> {
        choice_places(path, id).iter().find_map(|message| name_of(message, Some(choice)))
    }

    /// Every text of the file.
    pub(crate) fn names() -> Vec<String> {
        let parsed = parser::parse(FILE).expect("help.ftl");
        let messages = parsed.body.into_iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message),
            _ => None,
        });
        let names = messages.flat_map(|message| {
            let key = message.id.name;
            let attributes =
                message.attributes.into_iter().map(move |attribute| format!("{key}.{}", attribute.id.name));
            message.value.map(|_| key.to_owned()).into_iter().chain(attributes)
        });
        names.collect()
    }
}
