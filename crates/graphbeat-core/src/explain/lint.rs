//! Judges the knowledge: `catalog lint` and a test run it.

use std::collections::BTreeMap;

use super::observation::Names;
use super::rule::{CallTry, Rule, Try};
use super::texts::{PLACES, Texts};
use super::{Explanation, Knowledge, Observation};
use crate::Language;

/// What no remedy may advise: to weaken the sign-in, or to be left out of a policy.
const FORBIDDEN: [&str; 14] = [
    "disable mfa",
    "disable security",
    "disable multi",
    "switch off",
    "turn off",
    "exclude the user",
    "exclude the account",
    "exempt",
    "per-user mfa",
    "关闭",
    "停用多",
    "禁用多",
    "排除该用户",
    "豁免",
];
/// The longest title; it stands in tables.
const TITLE_CHARACTERS_MAX: usize = 90;

impl Knowledge {
    /// Everything that is wrong with the knowledge: a text that is missing or not Chinese, no link, a
    /// rule that no test case reaches, a case that another rule takes, advice that weakens the sign-in.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for rule in &self.rules {
            let found = self.text_problems(rule).into_iter().chain(self.try_problems(rule));
            problems.extend(found.map(|problem| format!("{}: {problem}", rule.id)));
        }
        problems.extend(self.doubled_titles());
        problems
    }

    /// One cause has one rule: two with one title are twins, and two chapters of the document.
    fn doubled_titles(&self) -> Vec<String> {
        let mut seen = BTreeMap::new();
        let titles = self.rules.iter().flat_map(|rule| [(&rule.title.en, rule), (&rule.title.zh_cn, rule)]);
        let doubled = |(title, rule): (&String, &Rule)| {
            let twin = seen.insert(title.clone(), rule.id.clone())?;
            Some(format!("{}: it has the title of `{twin}`", rule.id))
        };
        titles.filter_map(doubled).collect()
    }

    fn text_problems(&self, rule: &Rule) -> Vec<String> {
        let mut problems = Vec::new();
        let steps: Vec<&Texts> = rule.steps.iter().filter_map(|step| self.step(step)).collect();
        for text in [&rule.title, &rule.cause].into_iter().chain(steps.iter().copied()) {
            problems.extend(language_problem(text));
            problems.extend(place_problem(text));
        }
        for text in steps {
            let both = format!("{} {}", text.en.to_lowercase(), text.zh_cn);
            let word = FORBIDDEN.iter().find(|word| both.contains(*word));
            problems.extend(word.map(|word| format!("a step says `{word}`: {}", text.en)));
        }
        if rule.title.en.chars().count() > TITLE_CHARACTERS_MAX {
            problems.push("the title is too long".to_owned());
        }
        let is_entra = rule.codes.iter().any(|code| code.starts_with("AADSTS"));
        if rule.link.is_none() && !is_entra && !rule.healthy {
            problems.push("there is no link".to_owned());
        }
        if rule.steps.is_empty() && !rule.healthy {
            problems.push("there is no step".to_owned());
        }
        let is_lower = |phrase: &String| phrase.to_lowercase() == *phrase;
        if !rule.words.iter().chain(&rule.or_words).flatten().all(is_lower) {
            problems.push("a phrase is not in lower case".to_owned());
        }
        problems
    }

    fn try_problems(&self, rule: &Rule) -> Vec<String> {
        let told = |told: &Explanation| told.rule.clone().unwrap_or_else(|| "unknown".to_owned());
        let mut problems = Vec::new();
        for case in &rule.tries {
            let explanation = self.diagnose(&self.observe(case), Language::English);
            if explanation.rule.as_deref() != Some(&rule.id) {
                problems.push(format!("its case {case:?} meets `{}`", told(&explanation)));
            }
        }
        let tried = |code: &String| self.explain(code, Language::English).rule.as_deref() == Some(&rule.id);
        let stands_alone =
            rule.words.is_empty() && rule.mode.is_none() && rule.class.is_empty() && rule.stage.is_none();
        let is_reached = stands_alone && rule.codes.iter().any(tried);
        if rule.tries.is_empty() && !is_reached {
            problems.push("no case reaches it".to_owned());
        }
        let by_words = |case: &Try| rule.meet(&self.observe(case)).is_some_and(|met| met.code.is_none());
        if !rule.or_words.is_empty() && !rule.tries.iter().any(by_words) {
            problems.push("no case reaches its phrases".to_owned());
        }
        problems
    }

    fn observe(&self, case: &Try) -> Observation {
        match case {
            Try::Text(text) => self.read(text),
            Try::Call(call) => of_case(call),
        }
    }
}

fn of_case(call: &CallTry) -> Observation {
    let names = Names { role: call.role.clone(), ..Names::default() };
    Observation {
        names,
        stage: call.stage,
        kind: call.kind,
        mode: call.mode,
        lack: call.lack,
        class: call.class.clone(),
        status: call.status,
        ..Observation::of_answer(call.code.as_deref(), &call.message)
    }
}

fn language_problem(text: &Texts) -> Option<String> {
    let has_chinese = text.zh_cn.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    (text.en.is_empty() || !has_chinese).then(|| format!("a text is not in both languages: {}", text.en))
}

/// A place that nothing fills, or that stands in one language only.
fn place_problem(text: &Texts) -> Option<String> {
    let known = |text: &str| PLACES.iter().filter(|(place, _)| text.contains(place)).count();
    let all = |text: &str| text.matches('{').count();
    let is_right = known(&text.en) == known(&text.zh_cn) && all(&text.en) == known(&text.en);
    (!is_right).then(|| format!("a place is unknown or in one language only: {}", text.en))
}
