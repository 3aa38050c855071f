//! Contacts: people outside of the company, in the default folder and one more.

use serde_json::json;

use super::Seeding;
use super::words::CONTACTS;
use crate::objects::{contacts, place};
use crate::tenant::ids;
use crate::tenant::store::object;

impl Seeding<'_> {
    pub(super) fn contacts(&mut self) {
        let folders = place::contact_folders(&self.owner.id);
        let (main, suppliers) = (ids::outlook(self.rng), ids::outlook(self.rng));
        let default = json!({"parentFolderId": "", "displayName": "Contacts", "_wellKnown": "contacts"});
        self.create(&folders, "contactFolder", main.clone(), object(default));
        let other = json!({"parentFolderId": main, "displayName": "Suppliers"});
        self.create(&folders, "contactFolder", suppliers.clone(), object(other));
        for (number, person) in CONTACTS.iter().enumerate() {
            let folder = if number % 4 == 3 { &suppliers } else { &main };
            self.contact(folder, person);
        }
    }

    fn contact(&mut self, folder: &str, [given, surname, company, job, domain, country, city]: &[&str; 7]) {
        let name = format!("{given} {surname}");
        let local = company.chars().next().unwrap_or('x').to_ascii_lowercase();
        let mailbox = if given.is_ascii() {
            format!("{}.{surname}", given.to_lowercase()).to_lowercase()
        } else {
            format!("{local}.chen")
        };
        let properties = object(json!({
            "displayName": name,
            "givenName": given,
            "surname": surname,
            "companyName": company,
            "jobTitle": job,
            "emailAddresses": [{"name": name, "address": format!("{mailbox}@{domain}")}],
            "businessPhones": [format!("+1 425 555 {:04}", self.rng.below(10_000))],
            "businessAddress": {"city": city, "countryOrRegion": country},
        }));
        let made = self.ago(50_000);
        let contact = contacts::contact(&properties, folder, made);
        let (path, id) = (place::contacts(&self.owner.id, folder), ids::outlook(self.rng));
        self.create(&path, "contact", id, contact);
    }
}
