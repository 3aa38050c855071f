//! A drive: documents, workbooks, pictures and invoices in folders.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Seeding, small_files};
use crate::objects::{binder, files, place, tree};

impl Seeding<'_> {
    pub(super) fn drive(&mut self) {
        let drive = place::drive_of(&self.owner.id);
        let made = self.ago(100_000);
        self.create(place::DRIVES, "drive", drive.clone(), files::drive(&drive, self.owner, made));
        let root = tree::put(self.store, self.rng, &drive, "", files::root(&drive, self.owner, made), None);
        let documents = self.folder(&root, "Documents", Some("documents"));
        self.folder(&root, "Attachments", None);
        let pictures = self.folder(&root, "Pictures", Some("photos"));
        self.folder(&root, binder::NOTEBOOKS, None);
        let projects = self.folder(&documents, "Projects", None);
        self.documents(&documents, &projects);
        self.pictures(&pictures);
        self.file(
            &root,
            "Getting started.txt",
            b"Everything in this folder is yours. Files that you share show a small figure.\n".to_vec(),
        );
    }

    fn documents(&mut self, documents: &str, projects: &str) {
        let owner = self.owner.name.clone();
        self.file(
            documents,
            "Travel policy.docx",
            small_files::docx(&["Travel policy", "Trains before planes below 500 km.", "Receipts within 30 days."]),
        );
        self.file(
            documents,
            "Team notes.md",
            format!("# Team notes\n\n- Owner: {owner}\n- Stand-up at 09:15\n- Retro every second Thursday\n")
                .into_bytes(),
        );
        let invoice = 10_000 + self.rng.below(89_999);
        self.file(documents, &format!("Invoice-{invoice}.pdf"), small_files::pdf(&format!("Invoice {invoice}")));
        let budget = self.budget();
        self.file(projects, "Budget 2027.xlsx", small_files::xlsx(&budget));
        let csv: String = budget.iter().map(|row| format!("{}\r\n", row.join(","))).collect();
        self.file(projects, "Budget 2027.csv", csv.into_bytes());
        self.file(
            projects,
            "Project charter.docx",
            small_files::docx(&["Project charter", "Goal: one export for all regions.", "End: 30 June."]),
        );
        self.file(projects, "会议纪要.txt", "议题：预算、上线时间、责任人。\n".as_bytes().to_vec());
    }

    fn budget(&mut self) -> Vec<Vec<String>> {
        let mut rows = vec![vec!["Month".to_owned(), "Travel".to_owned(), "Licences".to_owned()]];
        for month in ["January", "February", "March", "April", "May", "June"] {
            let (travel, licences) = (400 + self.rng.below(2_000), 900 + self.rng.below(300));
            rows.push(vec![month.to_owned(), travel.to_string(), licences.to_string()]);
        }
        rows
    }

    fn pictures(&mut self, pictures: &str) {
        for name in ["Lake at dawn.png", "Whiteboard 3.png"] {
            let mut colours = [0; 6];
            self.rng.fill(&mut colours);
            let [a, b, c, d, e, f] = colours;
            self.file(pictures, name, small_files::png(96, 64, [a, b, c], [d, e, f]));
        }
    }

    fn folder(&mut self, parent: &str, name: &str, special: Option<&str>) -> String {
        let made = self.ago(90_000);
        let mut folder = files::folder(name, self.owner.identity(), made);
        if let Some(special) = special {
            folder.insert("specialFolder".to_owned(), json!({"name": special}));
        }
        let drive = place::drive_of(&self.owner.id);
        tree::put(self.store, self.rng, &drive, parent, folder, None)
    }

    fn file(&mut self, parent: &str, name: &str, bytes: Vec<u8>) {
        let minutes = 500 + self.rng.below(60_000);
        let by: Value = self.owner.identity();
        let file = files::file(name, &bytes, by, self.ago(minutes));
        let drive = place::drive_of(&self.owner.id);
        tree::put(self.store, self.rng, &drive, parent, file, Some(Bytes::from(bytes)));
    }
}
