//! The knowledge as a document: `docs/TROUBLESHOOTING.md` and its Chinese twin come from here.

use std::fmt::Write as _;

use super::observation::Names;
use super::rule::Rule;
use super::{Knowledge, Who, unknown};
use crate::Language;

/// The most codes that one heading lists.
const CODES_SHOWN_MAX: usize = 40;

impl Knowledge {
    /// Every cause in Markdown, for people who read instead of asking `graphbeat explain`.
    #[must_use]
    pub fn document(&self, language: Language) -> String {
        let pick = |en: &'static str, zh: &'static str| match language {
            Language::English => en,
            Language::SimplifiedChinese => zh,
        };
        let mut text = String::new();
        text.push_str(pick(
            "# Troubleshooting\n\n[简体中文](TROUBLESHOOTING.zh-CN.md)\n\nEvery failure that graphbeat knows. The program says the same where it shows a failure; `graphbeat explain` takes a code, a tag, a call's id or a pasted error. This file is generated from `crates/graphbeat-core/knowledge`.\n",
            "# 故障排查\n\n[English](TROUBLESHOOTING.md)\n\ngraphbeat 了解的所有故障。程序在显示故障的地方会给出同样的说明；`graphbeat explain` 可接受代码、标记、调用 ID 或粘贴的错误文本。本文件由 `crates/graphbeat-core/knowledge` 生成。\n",
        ));
        let is_failure = |rule: &&Rule| rule.status.iter().all(|status| *status >= 400);
        for rule in self.rules.iter().filter(is_failure) {
            self.section(rule, language, &mut text);
        }
        text
    }

    fn section(&self, rule: &Rule, language: Language, text: &mut String) {
        let names = Names::default();
        let mut line = |content: String| {
            text.push_str(&content);
            text.push('\n');
        };
        line(format!("\n## {}\n", rule.title.fill(language, &names)));
        let codes = codes_of(rule);
        if !codes.is_empty() {
            line(format!("{codes}\n"));
        }
        line(rule.cause.fill(language, &names));
        line(format!("\n{}\n", who_line(rule.who, language)));
        for (index, step) in rule.steps.iter().filter_map(|step| self.step(step)).enumerate() {
            line(format!("{}. {}", index + 1, step.fill(language, &names)));
        }
        let page = rule.codes.iter().find_map(|code| unknown::page_of(code));
        if let Some(link) = rule.link.clone().or(page) {
            line(format!("\n<{link}>"));
        }
    }
}

/// The codes and statuses that a rule is about, as code spans.
fn codes_of(rule: &Rule) -> String {
    let mut text = String::new();
    let statuses = rule.status.iter().map(u16::to_string);
    for code in rule.all_codes().cloned().chain(statuses).take(CODES_SHOWN_MAX) {
        let _ = write!(text, "{}`{code}`", if text.is_empty() { "" } else { " " });
    }
    text
}

fn who_line(who: Who, language: Language) -> String {
    match language {
        Language::English => format!("Who can mend it: **{}**", who.named(language)),
        Language::SimplifiedChinese => format!("谁来处理：**{}**", who.named(language)),
    }
}

impl Who {
    /// For people.
    #[must_use]
    pub const fn named(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::You, Language::English) => "you",
            (Self::You, Language::SimplifiedChinese) => "您",
            (Self::TenantAdmin, Language::English) => "an administrator of the tenant",
            (Self::TenantAdmin, Language::SimplifiedChinese) => "租户管理员",
            (Self::AppOwner, Language::English) => "the owner of the app registration",
            (Self::AppOwner, Language::SimplifiedChinese) => "应用注册的所有者",
            (Self::Microsoft, Language::English) => "Microsoft, or the program's authors",
            (Self::Microsoft, Language::SimplifiedChinese) => "Microsoft 或程序作者",
            (Self::Wait, Language::English) => "time: wait",
            (Self::Wait, Language::SimplifiedChinese) => "等待即可",
            (Self::Nobody, Language::English) => "nobody has to",
            (Self::Nobody, Language::SimplifiedChinese) => "无需处理",
        }
    }
}
