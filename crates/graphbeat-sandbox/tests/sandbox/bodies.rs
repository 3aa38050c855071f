//! Compressed bodies, the description of Graph, and directory roles: over the wire.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Answer, Host};

async fn post(host: &Host, encoding: &str, body: Vec<u8>) -> Answer {
    let url = format!("{}/v1.0/users/{}/mailFolders", host.ready().graph_url, host.ready().users[0].id);
    let request = host.client.post(url).bearer_auth(host.app_token().await).header("content-type", "application/json");
    host.send(request.header("content-encoding", encoding).body(body)).await
}

#[tokio::test]
async fn a_compressed_body_is_read_and_one_that_cannot_be_is_refused() {
    let host = Host::start().await;
    let plain = json!({"displayName": "Packed"}).to_string().into_bytes();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&plain).expect("memory");
    let made = post(&host, "gzip", encoder.finish().expect("memory")).await;
    assert_eq!((made.status, made.json()["displayName"].clone()), (201, json!("Packed")));
    assert_eq!(post(&host, "gzip", plain.clone()).await.status, 400);
    let other = post(&host, "br", plain).await;
    assert_eq!((other.status, other.json()["error"]["code"].clone()), (415, json!("UnsupportedMediaType")));
}

#[tokio::test]
async fn the_description_of_graph_is_xml_for_everybody() {
    let host = Host::start().await;
    let answer = host.get(&format!("{}/v1.0/$metadata", host.ready().graph_url)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/xml"));
    let document = roxmltree::Document::parse(&answer.text).expect("XML");
    let user = document
        .descendants()
        .find(|node| node.tag_name().name() == "EntityType" && node.attribute("Name") == Some("user"));
    let user = user.expect("the type");
    assert_eq!((user.tag_name().name(), user.attribute("BaseType")), ("EntityType", Some("graph.directoryObject")));
}

#[tokio::test]
async fn a_role_is_given_and_taken_through_assignments_and_members() {
    let host = Host::start().await;
    let (token, user) = (host.app_token().await, host.ready().users[7].id);
    let role = host.graph("/directoryRoles", &token).await.json()["value"][1].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (id, template) = (text(&role["id"]), text(&role["roleTemplateId"]));
    let assignments = "/roleManagement/directory/roleAssignments";
    let body = json!({"principalId": user, "roleDefinitionId": template, "directoryScopeId": "/"});
    let made = host.change("POST", assignments, &token, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(host.change("POST", assignments, &token, &body).await.status, 400);
    let members = format!("/directoryRoles/{id}/members");
    let has_user = async || host.graph(&members, &token).await.text.contains(&user.to_string());
    assert!(has_user().await);
    let one = format!("{assignments}/{}", text(&made.json()["id"]));
    assert_eq!(host.change("DELETE", &one, &token, &json!({})).await.status, 204);
    assert!(!has_user().await);
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}")});
    let add = format!("{members}/$ref");
    assert_eq!(host.change("POST", &add, &token, &reference).await.status, 204);
    assert_eq!(host.change("POST", &add, &token, &reference).await.status, 400);
    let remove = format!("{members}/{user}/$ref");
    assert_eq!(host.change("DELETE", &remove, &token, &json!({})).await.status, 204);
    assert_eq!(host.change("DELETE", &remove, &token, &json!({})).await.status, 404);
}
