//! What the pages for people have in common: their frame, the choice of a user, escaped text.

use std::fmt::Write as _;

use crate::tenant::UserCard;

/// How many users a page offers to click; others are typed.
const USERS_SHOWN_MAX: usize = 100;

/// A whole page around a body.
pub(super) fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in to the sandbox</title><style>body{{font:16px system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}label{{display:block;margin:1rem 0}}input,select{{display:block;width:100%;font:inherit;padding:.4rem}}button{{font:inherit;padding:.4rem 1rem}}[role=alert]{{color:#b00020}}</style></head><body><h1>Sign in to the sandbox</h1><p>This is an emulator: it asks for no password.</p>{body}</body></html>"
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
        let _ = write!(html, "<option value=\"{}\"{chosen}>{name} ({upn})</option>", user.id);
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
