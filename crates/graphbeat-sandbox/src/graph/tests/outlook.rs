//! Mail, calendar, contacts, To Do: what is made can be read, changed and purged, and leaves nothing.

use serde_json::{Value, json};

use super::support::{Client, ok};

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

/// Makes, changes, reads and purges one thing; the tenant is as `before`.
fn check_round(client: &Client, before: &str, (collection, made, change): (&str, Value, Value), purge: (&str, &str)) {
    let base = if client.user.is_some() { "/me".to_owned() } else { format!("/users/{}", client.id(0)) };
    let (status, created) = client.ask("POST", &format!("{base}{collection}"), made);
    assert_eq!(status, 201, "{collection}: {created}");
    let target = format!("{base}{collection}/{}", id(&created));
    ok(client.ask("PATCH", &target, change.clone()));
    let read = ok(client.get(&target));
    for (name, value) in change.as_object().expect("an object") {
        assert_eq!(&read[name], value, "{collection}");
    }
    ok(client.ask(purge.0, &format!("{target}{}", purge.1), json!({})));
    assert_eq!(client.error("GET", &target, ""), (404, "ErrorItemNotFound".to_owned()));
    assert!(client.read().dump() == before, "{collection} leaves a trace");
}

const PURGE: (&str, &str) = ("POST", "/permanentDelete");
const DELETE: (&str, &str) = ("DELETE", "");

#[test]
fn each_kind_can_be_made_changed_and_purged_without_a_trace() {
    let time = |hour: u8| json!({"dateTime": format!("2026-12-01T{hour:02}:00:00"), "timeZone": "UTC"});
    let event = json!({"subject": "a", "start": time(9), "end": time(10), "showAs": "free", "isReminderOn": false});
    let rule = json!({"displayName": "a", "sequence": 2, "isEnabled": false, "actions": {"markAsRead": true}});
    let named = |name: &str| json!({"displayName": name});
    for client in [Client::application(), Client::user(0)] {
        let before = client.read().dump();
        for round in [
            ("/messages", json!({"subject": "a"}), json!({"subject": "b", "importance": "high"})),
            ("/mailFolders", named("a"), named("b")),
            ("/events", event.clone(), json!({"subject": "b"})),
            ("/calendars", json!({"name": "a"}), json!({"name": "b"})),
            ("/contacts", json!({"givenName": "a"}), json!({"givenName": "b", "jobTitle": "c"})),
            ("/contactFolders", named("a"), named("b")),
        ] {
            check_round(&client, &before, round, PURGE);
        }
        for round in [
            ("/todo/lists", named("a"), named("b")),
            ("/outlook/masterCategories", named("a"), json!({"color": "preset5"})),
            ("/mailFolders/inbox/messageRules", rule.clone(), named("b")),
        ] {
            check_round(&client, &before, round, DELETE);
        }
    }
}

#[test]
fn what_is_deleted_and_not_purged_stays_in_the_dump() {
    let client = Client::user(0);
    let time = |hour: u8| json!({"dateTime": format!("2026-12-01T{hour:02}:00:00"), "timeZone": "UTC"});
    for (collection, made) in [
        ("/me/messages", json!({"subject": "binned-thing"})),
        ("/me/mailFolders", json!({"displayName": "binned-thing"})),
        ("/me/events", json!({"subject": "binned-thing", "start": time(9), "end": time(10)})),
        ("/me/contacts", json!({"givenName": "binned-thing"})),
        ("/me/contactFolders", json!({"displayName": "binned-thing"})),
        ("/me/calendars", json!({"name": "binned-thing"})),
    ] {
        let before = client.read().dump();
        let created = ok(client.ask("POST", collection, made));
        ok(client.ask("DELETE", &format!("{collection}/{}", id(&created)), json!({})));
        let after = client.read().dump();
        assert!(after != before && after.contains("binned-thing"), "{collection}");
    }
}

#[test]
fn a_deleted_message_goes_to_deleted_items_then_to_recoverable_items_then_away() {
    let client = Client::user(0);
    let before = client.read().dump();
    let find = |folder: &str| {
        client.get(&format!("/me/mailFolders/{folder}/messages?$filter=subject eq 'three bins'")).1["value"].clone()
    };
    let made = ok(client.ask("POST", "/me/messages", json!({"subject": "three bins"})));
    ok(client.ask("DELETE", &format!("/me/messages/{}", id(&made)), json!({})));
    let deleted = find("deleteditems")[0].clone();
    assert_ne!(id(&deleted), id(&made), "a move changes the id");
    ok(client.ask("DELETE", &format!("/me/messages/{}", id(&deleted)), json!({})));
    assert_eq!(find("deleteditems"), json!([]));
    assert_eq!(client.get("/me/messages?$filter=subject eq 'three bins'").1["value"], json!([]));
    let recoverable = find("recoverableitemsdeletions")[0].clone();
    ok(client.ask("POST", &format!("/me/messages/{}/permanentDelete", id(&recoverable)), json!({})));
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_sent_mail_is_found_in_the_inbox_of_its_recipient() {
    let client = Client::user(0);
    let users = client.read().users();
    let before = client.read().dump();
    let mail = json!({"message": {
        "subject": "sent-marker", "body": {"contentType": "Text", "content": "hello"},
        "toRecipients": [{"emailAddress": {"address": users[1].upn}}],
        "attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "QUJD"}],
    }});
    assert_eq!(client.ask("POST", "/me/sendMail", mail).0, 202);
    let found = "messages?$filter=subject eq 'sent-marker'";
    let own = ok(client.get(&format!("/me/{found}")))["value"].as_array().expect("a list").clone();
    let other = Client { user: Some(users[1].id), ..client };
    let theirs = ok(other.get(&format!("/me/mailFolders/inbox/{found}")))["value"].as_array().expect("a list").clone();
    assert_eq!((own.len(), theirs.len()), (1, 1));
    assert_eq!(own[0]["internetMessageId"], theirs[0]["internetMessageId"]);
    assert_eq!(
        (&own[0]["isRead"], &theirs[0]["isRead"], &theirs[0]["isDraft"]),
        (&json!(true), &json!(false), &json!(false))
    );
    let attachments = ok(other.get(&format!("/me/messages/{}/attachments", id(&theirs[0]))));
    assert_eq!(attachments["value"][0]["contentBytes"], "QUJD");
    ok(other.ask("POST", &format!("/me/messages/{}/permanentDelete", id(&theirs[0])), json!({})));
    let own_client = Client { user: Some(users[0].id), ..other };
    ok(own_client.ask("POST", &format!("/me/messages/{}/permanentDelete", id(&own[0])), json!({})));
    assert_eq!(own_client.read().dump(), before);
}

#[test]
fn a_mail_to_oneself_without_a_copy_arrives_once() {
    let client = Client::application();
    let (user, upn) = (client.id(0), client.read().users()[0].upn.clone());
    let mail = json!({"message": {"subject": "self", "toRecipients": [{"emailAddress": {"address": upn}}]}, "saveToSentItems": false});
    assert_eq!(client.ask("POST", &format!("/users/{user}/sendMail"), mail).0, 202);
    assert_eq!(client.walk(&format!("/users/{user}/messages?$filter=subject eq 'self'")).len(), 1);
    for bad in [
        json!({"message": {"subject": "x"}}),
        json!({"message": {"subject": "x", "toRecipients": [{"emailAddress": {"address": "nobody"}}]}}),
    ] {
        assert_eq!(
            client.error("POST", &format!("/users/{user}/sendMail"), &bad.to_string()),
            (400, "ErrorInvalidRecipients".to_owned())
        );
    }
}

#[test]
fn delta_tells_each_change_once() {
    let client = Client::user(0);
    let link =
        |page: &Value| page["@odata.deltaLink"].as_str().expect("a link").replace("https://127.0.0.1:8443/v1.0", "");
    for (list, make, made) in [
        ("/me/mailFolders/inbox/messages/delta()?$top=100", "/me/mailFolders/inbox/messages", json!({"subject": "d"})),
        ("/me/mailFolders/delta()?$top=100", "/me/mailFolders", json!({"displayName": "d"})),
        ("/me/todo/lists/delta()", "/me/todo/lists", json!({"displayName": "d"})),
        ("/me/contacts/delta()", "/me/contacts", json!({"givenName": "d"})),
    ] {
        let first = ok(client.get(list));
        let created = ok(client.ask("POST", make, made));
        let second = ok(client.get(&link(&first)));
        let told: Vec<&str> = second["value"].as_array().expect("a list").iter().map(id).collect();
        assert!(told.contains(&id(&created)), "{list}: {told:?}");
        let third = ok(client.get(&link(&second)));
        assert_eq!(third["value"], json!([]), "{list}");
        ok(client.ask("DELETE", &format!("{make}/{}", id(&created)), json!({})));
        let fourth = ok(client.get(&link(&third)));
        let removed = fourth["value"].as_array().expect("a list").iter().any(|it| it["id"] == created["id"]);
        assert!(removed, "{list}: {fourth}");
    }
}

#[test]
fn a_bad_body_or_query_is_told_and_changes_nothing() {
    let client = Client::user(0);
    let before = client.read().dump();
    for (method, target, body) in [
        ("POST", "/me/messages", "{"),
        ("POST", "/me/messages", "[]"),
        ("POST", "/me/messages", r#"{"subjekt":"x"}"#),
        ("POST", "/me/messages", r#"{"subject":5}"#),
        (
            "POST",
            "/me/messages",
            r##"{"attachments":[{"@odata.type":"#microsoft.graph.fileAttachment","name":"x","contentBytes":"%"}]}"##,
        ),
        ("POST", "/me/mailFolders", "{}"),
        ("POST", "/me/mailFolders", r#"{"displayName":""}"#),
        ("POST", "/me/events", r#"{"subject":"no times"}"#),
        (
            "POST",
            "/me/events",
            r#"{"start":{"dateTime":"soon","timeZone":"UTC"},"end":{"dateTime":"later","timeZone":"UTC"}}"#,
        ),
        (
            "POST",
            "/me/events",
            r#"{"start":{"dateTime":"2026-12-01T10:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-12-01T09:00:00","timeZone":"UTC"}}"#,
        ),
        ("POST", "/me/todo/lists", r#"{"displayName":null}"#),
        ("POST", "/me/sendMail", r#"{"mail":{}}"#),
        ("POST", "/me/getMailTips", r#"{"EmailAddresses":[5]}"#),
        ("POST", "/me/calendar/getSchedule", "{}"),
        ("GET", "/me/calendarView", ""),
        ("GET", "/me/calendarView?startDateTime=x&endDateTime=y", ""),
        ("GET", "/me/messages?$filter=nothing eq 'x'", ""),
    ] {
        let (status, code) = client.error(method, target, body);
        assert!(status == 400 && !code.is_empty(), "{method} {target} {body}: {status} {code}");
    }
    assert_eq!(client.read().dump(), before);
    assert_eq!(
        client.error("POST", "/me/mailFolders", r#"{"displayName":"Inbox"}"#),
        (409, "ErrorFolderExists".to_owned())
    );
    assert_eq!(client.error("DELETE", "/me/mailFolders/inbox", "").0, 403);
    assert_eq!(client.error("GET", "/me/mailFolders/nowhere/messages", ""), (404, "ErrorItemNotFound".to_owned()));
}

#[test]
fn lists_and_reading_actions_answer() {
    let client = Client::user(0);
    let upn = client.read().users()[1].upn.clone();
    for (target, at_least) in [
        ("/me/messages", 15),
        ("/me/mailFolders", 8),
        ("/me/mailFolders/inbox/childFolders", 2),
        ("/me/mailFolders/inbox/messageRules", 1),
        ("/me/outlook/masterCategories", 6),
        ("/me/calendars", 2),
        ("/me/calendarGroups", 2),
        ("/me/events", 10),
        ("/me/contacts", 5),
        ("/me/contactFolders", 1),
        ("/me/todo/lists", 3),
        ("/places/microsoft.graph.room", 3),
        ("/me/outlook/supportedTimeZones()", 20),
        ("/me/calendarView?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-24T00:00:00Z", 5),
        ("/me/reminderView(StartDateTime='2026-11-01T00:00:00Z',EndDateTime='2026-12-24T00:00:00Z')", 5),
        ("/me/messages?$search=\"invoice\"&$top=50", 3),
        ("/me/inferenceClassification/overrides", 0),
    ] {
        assert!(client.walk(target).len() >= at_least, "{target}");
    }
    assert_eq!(ok(client.get("/me/mailboxSettings"))["timeZone"], "UTC");
    let tips = ok(client.ask(
        "POST",
        "/me/getMailTips",
        json!({"EmailAddresses": [upn], "MailTipsOptions": "automaticReplies"}),
    ));
    assert_eq!(tips["value"][0]["emailAddress"]["address"], upn);
    let time = |hour: u8| json!({"dateTime": format!("2026-11-25T{hour:02}:00:00"), "timeZone": "UTC"});
    let schedule = ok(client.ask(
        "POST",
        "/me/calendar/getSchedule",
        json!({"schedules": [upn, "x@y.z"], "startTime": time(8), "endTime": time(18)}),
    ));
    assert_eq!(schedule["value"][0]["availabilityView"].as_str().map(str::len), Some(20));
    assert!(schedule["value"][1]["error"].is_object());
    let times = ok(client.ask("POST", "/me/findMeetingTimes", json!({"meetingDuration": "PT1H"})));
    assert!(!times["meetingTimeSuggestions"].as_array().expect("a list").is_empty());
}

#[test]
fn a_view_pages_through_its_span_in_order() {
    let client = Client::user(0);
    let view = "/me/calendarView?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-24T00:00:00Z";
    let whole = client.walk(&format!("{view}&$top=500"));
    let paged = client.walk(&format!("{view}&$top=3"));
    assert_eq!(whole, paged);
    let starts: Vec<&str> = whole.iter().filter_map(|event| event["start"]["dateTime"].as_str()).collect();
    assert!(starts.is_sorted() && starts.len() > 5);
}

#[test]
fn a_task_has_steps_and_links_and_is_completed_with_a_time() {
    let client = Client::user(0);
    let list = ok(client.ask("POST", "/me/todo/lists", json!({"displayName": "l"})));
    let tasks = format!("/me/todo/lists/{}/tasks", id(&list));
    let task = ok(client.ask(
        "POST",
        &tasks,
        json!({"title": "t", "linkedResources": [{"displayName": "d", "webUrl": "https://contoso.com"}]}),
    ));
    let task = format!("{tasks}/{}", id(&task));
    let step = ok(client.ask("POST", &format!("{task}/checklistItems"), json!({"displayName": "s"})));
    ok(client.ask("PATCH", &format!("{task}/checklistItems/{}", id(&step)), json!({"isChecked": true})));
    assert!(ok(client.get(&format!("{task}/checklistItems/{}", id(&step))))["checkedDateTime"].is_string());
    assert_eq!(client.walk(&format!("{task}/linkedResources")).len(), 1);
    let done = ok(client.ask("PATCH", &task, json!({"status": "completed"})));
    assert!(done["completedDateTime"].is_object());
    assert_eq!(ok(client.get(&format!("{task}?$expand=checklistItems")))["checklistItems"][0]["displayName"], "s");
    assert_eq!(ok(client.get("/me/todo/lists/defaultList"))["displayName"], "Tasks");
}

#[test]
fn an_unlicensed_user_has_no_mailbox_and_a_stranger_no_way_in() {
    let client = Client::application();
    let tenant = client.read();
    let without = tenant
        .users()
        .into_iter()
        .find(|user| !tenant.has_services(&user.id.to_string(), tenant.seeded_at))
        .expect("an unlicensed user");
    drop(tenant);
    assert_eq!(
        client.error("GET", &format!("/users/{}/messages", without.id), ""),
        (404, "MailboxNotEnabledForRESTAPI".to_owned())
    );
    let (own, other) = (Client::user(3), client.id(4));
    assert_eq!(own.error("GET", &format!("/users/{other}/messages"), ""), (403, "ErrorAccessDenied".to_owned()));
}

#[test]
fn read_basic_shows_no_bodies() {
    let mut client = Client::user(0);
    client.permissions = std::collections::BTreeSet::from(["Mail.ReadBasic".to_owned()]).into();
    let message = ok(client.get("/me/messages?$top=1"))["value"][0].clone();
    assert!(message["subject"].is_string() && message.get("body").is_none() && message.get("bodyPreview").is_none());
}

#[test]
fn a_stale_version_is_refused() {
    let client = Client::user(0).with("if-match", "W/\"CQAAABYAAAAAAAAAAAAAAA==\"");
    let event = client.walk("/me/events?$top=1")[0].clone();
    assert_eq!(client.error("PATCH", &format!("/me/events/{}", id(&event)), r#"{"subject":"x"}"#).0, 412);
}
