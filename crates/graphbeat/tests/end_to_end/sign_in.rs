//! Sign-ins that are refused: the code is kept, the exit code says so, and nobody tries too often.

use serde_json::{Value, json};

use crate::support::{Home, Sandbox, by_device_code, by_federated_token, by_given_secret, by_secret, rows, text};

const CHECK: [&str; 5] = ["check", "--operation", "users.users.list", "--output", "json"];
const UNKNOWN: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// The rows of the ledger that hold a code of Entra's.
fn codes(home: &Home) -> Vec<String> {
    let log = home.log();
    let tokens = log.iter().filter(|row| row["stage"] == "TOKEN" && row["kind"] == "MSALER");
    tokens.map(|row| text(&row["code"]).to_owned()).collect()
}

/// Runs a check that is refused with this code of Entra's.
fn assert_refused(home: &Home, code: &str) {
    let run = home.run(&CHECK).ended_with(4);
    let report = run.json();
    let reason = text(&report["operations"][0]["reason"]);
    assert!(reason.contains(code), "{reason}");
    assert_eq!(report["operations"][0]["verdict"], "skipped");
    assert_eq!(codes(home), [code]);
}

#[test]
fn a_wrong_secret_keeps_its_code_and_is_tried_three_times_in_a_quarter_of_an_hour() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_given_secret(&sandbox, "app", "wrong-secret", "")]);
    for tries in 1..=3 {
        home.run(&CHECK).ended_with(4);
        assert_eq!(codes(&home), vec!["AADSTS7000215"; tries]);
    }
    let received = sandbox.requests().len();
    for _ in 0..2 {
        let run = home.run(&CHECK).ended_with(7);
        assert!(text(&run.json()["operations"][0]["reason"]).contains("AADSTS7000215"), "{run:?}");
    }
    home.run(&["account", "sign-in", "app"]).ended_with(7);
    assert_eq!(sandbox.requests().len(), received, "nothing was sent any more");
    let card = &home.json(&["status"])[0];
    assert_eq!((&card["state"], &card["code"]), (&json!("paused"), &json!("AADSTS7000215")));
    assert!(card["until"].is_string() && card["reason"].is_string(), "{card}");
}

#[test]
fn processes_that_sign_in_at_once_are_refused_three_times_together() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_given_secret(&sandbox, "app", "wrong-secret", "")]);
    let running: Vec<_> = (0..8).map(|_| home.start(&CHECK)).collect();
    let mut codes: Vec<i32> = running.into_iter().map(|one| one.end().code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [4, 4, 4, 7, 7, 7, 7, 7]);
    assert_eq!(sandbox.requests().len(), 3);
    by_secret(&sandbox, "app", "");
    let running: Vec<_> = (0..8).map(|_| home.start(&CHECK)).collect();
    for one in running {
        one.end().ended_with(0);
    }
}

#[test]
fn a_mended_secret_starts_afresh() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_given_secret(&sandbox, "app", "wrong-secret", "")]);
    for _ in 0..3 {
        home.run(&CHECK).ended_with(4);
    }
    by_secret(&sandbox, "app", "");
    home.run(&CHECK).ended_with(0);
    assert_eq!(home.json(&["status"])[0]["state"], "active");
}

#[test]
fn an_unknown_tenant_keeps_its_code() {
    let sandbox = Sandbox::start();
    let account = by_secret(&sandbox, "app", "").replace(sandbox.ready("/tenant_id"), UNKNOWN);
    assert_refused(&Home::of(&sandbox, &[account]), "AADSTS90002");
}

#[test]
fn an_unknown_application_keeps_its_code() {
    let sandbox = Sandbox::start();
    let account = by_secret(&sandbox, "app", "").replace(sandbox.ready("/apps/0/client_id"), UNKNOWN);
    assert_refused(&Home::of(&sandbox, &[account]), "AADSTS700016");
}

#[test]
fn an_expired_secret_keeps_its_code() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", "")]);
    sandbox.control("POST", "clock/advance", &json!({"seconds": 10 * 365 * 86_400}));
    assert_refused(&home, "AADSTS7000222");
}

#[test]
fn an_account_that_nobody_signed_in_for_says_so_and_sends_nothing() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    let run = home.run(&CHECK).ended_with(4);
    assert!(text(&run.json()["operations"][0]["reason"]).contains("graphbeat account sign-in person"), "{run:?}");
    assert_eq!(sandbox.requests(), Vec::<Value>::new());
    let card = &home.json(&["status"])[0];
    assert_eq!(card["state"], "needs-sign-in");
}

/// The state of an account after a sign-in that Entra answers with each code.
const STATES: &[(&str, u32, &str)] = &[
    ("person", 50034, "needs-sign-in"),
    ("person", 50053, "waiting"),
    ("person", 50055, "needs-sign-in"),
    ("person", 50057, "needs-sign-in"),
    ("person", 50072, "needs-sign-in"),
    ("person", 50074, "needs-sign-in"),
    ("person", 50076, "needs-sign-in"),
    ("person", 50079, "needs-sign-in"),
    ("person", 50126, "needs-sign-in"),
    ("person", 50173, "needs-sign-in"),
    ("person", 53003, "needs-sign-in"),
    ("person", 53011, "waiting"),
    ("person", 65001, "needs-sign-in"),
    ("person", 70008, "needs-sign-in"),
    ("person", 70043, "needs-sign-in"),
    ("person", 530_003, "needs-sign-in"),
    ("person", 700_082, "needs-sign-in"),
    ("app", 50196, "waiting"),
    ("app", 90002, "needs-sign-in"),
    ("app", 90033, "waiting"),
    ("app", 700_016, "needs-sign-in"),
    ("app", 700_024, "needs-sign-in"),
    ("app", 700_027, "needs-sign-in"),
    ("app", 7_000_112, "needs-sign-in"),
    ("app", 7_000_215, "needs-sign-in"),
    ("app", 7_000_218, "needs-sign-in"),
    ("app", 7_000_222, "needs-sign-in"),
];

#[test]
fn each_answer_of_entra_leads_to_its_state_and_a_wait_holds() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", ""), by_device_code(&sandbox, "person", "")]);
    home.sign_in(&sandbox, "person", 0);
    for &(account, code, state) in STATES {
        home.run(&["account", "resume", account]).ended_with(0);
        let fault = json!([{"operation": "token", "status": 400, "code": format!("AADSTS{code}")}]);
        sandbox.control("PUT", "faults", &fault);
        let check = ["check", "--account", account, "--operation", "users.users.list", "--output", "json"];
        let exit = if state == "waiting" { 7 } else { 4 };
        home.run(&check).ended_with(exit);
        let cards = home.json(&["status"]);
        let card = rows(&cards).iter().find(|card| card["account"] == account).expect("a card");
        assert_eq!(card["state"], state, "{code}: {card}");
        assert!(card["reason"].is_string(), "{code}: {card}");
        if state == "waiting" {
            assert!(card["until"].is_string(), "{code}: {card}");
            let received = sandbox.requests().len();
            home.run(&check).ended_with(7);
            assert_eq!(sandbox.requests().len(), received, "{code}: nothing is sent inside the wait");
        }
    }
    sandbox.control("PUT", "faults", &json!([]));
    for account in ["app", "person"] {
        home.run(&["account", "resume", account]).ended_with(0);
        home.run(&["check", "--account", account, "--operation", "users.users.list"]).ended_with(0);
    }
}

/// A token of the sandbox's test issuer for this workload, and the issuer's name.
fn workload_token(sandbox: &Sandbox, subject: &str) -> (String, String) {
    let answer = sandbox.control("POST", "assertions", &json!({"subject": subject}));
    (text(&answer["issuer"]).to_owned(), text(&answer["assertion"]).to_owned())
}

#[test]
fn a_workload_signs_in_with_the_token_that_lies_in_the_file_now() {
    let sandbox = Sandbox::start();
    let (issuer, token) = workload_token(&sandbox, "repo:contoso/app");
    let home = Home::of(&sandbox, &[by_federated_token(&sandbox, "ci", "ci.jwt")]);
    let file = home.path().join("ci.jwt");
    std::fs::write(&file, &token).expect("a file");
    assert_refused(&home, "AADSTS70025");
    assert_eq!(home.json(&["status"])[0]["state"], "needs-sign-in");
    sandbox.trust(&issuer, "repo:contoso/app");
    std::fs::write(&file, workload_token(&sandbox, "repo:contoso/other").1).expect("a file");
    assert_eq!(home.run(&CHECK).ended_with(4).json()["operations"][0]["verdict"], "skipped");
    assert_eq!(codes(&home), ["AADSTS70025", "AADSTS700213"]);
    std::fs::write(&file, &token).expect("a file");
    home.run(&CHECK).ended_with(0);
    assert_eq!(home.json(&["status"])[0]["state"], "active");
    assert!(home.log().iter().any(|row| row["operation"] == "token.federated" && row["verdict"] == "ok"));
}

#[test]
fn a_declined_code_ends_with_4() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    let mut running = home.start(&["account", "sign-in", "person", "--output", "json"]);
    let prompt = running.json_line();
    let declined = json!({"user_code": prompt["user_code"], "approve": false});
    sandbox.control("POST", "device", &declined);
    let run = running.end().ended_with(4);
    assert!(run.stderr.starts_with("error: "), "{run:?}");
    assert_eq!(home.json(&["status"])[0]["state"], "needs-sign-in");
}

#[test]
fn an_agent_with_a_wrong_secret_asks_three_times_and_no_more() {
    let sandbox = Sandbox::start();
    let more = "classes = [\"all\"]\nschedule = \"often\"";
    let home = Home::of(&sandbox, &[by_given_secret(&sandbox, "app", "wrong-secret", more)]);
    home.configure(&format!("[schedule.often]\ncover_every = \"1m\"\n\n{}", home.configuration()));
    let run = home.run(&["run", "--for", "5s", "--output", "json"]);
    let refused = codes(&home);
    assert!((1..=3).contains(&refused.len()), "{refused:?}");
    assert_eq!(rows(&home.json(&["log", "--stage", "REQUEST"])).len(), 0);
    assert_eq!(run.code, 4, "{run:?}");
}
