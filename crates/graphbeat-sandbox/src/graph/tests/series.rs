//! Series of events, what a client prefers to see of Outlook, attachments in parts.

use http::HeaderMap;
use serde_json::{Value, json};

use super::support::{Client, ok};

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// A series on the given days at 9:00 in Berlin from 2027-03-01 on.
fn series(client: &Client, pattern: Value, range: Value) -> String {
    let at =
        |hour: u32| json!({"dateTime": format!("2027-03-01T{hour:02}:00:00"), "timeZone": "W. Europe Standard Time"});
    let body = json!({
        "subject": "s", "start": at(9), "end": at(10), "recurrence": {"pattern": pattern, "range": range},
    });
    let made = ok(client.ask("POST", "/me/events", body));
    assert_eq!(made["type"], "seriesMaster");
    id(&made)
}

fn daily(client: &Client) -> String {
    series(client, json!({"type": "daily", "interval": 1}), json!({"type": "numbered", "numberOfOccurrences": 5}))
}

fn march(client: &Client, path: &str) -> Vec<Value> {
    client.walk(&format!("{path}?startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z&$top=2"))
}

fn subjects(events: &[Value]) -> Vec<(&str, &str, &str)> {
    events
        .iter()
        .map(|event| {
            (
                event["start"]["dateTime"].as_str().map_or("", |text| &text[..13]),
                event["type"].as_str().unwrap_or_default(),
                event["subject"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn a_view_and_the_instances_show_each_occurrence_and_the_list_its_master() {
    let client = Client::user(0);
    let master = daily(&client);
    let seen = march(&client, "/me/calendarView");
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|event| event["type"] == "occurrence" && event["seriesMasterId"] == master));
    assert_eq!(seen[4]["start"]["dateTime"], "2027-03-05T08:00:00.0000000");
    assert_eq!(march(&client, &format!("/me/events/{master}/instances")), seen);
    assert_eq!(ok(client.get(&format!("/me/events/{}", id(&seen[2]))))["originalStart"], "2027-03-03T08:00:00Z");
    let listed = client.walk("/me/events?$filter=subject%20eq%20's'&$select=id,type");
    assert_eq!(
        listed.iter().map(|event| (id(event), event["type"].clone())).collect::<Vec<_>>(),
        [(master, json!("seriesMaster"))]
    );
}

#[test]
fn a_changed_occurrence_is_an_exception_and_a_deleted_one_is_gone() {
    let client = Client::user(0);
    let master = daily(&client);
    let days: Vec<String> = march(&client, "/me/calendarView").iter().map(id).collect();
    let moved = json!({
        "subject": "moved", "start": {"dateTime": "2027-03-02T15:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-02T16:00:00", "timeZone": "UTC"},
    });
    let changed = ok(client.ask("PATCH", &format!("/me/events/{}", days[1]), moved));
    assert_eq!((changed["type"].as_str(), changed["id"].as_str()), (Some("exception"), Some(days[1].as_str())));
    ok(client.ask("DELETE", &format!("/me/events/{}", days[2]), Value::Null));
    ok(client.ask("PATCH", &format!("/me/events/{master}"), json!({"subject": "all"})));
    let seen = march(&client, "/me/calendarView");
    assert_eq!(
        subjects(&seen),
        [
            ("2027-03-01T08", "occurrence", "all"),
            ("2027-03-02T15", "exception", "moved"),
            ("2027-03-04T08", "occurrence", "all"),
            ("2027-03-05T08", "occurrence", "all"),
        ]
    );
    assert_eq!(client.error("GET", &format!("/me/events/{}", days[2]), ""), (404, "ErrorItemNotFound".to_owned()));
    let whole =
        ok(client.get(&format!("/me/events/{master}?$select=cancelledOccurrences&$expand=exceptionOccurrences")));
    assert_eq!(whole["cancelledOccurrences"], json!([format!("OID.{master}.2027-03-03")]));
    assert_eq!(whole["exceptionOccurrences"][0]["id"], days[1].as_str());
    ok(client.ask("PATCH", &format!("/me/events/{master}"), json!({"recurrence": {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}, "range": {"type": "noEnd", "startDate": "2027-03-01"},
    }})));
    assert_eq!(march(&client, "/me/calendarView").len(), 5, "a new pattern begins without exceptions");
    ok(client.ask("DELETE", &format!("/me/events/{master}"), Value::Null));
    assert!(march(&client, "/me/calendarView").is_empty());
}

#[test]
fn a_purged_series_leaves_nothing_behind() {
    let client = Client::user(0);
    let before = client.read().dump();
    let master = daily(&client);
    let day = id(&march(&client, "/me/calendarView")[1]);
    ok(client.ask("PATCH", &format!("/me/events/{day}"), json!({"subject": "x"})));
    ok(client.ask("POST", &format!("/me/events/{master}/permanentDelete"), Value::Null));
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_recurrence_without_sense_is_refused() {
    let client = Client::user(0);
    let at = json!({"dateTime": "2027-03-01T09:00:00", "timeZone": "UTC"});
    let body =
        json!({"start": at, "end": at, "recurrence": {"pattern": {"type": "weekly"}, "range": {"type": "noEnd"}}});
    let refused = client.error("POST", "/me/events", &body.to_string());
    assert_eq!(refused, (400, "ErrorPropertyValidationFailure".to_owned()));
    let single = client.walk("/me/events?$top=1")[0].clone();
    let target = format!("/me/events/{}/instances?startDateTime=2027-03-01&endDateTime=2027-03-02", id(&single));
    assert_eq!(client.error("GET", &target, "").0, 400);
}

#[test]
fn an_organizer_cancels_and_forwards_but_does_not_answer() {
    let client = Client::user(0);
    let event = format!("/me/events/{}", daily(&client));
    for action in ["accept", "decline", "tentativelyAccept"] {
        let refused = client.error("POST", &format!("{event}/{action}"), r#"{"comment":"x","sendResponse":true}"#);
        assert_eq!(refused, (400, "ErrorInvalidRequest".to_owned()), "{action}");
    }
    let to = json!({"comment": "c", "toRecipients": [{"emailAddress": {"address": "a@contoso.com"}}]});
    assert_eq!(client.ask("POST", &format!("{event}/forward"), to).0, 202);
    assert_eq!(ok(client.get(&event))["attendees"][0]["emailAddress"]["address"], "a@contoso.com");
    assert_eq!(client.send("POST", &format!("{event}/dismissReminder"), "").status.as_u16(), 200);
    assert_eq!(client.ask("POST", &format!("{event}/cancel"), json!({"comment": "c"})).0, 202);
    assert_eq!(client.error("GET", &event, "").0, 404);
}

#[test]
fn times_come_in_the_zone_that_a_client_prefers() {
    let client = Client::user(0).with("prefer", "outlook.timezone=\"Pacific Standard Time\", IdType=\"ImmutableId\"");
    let event = format!("/me/events/{}", daily(&client));
    for (target, at) in
        [(event.as_str(), ""), ("/me/calendarView?startDateTime=2027-03-01&endDateTime=2027-03-02", "/value/0")]
    {
        let response = client.send("GET", target, "");
        assert_eq!(response.headers["preference-applied"], "outlook.timezone=\"Pacific Standard Time\"");
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        let start = body.pointer(&format!("{at}/start")).expect("a start");
        assert_eq!(*start, json!({"dateTime": "2027-03-01T00:00:00.0000000", "timeZone": "Pacific Standard Time"}));
    }
    let iana = Client::user(0).with("prefer", "outlook.timezone=\"Asia/Kolkata\"");
    let event = format!("/me/events/{}", daily(&iana));
    assert_eq!(
        ok(iana.get(&event))["end"],
        json!({"dateTime": "2027-03-01T14:30:00.0000000", "timeZone": "Asia/Kolkata"})
    );
    let nowhere = Client::user(0).with("prefer", "outlook.timezone=\"Middle Earth\"");
    assert_eq!(nowhere.error("GET", "/me/events", ""), (400, "TimeZoneNotSupportedException".to_owned()));
}

#[test]
fn bodies_come_in_the_type_that_a_client_prefers() {
    let client = Client::user(0).with("prefer", "outlook.body-content-type=\"text\"");
    let draft = json!({"subject": "s", "body": {"contentType": "html", "content": "<p>a &amp; b</p><p>c</p>"}});
    let draft = ok(client.ask("POST", "/me/messages", draft));
    let response = client.send("GET", &format!("/me/messages/{}", id(&draft)), "");
    assert_eq!(response.headers["preference-applied"], "outlook.body-content-type=\"text\"");
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert_eq!(body["body"], json!({"contentType": "text", "content": "a & b\r\nc"}));
    assert!(client.walk("/me/messages?$top=5").iter().all(|message| message["body"]["contentType"] == "text"));
    let client = Client { headers: HeaderMap::new(), ..client };
    assert_eq!(ok(client.get(&format!("/me/messages/{}", id(&draft))))["body"]["contentType"], "html");
}

/// Sends the parts of a file; the answers' statuses and the last answer's `Location`.
fn upload(client: Client, url: &str, size: usize) -> (Client, Vec<u16>, String) {
    let (mut client, mut statuses, mut location) = (client, Vec::new(), String::new());
    let path = url.trim_start_matches("https://127.0.0.1:8443/v1.0").to_owned();
    for first in (0..size).step_by(2_000_000) {
        let end = size.min(first + 2_000_000);
        let range = format!("bytes {first}-{}/{size}", end - 1).parse().expect("a header");
        client.headers.insert("content-range", range);
        let response = client.send("PUT", &path, &"x".repeat(end - first));
        statuses.push(response.status.as_u16());
        if let Some(there) = response.headers.get("location") {
            location = there.to_str().expect("text").to_owned();
        }
    }
    (client, statuses, location)
}

#[test]
fn a_large_attachment_comes_in_parts() {
    let client = Client::user(0);
    let draft = id(&ok(client.ask("POST", "/me/messages", json!({"subject": "s"}))));
    let event = daily(&client);
    let size = 3_500_000;
    let mut client = client;
    for item in [format!("/me/messages/{draft}"), format!("/me/events/{event}")] {
        let given = json!({"AttachmentItem": {"attachmentType": "file", "name": "a.txt", "size": size}});
        let (status, session) = client.ask("POST", &format!("{item}/attachments/createUploadSession"), given);
        assert_eq!((status, &session["nextExpectedRanges"]), (201, &json!(["0-"])));
        let (same, statuses, location) = upload(client, session["uploadUrl"].as_str().expect("an address"), size);
        client = same;
        assert_eq!(statuses, [200, 201]);
        let attachments = client.walk(&format!("{item}/attachments?$select=id,name,size"));
        assert_eq!(attachments.len(), 1);
        assert_eq!((&attachments[0]["name"], &attachments[0]["size"]), (&json!("a.txt"), &json!(size)));
        assert!(location.ends_with(&format!("Attachments('{}')", id(&attachments[0]))), "{location}");
        let own = format!("{item}/attachments/{}", id(&attachments[0]));
        assert_eq!(client.send("GET", &format!("{own}/$value"), "").body.len(), size);
        assert_eq!(client.send("DELETE", &own, "").status.as_u16(), 204);
        assert_eq!(ok(client.get(&item))["hasAttachments"], false);
    }
}

#[test]
fn an_upload_session_refuses_small_files_and_parts_out_of_order() {
    let client = Client::user(0);
    let draft = id(&ok(client.ask("POST", "/me/messages", json!({"subject": "s"}))));
    let target = format!("/me/messages/{draft}/attachments/createUploadSession");
    let given = |size: u32| json!({"AttachmentItem": {"attachmentType": "file", "name": "a", "size": size}});
    assert_eq!(
        client.error("POST", &target, &given(10).to_string()),
        (400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize".to_owned())
    );
    let session = client.ask("POST", &target, given(3_000_000)).1;
    let path = session["uploadUrl"].as_str().expect("an address").split("/v1.0").nth(1).expect("a path").to_owned();
    let client = client.with("content-range", "bytes 5-9/3000000");
    assert_eq!(client.error("PUT", &path, "01234").0, 416);
    let client = client.with("content-range", "bytes 0-4/3000000");
    assert_eq!(client.get(&path).1["nextExpectedRanges"], json!(["0-"]));
    assert_eq!(client.send("PUT", &path, "01234").status.as_u16(), 200);
    assert_eq!(client.get(&path).1["nextExpectedRanges"], json!(["5-"]));
    assert_eq!(client.send("DELETE", &path, "").status.as_u16(), 204);
    assert_eq!(client.error("GET", &path, "").0, 404);
}
