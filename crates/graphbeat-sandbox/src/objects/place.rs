//! Where in the store each kind of content lies.
//!
//! Messages lie under their folder, events under their calendar, contacts under their folder, so that a
//! folder's delta tells exactly the removals of that folder and a purged folder takes its content along.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The mail folders of a user, at every depth; `parentFolderId` says where each hangs.
pub(crate) fn mail_folders(user: &str) -> String {
    format!("users/{user}/mailFolders")
}

/// The messages of a folder.
pub(crate) fn messages(user: &str, folder: &str) -> String {
    format!("users/{user}/mailFolders/{folder}/messages")
}

/// The attachments of a message or an event in a collection.
pub(crate) fn attachments(collection: &str, item: &str) -> String {
    format!("{collection}/{item}/attachments")
}

/// The rules of the inbox.
pub(crate) fn rules(user: &str) -> String {
    format!("users/{user}/messageRules")
}

/// The master list of categories.
pub(crate) fn categories(user: &str) -> String {
    format!("users/{user}/outlook/masterCategories")
}

/// The mailbox's settings, one object.
pub(crate) fn mailbox_settings(user: &str) -> String {
    format!("users/{user}/mailboxSettings")
}

/// The calendar groups.
pub(crate) fn calendar_groups(user: &str) -> String {
    format!("users/{user}/calendarGroups")
}

/// The calendars of all groups.
pub(crate) fn calendars(user: &str) -> String {
    format!("users/{user}/calendars")
}

/// The events of a calendar.
pub(crate) fn events(user: &str, calendar: &str) -> String {
    format!("users/{user}/calendars/{calendar}/events")
}

/// The occurrences of a series that differ from it.
pub(crate) fn exceptions(events: &str, master: &str) -> String {
    format!("{events}/{master}/exceptions")
}

/// The contact folders, the default one included.
pub(crate) fn contact_folders(user: &str) -> String {
    format!("users/{user}/contactFolders")
}

/// The contacts of a folder.
pub(crate) fn contacts(user: &str, folder: &str) -> String {
    format!("users/{user}/contactFolders/{folder}/contacts")
}

/// What was deleted from calendars and contacts and lies in Deleted Items.
pub(crate) fn deleted_objects(user: &str) -> String {
    format!("users/{user}/deletedItems")
}

/// The task lists.
pub(crate) fn task_lists(user: &str) -> String {
    format!("users/{user}/todo/lists")
}

/// The tasks of a list.
pub(crate) fn tasks(user: &str, list: &str) -> String {
    format!("users/{user}/todo/lists/{list}/tasks")
}

/// All drives.
pub(crate) const DRIVES: &str = "drives";

/// The items of a drive, at every depth; `_parent` says where each hangs.
pub(crate) fn items(drive: &str) -> String {
    format!("drives/{drive}/items")
}

/// The versions of a file, the oldest first.
pub(crate) fn versions(drive: &str, item: &str) -> String {
    format!("drives/{drive}/items/{item}/versions")
}

/// The permissions of an item.
pub(crate) fn permissions(drive: &str, item: &str) -> String {
    format!("drives/{drive}/items/{item}/permissions")
}

/// What was deleted from a drive and not purged.
pub(crate) fn recycle_bin(drive: &str) -> String {
    format!("drives/{drive}/recycleBin")
}

/// The notebooks of a user.
pub(crate) fn notebooks(user: &str) -> String {
    format!("users/{user}/onenote/notebooks")
}

/// The section groups of a user; `_parent` says where each hangs.
pub(crate) fn section_groups(user: &str) -> String {
    format!("users/{user}/onenote/sectionGroups")
}

/// The sections of a user; `_parent` says where each hangs.
pub(crate) fn sections(user: &str) -> String {
    format!("users/{user}/onenote/sections")
}

/// The pages of a user; `_section` says where each hangs.
pub(crate) fn pages(user: &str) -> String {
    format!("users/{user}/onenote/pages")
}

/// The pages that were deleted: they stay in their notebook's recycle bin until the notebook goes.
pub(crate) fn deleted_pages(user: &str) -> String {
    format!("users/{user}/onenote/recycleBin")
}

/// The id of a user's drive. It holds the user's id, so that the one leads to the other without a table.
pub(crate) fn drive_of(user: &str) -> String {
    let user = user.parse::<Uuid>().unwrap_or_default();
    let mut bytes = [0_u8; 33];
    bytes[..16].copy_from_slice(user.as_bytes());
    bytes[16..32].copy_from_slice(&user.as_u128().rotate_left(53).to_be_bytes());
    bytes[32] = 0x2d;
    format!("b!{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The user whose drive has this id; `None` for a drive of a site or a group, and for no drive.
pub(crate) fn owner_of(drive: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(drive.strip_prefix("b!")?).ok()?;
    let user = Uuid::from_slice(bytes.get(..16)?).ok()?.to_string();
    (drive_of(&user) == drive).then_some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_leads_back_to_its_user() {
        let user = graphbeat_base::Rng::seeded(1).uuid().to_string();
        assert_eq!(owner_of(&drive_of(&user)), Some(user));
        for drive in ["", "b!", "b!AAAA", "x", "b!%%%"] {
            assert_eq!(owner_of(drive), None, "{drive}");
        }
    }
}
