//! No command signs in past the guard: three refused sign-ins in a quarter of an hour, over all commands and
//! processes, and none within a wait.

use serde_json::{Value, json};

use crate::set_up::{event, init, register_by_hand, run, set_up, start};
use crate::support::{Home, Running, Sandbox, by_device_code, text};

const EXHAUSTED: &str = "paused after 3 refused sign-ins";

/// The requests for tokens that came in, and how many of them were refused.
fn sign_ins(sandbox: &Sandbox) -> (usize, usize) {
    let requests = sandbox.requests();
    let tokens: Vec<&Value> =
        requests.iter().filter(|request| text(&request["path"]).ends_with("/oauth2/v2.0/token")).collect();
    let refused = tokens.iter().filter(|token| token["status"].as_u64().is_some_and(|status| status >= 400));
    (tokens.len(), refused.count())
}

/// Entra answers these requests for tokens so.
fn refuse(sandbox: &Sandbox, operation: &str, code: &str) {
    sandbox.control("PUT", "faults", &json!([{"operation": operation, "status": 400, "code": code}]));
}

/// Signs in at the page that a command shows, as the first user.
fn sign_in_at_the_page(sandbox: &Sandbox, running: &mut Running, event: &str) {
    loop {
        let line = running.json_line();
        if line["event"] == event {
            return drop(sandbox.browse(text(&line["url"]), 0, "accept"));
        }
    }
}

#[test]
fn a_set_up_whose_key_entra_does_not_know_signs_in_three_times_and_then_sends_nothing() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let first = run(&home, &init(&sandbox, "application", &[])).ended_with(2);
    // The owner has forgotten to save the manifest.
    let [client_id, _] = register_by_hand(&sandbox, &event(&first, "register"), false);
    let again = init(&sandbox, "application", &["--client-id", &client_id]);
    for _ in 0..3 {
        let run = run(&home, &again).ended_with(4);
        assert!(run.stderr.contains("AADSTS700025") && run.stderr.contains("save the manifest"), "{run:?}");
    }
    assert_eq!(sign_ins(&sandbox).1, 3);
    let received = sandbox.requests().len();
    for _ in 0..2 {
        let run = run(&home, &again).ended_with(7);
        assert!(run.stderr.contains(EXHAUSTED) && run.stderr.contains("AADSTS700025"), "{run:?}");
        assert!(run.stderr.contains("run the same command again after"), "{run:?}");
    }
    assert_eq!(sandbox.requests().len(), received, "nothing was sent any more");
}

#[test]
fn a_persons_refused_sign_ins_count_over_set_up_and_account() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let first = run(&home, &init(&sandbox, "application", &[])).ended_with(2);
    let [client_id, _] = register_by_hand(&sandbox, &event(&first, "register"), true);
    refuse(&sandbox, "token.auth-code", "AADSTS50076");
    let again = init(&sandbox, "application", &["--client-id", &client_id]);
    for _ in 0..3 {
        let mut running = start(&home, &again);
        sign_in_at_the_page(&sandbox, &mut running, "sign-in");
        let run = running.end().ended_with(4);
        assert!(run.stderr.contains("AADSTS50076"), "{run:?}");
    }
    let received = sign_ins(&sandbox);
    assert_eq!(received.1, 3);
    let run = run(&home, &again).ended_with(7);
    assert!(run.stderr.contains(EXHAUSTED), "{run:?}");
    assert!(!run.stdout.contains("\"sign-in\""), "nobody is sent to a page in vain: {run:?}");
    assert_eq!(sign_ins(&sandbox).1, 3);
}

#[test]
fn a_device_code_that_is_refused_counts_once_and_its_polls_do_not() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    sandbox.control("PATCH", &format!("users/{}", sandbox.ready("/users/0/id")), &json!({"enabled": false}));
    for _ in 0..3 {
        let mut running = home.start(&["account", "sign-in", "person", "--output", "json"]);
        let prompt = running.json_line();
        let user_id = sandbox.ready("/users/0/id");
        let approval = json!({"user_code": prompt["user_code"], "user_id": user_id, "approve": true});
        sandbox.control("POST", "device", &approval);
        let run = running.end().ended_with(4);
        assert!(run.stderr.contains("AADSTS50057"), "{run:?}");
    }
    let received = sandbox.requests().len();
    let run = home.run(&["account", "sign-in", "person", "--output", "json"]).ended_with(7);
    assert!(run.stderr.contains(EXHAUSTED), "{run:?}");
    assert_eq!(sandbox.requests().len(), received);
    home.run(&["account", "resume", "person"]).ended_with(0);
    sandbox.control("PATCH", &format!("users/{}", sandbox.ready("/users/0/id")), &json!({"enabled": true}));
    home.sign_in(&sandbox, "person", 0);
}

#[test]
fn every_command_shares_the_refusals_of_an_accounts_credential() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let [client_id, _] = set_up(&sandbox, &home);
    sandbox.control("PATCH", &format!("apps/{client_id}"), &json!({"enabled": false}));
    let before = sign_ins(&sandbox).1;
    let check = ["check", "--account", "acme"];
    for arguments in [&check[..], &["doctor"], &["account", "sign-in", "acme"]] {
        let code = home.run(arguments).code;
        assert_eq!(code, 4, "{arguments:?}");
    }
    assert_eq!(sign_ins(&sandbox).1 - before, 3);
    let received = sign_ins(&sandbox).0;
    let run = home.run(&["app", "rotate", "acme", "--yes"]).ended_with(7);
    assert!(run.stderr.contains(EXHAUSTED) && run.stderr.contains("AADSTS7000112"), "{run:?}");
    for arguments in [&check[..], &["account", "sign-in", "acme"], &["doctor"]] {
        home.run(arguments).ended_with(7);
    }
    assert_eq!(sign_ins(&sandbox).0, received, "no request for a token left");
}

#[test]
fn a_rotation_whose_proofs_are_refused_stops_before_a_fourth_one() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    set_up(&sandbox, &home);
    let before = sign_ins(&sandbox).1;
    refuse(&sandbox, "token.certificate", "AADSTS700027");
    let rotate = ["app", "rotate", "acme", "--yes"];
    // Each run asks with the old key, and from the second one on with the new one as well.
    let codes: Vec<i32> = (0..5).map(|_| home.run(&rotate).code).collect();
    assert_eq!(codes, [4, 4, 4, 7, 7]);
    assert_eq!(sign_ins(&sandbox).1 - before, 6, "three with each key");
    home.run(&rotate).ended_with(7);
    assert_eq!(sign_ins(&sandbox).1 - before, 6);
}

#[test]
fn a_wait_holds_for_every_command_and_process() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let first = run(&home, &init(&sandbox, "application", &[])).ended_with(2);
    let [client_id, _] = register_by_hand(&sandbox, &event(&first, "register"), true);
    let throttled = json!([{"operation": "token", "status": 429, "retry_after_s": 600}]);
    sandbox.control("PUT", "faults", &throttled);
    let again = init(&sandbox, "application", &["--client-id", &client_id]);
    run(&home, &again).ended_with(7);
    let received = sandbox.requests().len();
    let run = run(&home, &again).ended_with(7);
    assert!(run.stderr.contains("Entra asks to wait until"), "{run:?}");
    assert_eq!(sandbox.requests().len(), received, "nothing is sent within the wait");
}
