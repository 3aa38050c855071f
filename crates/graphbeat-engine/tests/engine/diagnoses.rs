//! Every failure that the sandbox can produce, in both modes, against the cause that it has to get.
//!
//! The tables are `diagnoses-application.txt` and `diagnoses-delegated.txt`: what goes wrong, which rule of the
//! knowledge explains it, who can mend it, and how the first step begins. `UPDATE_EXPECT=1` writes what is
//! found; read it before you keep it.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use expect_test::{ExpectFile, expect_file};
use graphbeat_base::CallId;
use graphbeat_catalog::{Catalog, Mode};
use graphbeat_core::explain::{Explanation, Knowledge, Observation};
use graphbeat_core::{Call, Language, Verdict};
use graphbeat_engine::Engine;
use graphbeat_store::{CallFilter, CallLog as _};
use serde_json::{Value, json};

use crate::world::World;

/// Failures of the table in each mode, at the least.
const FAULTS_MIN: usize = 120;
/// Of a hundred, so many may be unknown.
const UNKNOWN_PERCENT_MAX: usize = 2;
/// As much of the first step as the table shows.
const STEP_CHARACTERS: usize = 40;

#[tokio::test]
async fn each_failure_of_an_application_gets_its_cause_its_owner_and_its_first_step() {
    check(Mode::Application, &expect_file!["diagnoses-application.txt"]).await;
}

#[tokio::test]
async fn each_failure_of_a_person_gets_its_cause_its_owner_and_its_first_step() {
    check(Mode::Delegated, &expect_file!["diagnoses-delegated.txt"]).await;
}

async fn check(mode: Mode, table: &ExpectFile) {
    let lab = Lab::new(mode).await;
    let mut engines = HashMap::new();
    let mut found = String::new();
    let mut counted = BTreeSet::new();
    let mut unknown = Vec::new();
    let text = table.data();
    for line in text.lines() {
        let fault = line.split_once(" => ").map_or(line, |(fault, _)| fault);
        if fault.is_empty() || fault.starts_with('#') {
            let _ = writeln!(found, "{line}");
            continue;
        }
        let told = lab.explained(fault, &mut engines).await;
        assert!(counted.insert(fault), "`{fault}` stands twice in the table");
        if told.as_ref().is_none_or(|told| !told.known) {
            unknown.push(fault);
        }
        let _ = writeln!(found, "{fault} => {}", told.as_ref().map_or_else(|| "nothing failed".to_owned(), shown));
    }
    table.assert_eq(&found);
    assert!(counted.len() >= FAULTS_MIN, "{} failures", counted.len());
    assert!(unknown.len() * 100 <= counted.len() * UNKNOWN_PERCENT_MAX, "unknown: {unknown:?}");
}

/// `rule; who; the first step`.
fn shown(told: &Explanation) -> String {
    let step: String = told.steps.first().map(|step| step.chars().take(STEP_CHARACTERS).collect()).unwrap_or_default();
    format!("{}; {}; {}", told.rule.as_deref().unwrap_or("unknown"), told.who.word(), step.trim_end())
}

/// Where faults happen.
struct Lab {
    world: World,
    knowledge: Knowledge,
    catalog: Catalog,
    mode: Mode,
    account: &'static str,
}

impl Lab {
    async fn new(mode: Mode) -> Self {
        let world = World::fast().await;
        if mode == Mode::Delegated {
            world.sign_in().await;
        }
        Self {
            world,
            knowledge: Knowledge::builtin().expect("the knowledge"),
            catalog: Catalog::builtin().expect("the catalogue"),
            mode,
            account: if mode == Mode::Delegated { "person" } else { "a" },
        }
    }

    /// Lets the fault happen to one operation, and explains the last row that it left in the ledger.
    async fn explained(&self, fault: &str, engines: &mut HashMap<String, Engine>) -> Option<Explanation> {
        let Arranged { operation, faults, states } = arrange(fault);
        let before = self.world.latest_call().await;
        self.world.faults(faults).await;
        for (path, body, _) in &states {
            self.world.change(self.mode, path, body).await;
        }
        // Where the sign-in is to fail, no token may be there.
        let is_of_token = fault.starts_with("token ") || !states.is_empty();
        let fresh = || self.world.lone_engine(self.account, &operation);
        let engine = if is_of_token { fresh() } else { engines.entry(operation.clone()).or_insert_with(fresh).clone() };
        engine.check(engine.accounts()).await.expect("a report");
        self.world.faults(json!([])).await;
        for (path, _, back) in &states {
            self.world.change(self.mode, path, back).await;
        }
        self.world.start_afresh(self.account).await;
        let call = self.last_failure(before).await?;
        let seen = match self.catalog.operation(&call.operation) {
            Some(operation) => Observation::of_call(&call).of_operation(operation, self.mode),
            None => Observation::of_call(&call).in_mode(self.mode),
        };
        Some(self.knowledge.diagnose(&seen, Language::English))
    }

    async fn last_failure(&self, before: Option<CallId>) -> Option<Call> {
        let verdicts = vec![Verdict::Failed, Verdict::Throttled, Verdict::Expected];
        let filter = CallFilter { verdicts, after: before, limit: 1, ..CallFilter::default() };
        self.world.store.calls(filter).await.expect("the ledger").pop()
    }
}

/// What a fault of the table means for the sandbox.
struct Arranged {
    operation: String,
    faults: Value,
    /// Control requests: path, body, and the body that puts it back.
    states: Vec<(String, Value, Value)>,
}

/// `token 400 AADSTS50076`; `mail.messages.list 403 ErrorAccessDenied`; `mail.messages.list reset`;
/// `mail.messages.list text 503 <html>…`; `mail.messages.list body 400 {…}`; `user OPERATION {…} back {…}`.
fn arrange(fault: &str) -> Arranged {
    let (target, rest) = fault.split_once(' ').expect("a target");
    if ["user", "app", "grants", "policies"].contains(&target) {
        let (operation, rest) = rest.split_once(' ').expect("an operation");
        let (body, back) = rest.split_once(" back ").expect("what puts it back");
        let parse = |text: &str| serde_json::from_str(text).expect(text);
        let states = vec![(target.to_owned(), parse(body), parse(back))];
        return Arranged { operation: operation.to_owned(), faults: json!([]), states };
    }
    let of_token = target == "token";
    let operation = if of_token { "groups.groups.list" } else { target };
    let mut strikes = json!({"operation": target});
    let (word, detail) = rest.split_once(' ').unwrap_or((rest, ""));
    match word {
        "reset" | "truncate" => strikes["kind"] = json!(word),
        "text" | "body" => {
            let (status, body) = detail.split_once(' ').unwrap_or((detail, ""));
            strikes["status"] = json!(status.parse::<u16>().expect("a status"));
            strikes["body"] = json!(body);
            if word == "text" {
                strikes["kind"] = json!("text");
            }
        }
        status => {
            strikes["status"] = json!(status.parse::<u16>().expect(fault));
            let (code, wait) = detail.split_once("wait ").unwrap_or((detail, ""));
            if !code.trim().is_empty() {
                strikes["code"] = json!(code.trim());
            }
            if let Ok(seconds) = wait.parse::<u64>() {
                strikes["retry_after_s"] = json!(seconds);
            }
        }
    }
    Arranged { operation: operation.to_owned(), faults: json!([strikes]), states: Vec::new() }
}
