//! Drives and what is in them.

use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};

use super::quick_xor::quick_xor_hash;
use super::{Person, text};
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};

/// Bytes that a OneDrive of the sandbox's tenant may hold: one terabyte.
pub(crate) const QUOTA_BYTES: u64 = 1_099_511_627_776;
/// Letters of a name.
pub(crate) const NAME_MAX: usize = 255;
/// Letters of a whole path.
pub(crate) const PATH_MAX: usize = 400;

/// A user's drive.
pub(crate) fn drive(drive_id: &str, owner: &Person, at: Timestamp) -> Properties {
    object(json!({
        "createdDateTime": stamp(at),
        "description": "",
        "lastModifiedDateTime": stamp(at),
        "name": "OneDrive",
        "webUrl": web_root(owner),
        "driveType": "business",
        "createdBy": {"user": {"displayName": "System Account"}},
        "lastModifiedBy": owner.identity(),
        "owner": owner.identity(),
        "quota": quota(0, 0),
        "_name": drive_id.get(..8).unwrap_or_default(),
    }))
}

/// The quota of a drive in use.
pub(crate) fn quota(used: u64, deleted: u64) -> Value {
    json!({"deleted": deleted, "remaining": QUOTA_BYTES.saturating_sub(used), "state": "normal", "total": QUOTA_BYTES, "used": used})
}

/// Where a user's OneDrive is on the web.
pub(crate) fn web_root(owner: &Person) -> String {
    let tenant =
        owner.address.split_once('@').map_or("contoso", |(_, domain)| domain.split('.').next().unwrap_or("contoso"));
    let name: String =
        owner.address.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("https://{tenant}-my.sharepoint.com/personal/{}/Documents", name.to_ascii_lowercase())
}

/// The folder of a drive that holds everything.
pub(crate) fn root(drive_id: &str, owner: &Person, at: Timestamp) -> Properties {
    let mut root = item("root", owner.identity(), at);
    root.insert("webUrl".to_owned(), Value::String(web_root(owner)));
    root.insert("root".to_owned(), json!({}));
    root.insert("folder".to_owned(), json!({"childCount": 0}));
    root.insert("parentReference".to_owned(), json!({"driveType": "business", "driveId": drive_id}));
    root.insert("_parent".to_owned(), json!(""));
    root
}

/// A new folder; its parent's place is set when it is put there.
pub(crate) fn folder(name: &str, by: Value, at: Timestamp) -> Properties {
    let mut folder = item(name, by, at);
    folder.insert("folder".to_owned(), json!({"childCount": 0}));
    folder
}

/// A new file.
pub(crate) fn file(name: &str, bytes: &[u8], by: Value, at: Timestamp) -> Properties {
    let mut file = item(name, by, at);
    file.insert("size".to_owned(), json!(bytes.len()));
    file.insert("file".to_owned(), facet(name, bytes));
    if let Some((width, height)) = png_size(bytes) {
        file.insert("image".to_owned(), json!({"height": height, "width": width}));
    }
    file
}

/// The `file` facet of some bytes.
pub(crate) fn facet(name: &str, bytes: &[u8]) -> Value {
    json!({"mimeType": text::mime_type(name), "hashes": {"quickXorHash": quick_xor_hash(bytes)}})
}

fn item(name: &str, by: Value, at: Timestamp) -> Properties {
    object(json!({
        "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at),
        "name": name,
        "webUrl": "",
        "size": 0,
        "createdBy": by,
        "lastModifiedBy": by,
        "parentReference": {},
        "fileSystemInfo": {"createdDateTime": stamp(at), "lastModifiedDateTime": stamp(at)},
    }))
}

/// The permission that the owner has on everything.
pub(crate) fn owner_permission(owner: &Person) -> Properties {
    object(json!({"roles": ["owner"], "grantedToV2": owner.identity(), "grantedTo": owner.identity()}))
}

/// A sharing link.
pub(crate) fn link_permission(rng: &mut Rng, kind: &str, scope: &str, web_root: &str) -> Properties {
    let host = web_root.split("/personal/").next().unwrap_or(web_root);
    let share = text::random(rng, 32);
    let role = if kind == "edit" { "write" } else { "read" };
    object(json!({
        "roles": [role],
        "shareId": format!("u!{share}"),
        "hasPassword": false,
        "link": {"scope": scope, "type": kind, "webUrl": format!("{host}/:u:/g/personal/{share}"), "preventsDownload": false},
        "grantedToIdentitiesV2": [],
    }))
}

/// Width and height of a PNG.
pub(crate) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(8..16)?;
    let (width, height) = header.split_at(4);
    Some((u32::from_be_bytes(width.try_into().ok()?), u32::from_be_bytes(height.try_into().ok()?)))
}

/// Whether OneDrive takes this name for a file or folder.
pub(crate) fn is_good_name(name: &str) -> bool {
    const FORBIDDEN: &[char] = &['"', '*', ':', '<', '>', '?', '/', '\\', '|'];
    const RESERVED: &[&str] = &[".lock", "CON", "PRN", "AUX", "NUL", "desktop.ini", "_vti_"];
    let is_plain = !name.chars().any(|letter| letter.is_control() || FORBIDDEN.contains(&letter));
    let is_reserved = RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) || name.contains("_vti_");
    let is_trimmed = name.trim() == name && !name.ends_with('.') && !name.starts_with("~$");
    !name.is_empty() && name.chars().count() <= NAME_MAX && is_plain && is_trimmed && !is_reserved
}

/// `name`, then `name 1`, `name 2` … before the extension, as `conflictBehavior=rename` numbers them.
pub(crate) fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        _ if number == 0 => name.to_owned(),
        Some((stem, extension)) => format!("{stem} {number}.{extension}"),
        None => format!("{name} {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_names_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a*b",
            "a/b",
            "a\\b",
            "trailing.",
            " blank",
            "blank ",
            "CON",
            "~$x",
            "x_vti_y",
            &"a".repeat(400),
            "a\u{0}",
        ] {
            assert!(!is_good_name(name), "{name:?}");
        }
        for name in ["a.txt", "年度报告.docx", ".hidden", "#1 & 50%.md", &"a".repeat(255)] {
            assert!(is_good_name(name), "{name:?}");
        }
    }

    #[test]
    fn a_taken_name_is_numbered_before_its_extension() {
        assert_eq!(numbered("a.b.txt", 0), "a.b.txt");
        assert_eq!(numbered("a.b.txt", 2), "a.b 2.txt");
        assert_eq!(numbered("Folder", 1), "Folder 1");
        assert_eq!(numbered(".env", 1), ".env 1");
    }
}
