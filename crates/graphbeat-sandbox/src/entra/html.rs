//! What the pages for people have in common: their frame, the choice of a user, escaped text.

use std::fmt::Write as _;

use super::sign_in::may_consent_for_all;
use crate::identity::{PermissionKind, permissions};
use crate::tenant::UserCard;

/// How many users a page offers to click; others are typed.
const USERS_SHOWN_MAX: usize = 100;

/// The look of every page; no script and nothing from elsewhere.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#f2f4f7;margin:0;padding:3rem 1rem}main{max-width:34rem;margin:auto;background:#fff;padding:2rem;border:1px solid #dde1e6;border-radius:.5rem}h1{font-size:1.35rem;margin:0 0 .25rem}.note{color:#5b6470;font-size:.85rem;margin:0 0 1.25rem}label{display:block;margin:1rem 0}label.check{display:flex;gap:.5rem;align-items:center}input,select{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.45rem;border:1px solid #8a939d;border-radius:.25rem;background:#fff}label.check input{width:auto}ul{padding-left:1.2rem}li{margin:.2rem 0}small{color:#5b6470;display:block}button{font:inherit;padding:.45rem 1.2rem;border:1px solid #8a939d;border-radius:.25rem;background:#fff;cursor:pointer}button.first{background:#0b5cad;border-color:#0b5cad;color:#fff}[role=alert]{color:#b00020;overflow-wrap:anywhere}";

/// A whole page around a body.
pub(super) fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Sign in to the sandbox</title><style>{STYLE}</style></head><body><main><h1>Sign in to the sandbox</h1><p class=\"note\">This is an emulator. Never type a real password here.</p>{body}</main></body></html>"
    )
}

/// A password that may be left out: then the person just is who they say.
pub(super) const PASSWORD: &str = "<label>Password <small>Not needed. Wrong ones count, and lock the account.</small><input type=\"password\" name=\"password\" autocomplete=\"off\"></label>";

/// Permissions with what Microsoft calls them.
pub(super) fn permission_list<'a>(kind: PermissionKind, names: impl Iterator<Item = &'a String>) -> String {
    let mut html = String::new();
    for name in names {
        let known = permissions().iter().find(|it| it.kind == kind && it.value == *name);
        let text = known.map_or("", |it| it.display_name);
        let _ = write!(html, "<li>{}<small>{}</small></li>", escape(name), escape(text));
    }
    html
}

/// The two ways out of a form.
pub(super) fn buttons((yes, yes_text): (&str, &str), (no, no_text): (&str, &str)) -> String {
    format!(
        "<p><button class=\"first\" name=\"action\" value=\"{yes}\">{yes_text}</button> <button name=\"action\" value=\"{no}\">{no_text}</button></p></form>"
    )
}

/// The choice of who signs in; `hint` is a user principal name or id that comes chosen.
pub(super) fn user_choice(users: &[UserCard], hint: &str) -> String {
    let mut html = String::from("<label>Sign in as <select name=\"user_id\">");
    let is_hinted = |user: &UserCard| user.upn.eq_ignore_ascii_case(hint) || user.id.to_string() == hint;
    let hinted = users.iter().skip(USERS_SHOWN_MAX).filter(|user| is_hinted(user));
    for user in users.iter().take(USERS_SHOWN_MAX).chain(hinted) {
        let chosen = if is_hinted(user) { " selected" } else { "" };
        let (name, upn) = (escape(&user.display_name), escape(&user.upn));
        let role = if may_consent_for_all(user) { ", administrator" } else { "" };
        let _ = write!(html, "<option value=\"{}\"{chosen}>{name}{role} ({upn})</option>", user.id);
    }
    html.push_str("</select></label>");
    html
}

/// A parameter that a form carries on.
pub(super) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
}

/// Text that means nothing but itself.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
