//! Notebooks and the drive items that hold them. A notebook is a folder in `Notebooks` of its owner's
//! drive, a section a `.one` file in it, a section group a folder: OneNote has no call to delete them,
//! their drive items are deleted instead.

use bytes::Bytes;
use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};

use super::tree::{self, Fate};
use super::{Person, files, onenote, place};
use crate::tenant::ids;
use crate::tenant::store::{Properties, Store};

/// The folder of the drive that holds the notebooks.
pub(crate) const NOTEBOOKS: &str = "Notebooks";

/// Who makes something in a notebook, where and when.
#[derive(Debug)]
pub(crate) struct Binder<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) rng: &'a mut Rng,
    pub(crate) owner: &'a Person,
    pub(crate) at: Timestamp,
}

impl Binder<'_> {
    /// A new notebook; its id.
    pub(crate) fn notebook(&mut self, name: &str) -> String {
        let drive = place::drive_of(&self.owner.id);
        let shelf = self.shelf(&drive);
        let mut folder = files::folder(name, self.owner.identity(), self.at);
        folder.insert("package".to_owned(), json!({"type": "oneNote"}));
        let item = tree::put(self.store, self.rng, &drive, &shelf, folder, None);
        let notebook = onenote::notebook(name, self.owner, self.at);
        let id = ids::onenote(self.rng);
        self.keep(&place::notebooks(&self.owner.id), "notebook", &id, (notebook, &item, "", &id));
        id
    }

    /// A new section in a notebook or section group.
    pub(crate) fn section(&mut self, parent: &str, name: &str) -> Option<String> {
        let (folder, notebook) = self.holder(parent)?;
        let bytes = Bytes::from(format!("OneNote section {name}"));
        let file = files::file(&format!("{name}.one"), &bytes, self.owner.identity(), self.at);
        let item = tree::put(self.store, self.rng, &place::drive_of(&self.owner.id), &folder, file, Some(bytes));
        let section = onenote::section(name, self.owner, self.at);
        let id = ids::onenote(self.rng);
        self.keep(&place::sections(&self.owner.id), "onenoteSection", &id, (section, &item, parent, &notebook));
        Some(id)
    }

    /// A new section group in a notebook or section group.
    pub(crate) fn section_group(&mut self, parent: &str, name: &str) -> Option<String> {
        let (folder, notebook) = self.holder(parent)?;
        let made = files::folder(name, self.owner.identity(), self.at);
        let item = tree::put(self.store, self.rng, &place::drive_of(&self.owner.id), &folder, made, None);
        let group = onenote::section_group(name, self.owner, self.at);
        let id = ids::onenote(self.rng);
        self.keep(&place::section_groups(&self.owner.id), "sectionGroup", &id, (group, &item, parent, &notebook));
        Some(id)
    }

    /// A new page in a section, from its HTML.
    pub(crate) fn page(&mut self, section: &str, html: &str, app_id: &str) -> Option<String> {
        let notebook = self.store.get(&place::sections(&self.owner.id), section)?.text("_notebook").to_owned();
        let mut page = onenote::page(html, app_id, self.at);
        page.insert("_section".to_owned(), json!(section));
        page.insert("_notebook".to_owned(), json!(notebook));
        let id = format!("1-{}!{section}", self.rng.uuid().simple());
        let path = place::pages(&self.owner.id);
        let entity = self.store.create(&path, "onenotePage", id.clone(), Value::Object(page));
        entity.content = Some(Bytes::from(onenote::stored(html, self.at)));
        Some(id)
    }

    /// The folder of the drive that holds the notebooks, made where it is missing.
    fn shelf(&mut self, drive: &str) -> String {
        let root = tree::root(self.store, drive).map(|root| root.id().to_owned()).unwrap_or_default();
        if let Some(folder) = tree::child_named(self.store, drive, &root, NOTEBOOKS) {
            return folder.id().to_owned();
        }
        let folder = files::folder(NOTEBOOKS, self.owner.identity(), self.at);
        tree::put(self.store, self.rng, drive, &root, folder, None)
    }

    /// The drive item and the notebook of a notebook or section group.
    fn holder(&self, id: &str) -> Option<(String, String)> {
        let notebooks = self.store.get(&place::notebooks(&self.owner.id), id);
        let holder = notebooks.or_else(|| self.store.get(&place::section_groups(&self.owner.id), id))?;
        Some((holder.text("_item").to_owned(), holder.text("_notebook").to_owned()))
    }

    fn keep(
        &mut self,
        path: &str,
        kind: &'static str,
        id: &str,
        (mut object, item, parent, notebook): (Properties, &str, &str, &str),
    ) {
        for (name, value) in [("_item", item), ("_parent", parent), ("_notebook", notebook)] {
            object.insert(name.to_owned(), json!(value));
        }
        self.store.create(path, kind, id.to_owned(), Value::Object(object));
    }
}

/// Takes away what the drive items held: into the notebooks' bin, or for good.
pub(crate) fn follow(store: &mut Store, user: &str, items: &[String], fate: Fate) {
    let bin = place::deleted_pages(user);
    let mut gone = Vec::new();
    for path in [place::notebooks(user), place::section_groups(user), place::sections(user), bin.clone()] {
        let held = store.list(&path).filter(|object| items.iter().any(|item| item == object.text("_item")));
        let held: Vec<String> = held.map(|object| object.id().to_owned()).collect();
        gone.extend(held.iter().cloned());
        held.iter().for_each(|id| take(store, &path, id, &bin, fate));
    }
    if gone.is_empty() {
        return;
    }
    for path in [place::pages(user), bin.clone()] {
        let is_in = |id: &str| gone.iter().any(|held| held == id);
        let pages = store.list(&path).filter(|page| is_in(page.text("_section")) || is_in(page.text("_notebook")));
        let pages: Vec<String> = pages.map(|page| page.id().to_owned()).collect();
        pages.iter().for_each(|id| take(store, &path, id, &bin, fate));
    }
}

fn take(store: &mut Store, path: &str, id: &str, bin: &str, fate: Fate) {
    match fate {
        Fate::Gone => {
            store.purge(path, id);
        }
        Fate::Bin if path != bin => {
            store.relocate(path, id, bin);
        }
        Fate::Bin => {}
    }
}

/// How many OneNote objects a user's drive holds: above a limit OneNote refuses to list them.
pub(crate) fn count(store: &Store, user: &str) -> usize {
    [place::notebooks(user), place::section_groups(user), place::sections(user)]
        .iter()
        .map(|path| store.count(path))
        .sum()
}
