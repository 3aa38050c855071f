//! Contacts.

use graphbeat_base::Timestamp;
use serde_json::{Value, json};

use super::{completed, without};
use crate::tenant::ids::stamp;
use crate::tenant::store::Properties;

/// What only the service sets on a contact.
const READ_ONLY: &[&str] = &["id", "createdDateTime", "lastModifiedDateTime", "changeKey", "parentFolderId"];

/// A new contact of a folder.
pub(crate) fn contact(given: &Properties, folder: &str, at: Timestamp) -> Properties {
    let defaults = json!({
        "createdDateTime": stamp(at), "lastModifiedDateTime": stamp(at), "categories": [], "parentFolderId": folder,
        "birthday": null, "fileAs": "", "displayName": "", "givenName": null, "initials": null, "middleName": null,
        "nickName": null, "surname": null, "title": null, "yomiGivenName": null, "yomiSurname": null,
        "yomiCompanyName": null, "generation": null, "imAddresses": [], "jobTitle": null, "companyName": null,
        "department": null, "officeLocation": null, "profession": null, "businessHomePage": null,
        "assistantName": null, "manager": null, "homePhones": [], "mobilePhone": null, "businessPhones": [],
        "spouseName": null, "personalNotes": "", "children": [], "emailAddresses": [], "homeAddress": {},
        "businessAddress": {}, "otherAddress": {},
    });
    let mut contact = completed(defaults, &changes(given));
    settle(&mut contact);
    contact
}

/// What a change may set of a contact.
pub(crate) fn changes(given: &Properties) -> Properties {
    without(given.clone(), READ_ONLY)
}

/// Names that nobody gave follow from the others.
pub(crate) fn settle(contact: &mut Properties) {
    let text =
        |contact: &Properties, name: &str| contact.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (given, surname) = (text(contact, "givenName"), text(contact, "surname"));
    if text(contact, "displayName").is_empty() {
        contact.insert("displayName".to_owned(), Value::String(format!("{given} {surname}").trim().to_owned()));
    }
    if text(contact, "fileAs").is_empty() {
        let file_as = if surname.is_empty() { text(contact, "displayName") } else { format!("{surname}, {given}") };
        contact.insert("fileAs".to_owned(), Value::String(file_as.trim_end_matches([',', ' ']).to_owned()));
    }
}
