//! Notebooks: one of the owner's, with sections and pages.

use super::Seeding;
use super::words::NOTES;
use crate::objects::binder::Binder;
use crate::objects::place;
use serde_json::json;

/// The client id of OneNote itself, which made the seeded pages.
const ONENOTE_APP: &str = "2d4d3d8e-2be3-4bef-9f87-7875a61c29de";

impl Seeding<'_> {
    pub(super) fn notebooks(&mut self) {
        let name = format!("{}'s Notebook", self.first_name()).replace('\'', "");
        let at = self.ago(70_000);
        let mut binder = Binder { store: self.store, rng: self.rng, owner: self.owner, at };
        let notebook = binder.notebook(&name);
        for (section, pages) in NOTES {
            let Some(section) = binder.section(&notebook, section) else { continue };
            for (title, text) in *pages {
                let html = format!("<html><head><title>{title}</title></head><body><p>{text}</p></body></html>");
                binder.page(&section, &html, ONENOTE_APP);
            }
        }
        let path = place::notebooks(&self.owner.id);
        if let Some(notebook) = self.store.get_mut(&path, &notebook) {
            notebook.properties.insert("isDefault".to_owned(), json!(true));
        }
    }
}
