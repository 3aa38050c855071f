//! The tree of a drive: items by their folder and by their path, and what of a folder follows from its
//! content. Names are compared without regard to case, as OneDrive compares them.

use bytes::Bytes;
use graphbeat_base::{Rng, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Person, files, place};
use crate::tenant::ids;
use crate::tenant::store::{Entity, Properties, Store, object};

/// Folders in folders.
const DEPTH_MAX: usize = 64;
/// Versions that a file keeps; the oldest leave first.
const VERSIONS_MAX: usize = 500;
/// What of a name is escaped in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The items of a folder, oldest first.
pub(crate) fn children<'s>(store: &'s Store, drive: &str, folder: &str) -> impl DoubleEndedIterator<Item = &'s Entity> {
    store.list(&place::items(drive)).filter(move |item| item.text("_parent") == folder)
}

/// The item of a name in a folder.
pub(crate) fn child_named<'s>(store: &'s Store, drive: &str, folder: &str, name: &str) -> Option<&'s Entity> {
    let name = name.to_lowercase();
    children(store, drive, folder).find(|item| item.text("name").to_lowercase() == name)
}

/// The root folder of a drive.
pub(crate) fn root<'s>(store: &'s Store, drive: &str) -> Option<&'s Entity> {
    store.list(&place::items(drive)).find(|item| item.properties.contains_key("root"))
}

/// The item that a path leads to from a folder.
pub(crate) fn at_path<'s>(store: &'s Store, drive: &str, from: &'s Entity, path: &str) -> Option<&'s Entity> {
    let names = path.split('/').filter(|name| !name.is_empty());
    names.take(DEPTH_MAX).try_fold(from, |folder, name| child_named(store, drive, folder.id(), name))
}

/// An item and everything below it, from the top.
pub(crate) fn subtree(store: &Store, drive: &str, id: &str) -> Vec<String> {
    let mut all = vec![id.to_owned()];
    let mut next = 0;
    while let Some(folder) = all.get(next).cloned() {
        all.extend(children(store, drive, &folder).map(|item| item.id().to_owned()));
        next += 1;
    }
    all
}

/// Whether `id` is `folder` or lies somewhere in it.
pub(crate) fn is_inside(store: &Store, drive: &str, id: &str, folder: &str) -> bool {
    let mut at = id.to_owned();
    for _ in 0..DEPTH_MAX {
        if at == folder {
            return true;
        }
        match store.get(&place::items(drive), &at) {
            Some(item) => at = item.text("_parent").to_owned(),
            None => return false,
        }
    }
    false
}

/// How many folders lie above an item.
pub(crate) fn depth(store: &Store, drive: &str, id: &str) -> usize {
    let parent = |id: &String| store.get(&place::items(drive), id).map(|item| item.text("_parent").to_owned());
    std::iter::successors(parent(&id.to_owned()), parent).take(DEPTH_MAX).filter(|id| !id.is_empty()).count()
}

/// Gives a document library its root, with a first file.
pub(crate) fn furnish(store: &mut Store, rng: &mut Rng, drive: &str, at: Timestamp) {
    let Some(url) = store.get(place::DRIVES, drive).map(|it| it.get("webUrl").clone()) else { return };
    let system = Person::outside("System Account", "");
    let by = json!({"user": {"displayName": system.name}});
    let mut root = files::root(drive, &system, at);
    root.extend(object(json!({
        "webUrl": url, "createdBy": by, "lastModifiedBy": by,
        "parentReference": {"driveType": "documentLibrary", "driveId": drive},
    })));
    let root = put(store, rng, drive, "", root, None);
    let text = Bytes::from_static(b"What the team shares lies here.\n");
    put(store, rng, drive, &root, files::file("Read me.txt", &text, by, at), Some(text));
}

/// Puts a new item into a folder; a file comes with its bytes, which become its first version.
pub(crate) fn put(
    store: &mut Store,
    rng: &mut Rng,
    drive: &str,
    folder: &str,
    item: Properties,
    bytes: Option<Bytes>,
) -> String {
    let id = ids::drive_item(rng);
    let kept = item.clone();
    let entity = store.create(&place::items(drive), "driveItem", id.clone(), Value::Object(item));
    entity.properties.insert("_parent".to_owned(), json!(folder));
    entity.content = bytes.clone();
    label(store, drive, &id);
    if let Some(bytes) = bytes {
        let by = kept.get("lastModifiedBy").cloned().unwrap_or_default();
        let at = kept.get("lastModifiedDateTime").cloned().unwrap_or_default();
        add_version(store, drive, &id, bytes, (by, at));
    }
    refresh(store, drive, folder);
    id
}

/// Gives a file new bytes: one version more.
pub(crate) fn write(store: &mut Store, drive: &str, id: &str, bytes: Bytes, by: &Value, at: Timestamp) {
    let Some(item) = store.get_mut(&place::items(drive), id) else { return };
    let (name, folder) = (item.text("name").to_owned(), item.text("_parent").to_owned());
    let stamp = ids::stamp(at);
    item.properties.insert("size".to_owned(), json!(bytes.len()));
    item.properties.insert("file".to_owned(), files::facet(&name, &bytes));
    item.properties.insert("lastModifiedBy".to_owned(), by.clone());
    touch(&mut item.properties, &stamp);
    item.content = Some(bytes.clone());
    add_version(store, drive, id, bytes, (by.clone(), json!(stamp)));
    refresh(store, drive, &folder);
}

/// Sets the times of a change.
pub(crate) fn touch(item: &mut Properties, stamp: &str) {
    item.insert("lastModifiedDateTime".to_owned(), json!(stamp));
    if let Some(info) = item.get_mut("fileSystemInfo").and_then(Value::as_object_mut) {
        info.insert("lastModifiedDateTime".to_owned(), json!(stamp));
    }
}

fn add_version(store: &mut Store, drive: &str, id: &str, bytes: Bytes, (by, at): (Value, Value)) {
    let path = place::versions(drive, id);
    let newest = store.list(&path).next_back().and_then(|version| version.id().split('.').next()?.parse::<u64>().ok());
    let version = json!({"lastModifiedDateTime": at, "size": bytes.len(), "lastModifiedBy": by});
    let entity = store.create(&path, "driveItemVersion", format!("{}.0", newest.unwrap_or(0) + 1), version);
    entity.content = Some(bytes);
    if store.count(&path) > VERSIONS_MAX {
        let oldest = store.list(&path).next().map(|version| version.id().to_owned());
        store.purge(&path, &oldest.unwrap_or_default());
    }
}

/// Sets what of an item follows from its place, in it and in everything below it.
pub(crate) fn label(store: &mut Store, drive: &str, id: &str) {
    for id in subtree(store, drive, id) {
        let Some((reference, url)) = placed(store, drive, &id) else { continue };
        if let Some(item) = store.get_mut(&place::items(drive), &id) {
            item.properties.insert("parentReference".to_owned(), reference);
            item.properties.insert("webUrl".to_owned(), Value::String(url));
        }
    }
}

/// `parentReference` and `webUrl` of an item.
fn placed(store: &Store, drive: &str, id: &str) -> Option<(Value, String)> {
    let items = place::items(drive);
    let item = store.get(&items, id)?;
    let parent = store.get(&items, item.text("_parent"))?;
    let above = match parent.get("parentReference").get("path").and_then(Value::as_str) {
        Some(path) => format!("{path}/{}", utf8_percent_encode(parent.text("name"), ESCAPED)),
        None => format!("/drives/{drive}/root:"),
    };
    let kind = store.get(place::DRIVES, drive).map_or("business", |it| it.text("driveType"));
    let reference = json!({
        "driveType": kind, "driveId": drive, "id": parent.id(), "name": parent.text("name"), "path": above,
    });
    Some((reference, format!("{}/{}", parent.text("webUrl"), utf8_percent_encode(item.text("name"), ESCAPED))))
}

/// Sets what of a folder follows from its content, in it, in the folders above and in the drive's quota.
pub(crate) fn refresh(store: &mut Store, drive: &str, folder: &str) {
    let mut at = folder.to_owned();
    for _ in 0..DEPTH_MAX {
        if at.is_empty() {
            break;
        }
        let (count, size) = children(store, drive, &at)
            .fold((0_u64, 0_u64), |(count, size), item| (count + 1, size + item.get("size").as_u64().unwrap_or(0)));
        let Some(item) = store.get_mut(&place::items(drive), &at) else { break };
        item.properties.insert("size".to_owned(), json!(size));
        item.properties.insert("folder".to_owned(), json!({"childCount": count}));
        at = item.text("_parent").to_owned();
    }
    refresh_quota(store, drive);
}

fn refresh_quota(store: &mut Store, drive: &str) {
    let used = root(store, drive).and_then(|root| root.get("size").as_u64()).unwrap_or(0);
    let sizes = store.list(&place::recycle_bin(drive)).filter(|item| item.get("folder").is_null());
    let deleted = sizes.filter_map(|item| item.get("size").as_u64()).sum();
    let quota = object(json!({"quota": files::quota(used + deleted, deleted)}));
    store.patch(place::DRIVES, drive, quota);
}

/// Takes an item and everything below it away: into the recycle bin, or for good. The ids that left.
pub(crate) fn remove(store: &mut Store, drive: &str, id: &str, fate: Fate) -> Vec<String> {
    let folder = store.get(&place::items(drive), id).map(|item| item.text("_parent").to_owned()).unwrap_or_default();
    let gone = subtree(store, drive, id);
    for id in gone.iter().rev() {
        match fate {
            Fate::Bin => {
                store.relocate(&place::items(drive), id, &place::recycle_bin(drive));
            }
            Fate::Gone => {
                store.purge(&place::items(drive), id);
            }
        }
    }
    refresh(store, drive, &folder);
    gone
}

/// Where something goes that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Bin,
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRIVE: &str = "b!x";

    fn drive() -> (Store, Rng, String) {
        let (mut store, mut rng) = (Store::default(), Rng::seeded(1));
        let owner =
            Person { id: "u".to_owned(), name: "U".to_owned(), address: "u@contoso.onmicrosoft.com".to_owned() };
        let at = Timestamp::UNIX_EPOCH;
        store.create(place::DRIVES, "drive", DRIVE.to_owned(), Value::Object(files::drive(DRIVE, &owner, at)));
        let root = put(&mut store, &mut rng, DRIVE, "", files::root(DRIVE, &owner, at), None);
        (store, rng, root)
    }

    fn add(store: &mut Store, rng: &mut Rng, folder: &str, name: &str, bytes: Option<&'static [u8]>) -> String {
        let item = match bytes {
            Some(bytes) => files::file(name, bytes, Value::Null, Timestamp::UNIX_EPOCH),
            None => files::folder(name, Value::Null, Timestamp::UNIX_EPOCH),
        };
        put(store, rng, DRIVE, folder, item, bytes.map(Bytes::from_static))
    }

    #[test]
    fn an_item_is_found_by_its_path_and_knows_its_place() {
        let (mut store, mut rng, root_id) = drive();
        let folder = add(&mut store, &mut rng, &root_id, "Größe 1", None);
        let file = add(&mut store, &mut rng, &folder, "a.txt", Some(b"abc"));
        let root = root(&store, DRIVE).expect("a root");
        let found = at_path(&store, DRIVE, root, "/GRÖßE 1/A.TXT").expect("the file");
        assert_eq!(found.id(), file);
        assert_eq!(found.get("parentReference")["path"], "/drives/b!x/root:/Gr%C3%B6%C3%9Fe%201");
        assert_eq!(root.get("size"), &json!(3));
        assert_eq!(root.get("folder"), &json!({"childCount": 1}));
        assert!(is_inside(&store, DRIVE, &file, &root_id) && !is_inside(&store, DRIVE, &root_id, &file));
        assert_eq!(depth(&store, DRIVE, &file), 2);
    }

    #[test]
    fn each_writing_is_a_version_and_purging_takes_all() {
        let (mut store, mut rng, root_id) = drive();
        let empty = store.clone();
        let folder = add(&mut store, &mut rng, &root_id, "f", None);
        let file = add(&mut store, &mut rng, &folder, "a.txt", Some(b"abc"));
        write(&mut store, DRIVE, &file, Bytes::from_static(b"abcdef"), &Value::Null, Timestamp::UNIX_EPOCH);
        let versions: Vec<&str> = store.list(&place::versions(DRIVE, &file)).map(Entity::id).collect();
        assert_eq!(versions, ["1.0", "2.0"]);
        assert_eq!(store.get(place::DRIVES, DRIVE).expect("the drive").get("quota")["used"], 6);
        assert_eq!(remove(&mut store, DRIVE, &folder, Fate::Gone).len(), 2);
        assert_eq!(store.count(&place::items(DRIVE)), empty.count(&place::items(DRIVE)));
        assert_eq!(store.count(&place::versions(DRIVE, &file)), 0);
        assert_eq!(store.get(place::DRIVES, DRIVE).expect("the drive").get("quota")["used"], 0);
    }
}
