//! A mailbox: its folders, threads with colleagues, newsletters, invoices with a PDF, drafts, junk.

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::words::{COLLEAGUES_WRITE, INVOICES, Letter, NEWSLETTERS};
use super::{Seeding, small_files};
use crate::objects::{Person, mail, place};
use crate::tenant::ids;
use crate::tenant::store::{Properties, object};

/// Minutes of a week.
const WEEK: u64 = 7 * 24 * 60;
/// Threads of a new mailbox.
const THREADS: usize = 6;

/// The ids of the folders that letters go to.
struct Folders {
    inbox: String,
    sent: String,
    drafts: String,
    deleted: String,
    archive: String,
    junk: String,
}

impl Seeding<'_> {
    pub(super) fn mailbox(&mut self) {
        let folders = self.mail_folders();
        self.threads(&folders);
        self.newsletters(&folders);
        self.invoices(&folders);
        self.leftovers(&folders);
        self.outlook_settings();
    }

    fn mail_folders(&mut self) -> Folders {
        let root = self.well_known("", "msgfolderroot", "Top of Information Store", true);
        self.well_known(&root, "recoverableitemsdeletions", "Deletions", true);
        let mut made = Vec::new();
        for (name, shown) in mail::WELL_KNOWN_FOLDERS {
            made.push((*name, self.well_known(&root, name, shown, false)));
        }
        let id =
            |name: &str| made.iter().find(|(known, _)| *known == name).map(|(_, id)| id.clone()).unwrap_or_default();
        let inbox = id("inbox");
        for name in ["Projects", "Suppliers"] {
            let folder = mail::folder(name, &inbox);
            self.mail_folder(folder);
        }
        Folders {
            inbox,
            sent: id("sentitems"),
            drafts: id("drafts"),
            deleted: id("deleteditems"),
            archive: id("archive"),
            junk: id("junkemail"),
        }
    }

    fn well_known(&mut self, parent: &str, name: &str, shown: &str, hidden: bool) -> String {
        let mut folder = mail::folder(shown, parent);
        folder.insert("isHidden".to_owned(), json!(hidden));
        folder.insert("_wellKnown".to_owned(), json!(name));
        self.mail_folder(folder)
    }

    fn mail_folder(&mut self, folder: Properties) -> String {
        let id = ids::outlook(self.rng);
        let path = place::mail_folders(&self.owner.id);
        self.create(&path, "mailFolder", id.clone(), folder);
        id
    }

    fn threads(&mut self, folders: &Folders) {
        let first = self.rng.below(COLLEAGUES_WRITE.len() as u64) as usize;
        for number in 0..THREADS {
            let letter = &COLLEAGUES_WRITE[(first + number) % COLLEAGUES_WRITE.len()];
            let sender = self.colleague();
            let minutes = 60 + self.rng.below(3 * WEEK);
            let folder = if number == THREADS - 1 { &folders.archive } else { &folders.inbox };
            let conversation = self.receive(folder, &sender, letter, self.ago(minutes));
            if let Some(answer) = letter.answer {
                self.answer(folders, &sender, letter, answer, (conversation, self.ago(minutes - minutes / 3)));
            }
        }
    }

    /// The id of the conversation that the letter begins.
    fn receive(&mut self, folder: &str, sender: &Person, letter: &Letter, at: Timestamp) -> Value {
        let owner = self.owner.recipient();
        let mut message = self.letter(sender, letter.subject, &self.body(letter, sender), at);
        message.insert("toRecipients".to_owned(), json!([owner]));
        let is_read = self.rng.below(3) > 0;
        message.insert("isRead".to_owned(), json!(is_read));
        let conversation = message.get("conversationId").cloned().unwrap_or_default();
        self.put(folder, message);
        conversation
    }

    fn answer(
        &mut self,
        folders: &Folders,
        to: &Person,
        letter: &Letter,
        answer: &str,
        (conversation, at): (Value, Timestamp),
    ) {
        let owner = self.owner.clone();
        let body = format!("<html><body><p>{answer}</p><p>{}</p></body></html>", self.first_name());
        let mut message = self.letter(&owner, &format!("Re: {}", letter.subject), &body, at);
        message.extend(object(json!({"toRecipients": [to.recipient()], "conversationId": conversation})));
        self.put(&folders.sent, message);
    }

    fn newsletters(&mut self, folders: &Folders) {
        for (sender, letter) in NEWSLETTERS {
            let sender = Person::outside(sender.name, sender.address);
            let at = self.ago(120);
            let minutes = self.rng.below(2 * WEEK);
            let at = at.checked_sub(SignedDuration::from_mins(minutes as i64)).unwrap_or(at);
            let owner = self.owner.recipient();
            let mut message = self.letter(&sender, letter.subject, &self.body(letter, &sender), at);
            message
                .extend(object(json!({"toRecipients": [owner], "inferenceClassification": "other", "isRead": false})));
            self.put(&folders.inbox, message);
        }
    }

    fn invoices(&mut self, folders: &Folders) {
        for (number, sender) in INVOICES.iter().enumerate() {
            let sender = Person::outside(sender.name, sender.address);
            let invoice = 10_000 + self.rng.below(89_999);
            let amount = 80 + self.rng.below(4_000);
            let subject = format!("Invoice {invoice} for your order");
            let body = format!(
                "<html><body><p>Dear {},</p><p>please find attached our invoice {invoice} over EUR {amount}.00, due within 30 days.</p></body></html>",
                self.owner.name
            );
            let owner = self.owner.recipient();
            let mut message = self.letter(&sender, &subject, &body, self.ago(WEEK * (number as u64 + 1)));
            message.extend(object(
                json!({"toRecipients": [owner], "hasAttachments": true, "categories": ["Blue category"]}),
            ));
            let id = self.put(&folders.inbox, message);
            let file = mail::file_attachment(
                &format!("Invoice-{invoice}.pdf"),
                &small_files::pdf(&format!("Invoice {invoice}: EUR {amount}.00")),
            );
            self.attach(&folders.inbox, &id, &file);
        }
    }

    fn attach(&mut self, folder: &str, message: &str, file: &Properties) {
        let path = place::attachments(&place::messages(&self.owner.id, folder), message);
        let (id, attachment) = (ids::outlook(self.rng), mail::attachment(file, self.now));
        self.create(&path, "fileAttachment", id, attachment);
    }

    /// A draft, something deleted, something unwanted.
    fn leftovers(&mut self, folders: &Folders) {
        let (owner, colleague) = (self.owner.clone(), self.colleague());
        let mut draft = self.letter(
            &owner,
            "Ideas for the offsite",
            "<html><body><p>Three ideas so far: the lake, the mill, the mountain hut.</p></body></html>",
            self.ago(300),
        );
        draft.extend(object(json!({"isDraft": true, "toRecipients": [colleague.recipient()]})));
        self.put(&folders.drafts, draft);
        let old = self.letter(
            &colleague,
            "Canceled: stand-up",
            "<html><body><p>No stand-up today.</p></body></html>",
            self.ago(WEEK),
        );
        self.put(&folders.deleted, old);
        let stranger = Person::outside("Prize Department", "winner@prize.example");
        let junk = self.letter(
            &stranger,
            "You have won",
            "<html><body><p>Claim your prize today.</p></body></html>",
            self.ago(WEEK / 2),
        );
        self.put(&folders.junk, junk);
    }

    fn letter(&mut self, sender: &Person, subject: &str, body: &str, at: Timestamp) -> Properties {
        let given = object(json!({"subject": subject, "body": {"contentType": "html", "content": body}}));
        let draft = mail::draft(self.rng, &given, sender, at);
        mail::sent(draft, at)
    }

    fn body(&self, letter: &Letter, sender: &Person) -> String {
        let them = sender.name.split(' ').next().unwrap_or_default();
        let text = letter.body.replace("{me}", &self.first_name()).replace("{them}", them);
        format!("<html><body><p>{text}</p><p>{}</p></body></html>", sender.name)
    }

    fn put(&mut self, folder: &str, mut message: Properties) -> String {
        message.insert("parentFolderId".to_owned(), json!(folder));
        let id = ids::outlook(self.rng);
        let path = place::messages(&self.owner.id, folder);
        self.create(&path, "message", id.clone(), message);
        id
    }

    fn outlook_settings(&mut self) {
        let colours = ["Red", "Orange", "Yellow", "Green", "Blue", "Purple"];
        let presets = ["preset0", "preset1", "preset3", "preset4", "preset7", "preset8"];
        let categories = place::categories(&self.owner.id);
        for (colour, preset) in colours.iter().zip(presets) {
            let category = object(json!({"displayName": format!("{colour} category"), "color": preset}));
            let id = self.rng.uuid().to_string();
            self.create(&categories, "outlookCategory", id, category);
        }
        let rule = object(json!({
            "displayName": "Newsletters are read later", "isEnabled": true,
            "conditions": {"senderContains": ["digest@adatum.com"]}, "actions": {"assignCategories": ["Green category"]},
        }));
        let (rules, id) = (place::rules(&self.owner.id), ids::outlook(self.rng));
        self.create(&rules, "messageRule", id, mail::rule(&rule));
        self.create(
            &place::mailbox_settings(&self.owner.id.clone()),
            "mailboxSettings",
            "settings".to_owned(),
            mail::settings(),
        );
    }
}
