//! graph-rs-sdk's calls: errors, pages, batches, retries, and a round in five places.

use std::collections::BTreeSet;

use graph_oauth::ConfidentialClientApplication;
use graph_rs_sdk::http::ResponseExt;
use graph_rs_sdk::{GraphClient, GraphClientConfiguration, ODataQuery};
use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::sign_in::client;

crate::judges![
    graph_rs_follows_pages,
    graph_rs_sends_a_batch,
    graph_rs_waits_when_it_is_told_to,
    graph_rs_reads_errors,
    graph_rs_makes_a_round_of_mail,
    graph_rs_makes_a_round_of_events,
    graph_rs_makes_a_round_of_files,
    graph_rs_makes_a_round_of_groups,
    graph_rs_makes_a_round_of_applications,
];

async fn graph_rs_follows_pages(sandbox: &Sandbox) {
    let pages =
        client(sandbox).users().list_user().top("7").select(&["id"]).paging().json::<Value>().await.expect("pages");
    let mut ids = BTreeSet::new();
    for page in pages {
        let body = page.into_body().expect("a page");
        ids.extend(body["value"].as_array().expect("users").iter().map(|user| user["id"].to_string()));
    }
    assert!(ids.len() >= 25, "{}", ids.len());
}

async fn graph_rs_sends_a_batch(sandbox: &Sandbox) {
    let body = json!({"requests": [
        {"id": "1", "method": "GET", "url": format!("/users/{}", sandbox.user)},
        {"id": "2", "method": "GET", "url": "/users/nobody"},
    ]});
    let answer: Value = client(sandbox).batch(&body).send().await.expect("an answer").json().await.expect("JSON");
    let mut statuses: Vec<_> =
        answer["responses"].as_array().expect("answers").iter().filter_map(|part| part["status"].as_u64()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
}

async fn graph_rs_waits_when_it_is_told_to(sandbox: &Sandbox) {
    let mut builder = ConfidentialClientApplication::builder(sandbox.client.as_str());
    let application = builder.with_client_secret(&sandbox.secret).with_tenant(&sandbox.tenant).build();
    let configuration = GraphClientConfiguration::new().client_application(application);
    let patient = GraphClient::from(configuration.wait_for_retry_after_headers(true));
    sandbox.throttle(json!({"path": "/v1.0/users"})).await;
    assert_eq!(patient.users().list_user().send().await.expect("an answer").status().as_u16(), 200);
    let statuses = sandbox.statuses("/v1.0/users").await;
    assert!(statuses.first() == Some(&429) && statuses.last() == Some(&200), "{statuses:?}");
}

async fn graph_rs_reads_errors(sandbox: &Sandbox) {
    for (status, code) in [
        (400, "BadRequest"),
        (401, "InvalidAuthenticationToken"),
        (403, "Authorization_RequestDenied"),
        (404, "ResourceNotFound"),
        (409, "Conflict"),
        (412, "PreconditionFailed"),
        (423, "notAllowed"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (507, "InsufficientStorage"),
    ] {
        sandbox.fault(json!({"path": "/v1.0/users", "status": status, "code": code})).await;
        let answer = client(sandbox).users().list_user().send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status);
        let error = answer.into_graph_error_message().await.expect("Graph's error").error;
        assert_eq!(error.code.as_deref(), Some(code));
        assert!(error.message.is_some() && error.inner_error.is_some_and(|inner| inner.request_id.is_some()));
    }
}

/// The body of an answer that has to be a success.
macro_rules! done {
    ($request:expr) => {{
        let answer = $request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
        answer.json::<Value>().await.unwrap_or_default()
    }};
}

/// Makes, reads, changes, reads and removes.
macro_rules! round {
    ($made:expr, |$id:ident| $get:expr, $change:expr, $delete:expr, $name:literal) => {{
        let made = done!($made);
        let $id = made["id"].as_str().expect("an id").to_owned();
        assert_eq!(done!($get)["id"], made["id"]);
        done!($change);
        assert_eq!(done!($get)[$name], "judged");
        done!($delete);
        assert_eq!($get.send().await.expect("an answer").status().as_u16(), 404);
    }};
}

async fn graph_rs_makes_a_round_of_mail(sandbox: &Sandbox) {
    let graph = client(sandbox);
    let (body, change) = (json!({"subject": "judge"}), json!({"subject": "judged"}));
    round!(
        graph.user(&sandbox.user).messages().create_messages(&body),
        |id| graph.user(&sandbox.user).message(&id).get_messages(),
        graph.user(&sandbox.user).message(&id).update_messages(&change),
        graph.user(&sandbox.user).message(&id).delete_messages(),
        "subject"
    );
}

async fn graph_rs_makes_a_round_of_events(sandbox: &Sandbox) {
    let graph = client(sandbox);
    let at = |hour: u8| json!({"dateTime": format!("2030-01-02T{hour:02}:00:00"), "timeZone": "UTC"});
    let body = json!({"subject": "judge", "start": at(9), "end": at(10)});
    let change = json!({"subject": "judged"});
    round!(
        graph.user(&sandbox.user).events().create_events(&body),
        |id| graph.user(&sandbox.user).event(&id).get_events(),
        graph.user(&sandbox.user).event(&id).update_events(&change),
        graph.user(&sandbox.user).event(&id).delete_events(),
        "subject"
    );
}

async fn graph_rs_makes_a_round_of_files(sandbox: &Sandbox) {
    let graph = client(sandbox);
    let drive = done!(graph.user(&sandbox.user).get_drive());
    let drive = drive["id"].as_str().expect("an id");
    let text = |text: &str| graph_rs_sdk::http::BodyRead::new(text.to_owned());
    let change = json!({"name": "judged"});
    round!(
        graph.drive(drive).item_by_path(":/judge.txt:").update_items_content(text("first")),
        |id| graph.drive(drive).item(&id).get_items(),
        graph.drive(drive).item(&id).update_items(&change),
        graph.drive(drive).item(&id).delete_items(),
        "name"
    );
}

async fn graph_rs_makes_a_round_of_groups(sandbox: &Sandbox) {
    let graph = client(sandbox);
    let body = json!({"displayName": "judge", "mailNickname": "judge", "mailEnabled": false, "securityEnabled": true});
    let change = json!({"description": "judged"});
    round!(
        graph.groups().create_group(&body),
        |id| graph.group(&id).get_group(),
        graph.group(&id).update_group(&change),
        graph.group(&id).delete_group(),
        "description"
    );
}

async fn graph_rs_makes_a_round_of_applications(sandbox: &Sandbox) {
    let graph = client(sandbox);
    let (body, change) = (json!({"displayName": "judge"}), json!({"displayName": "judged"}));
    round!(
        graph.applications().create_application(&body),
        |id| graph.application(&id).get_application(),
        graph.application(&id).update_application(&change),
        graph.application(&id).delete_application(),
        "displayName"
    );
}
