//! The seeded teams, one for each Microsoft 365 group, and the chats of the first users.

use serde_json::{Value, json};

use super::super::Tenant;
use super::days_ago;

/// Users who have seeded chats.
const CHATTERS_MAX: usize = 12;
/// What is written in each channel.
const POSTS: &[&str] = &[
    "Welcome to the channel. Say hello!",
    "The plan for the next sprint is in the Files tab.",
    "Thanks everybody, the release went well.",
];
/// What is written in each chat.
const LINES: &[&str] = &["Do you have a minute?", "Sure, I'll call you.", "Thanks!"];
/// Letters of a thread's id.
const THREAD_LETTERS: usize = 32;

/// Makes teams and chats.
pub(super) fn make(tenant: &mut Tenant) {
    make_catalog(tenant);
    let groups: Vec<(String, String, String)> = tenant
        .store
        .list("groups")
        .filter(|group| group.is("mailEnabled"))
        .map(|group| {
            (group.id().to_owned(), group.text("displayName").to_owned(), group.text("description").to_owned())
        })
        .collect();
    for (place, (id, name, description)) in groups.iter().enumerate() {
        make_team(tenant, place, id, (name, description));
    }
    let people: Vec<String> = tenant.store.list("users").take(CHATTERS_MAX).map(|user| user.id().to_owned()).collect();
    for pair in people.windows(2) {
        make_chat(tenant, "oneOnOne", pair);
    }
    if people.len() > 2 {
        make_chat(tenant, "group", &people[..people.len().min(5)]);
    }
}

/// The app that the organization has published itself.
fn make_catalog(tenant: &mut Tenant) {
    for (name, distribution) in [("Contoso Polls", "organization"), ("Tasks", "store")] {
        let (id, external) = (tenant.rng.uuid().to_string(), tenant.rng.uuid());
        let app = json!({"displayName": name, "distributionMethod": distribution, "externalId": external});
        tenant.store.create("appCatalogs/teamsApps", "teamsApp", id, app);
    }
}

fn make_team(tenant: &mut Tenant, place: usize, id: &str, (name, description): (&str, &str)) {
    let made = days_ago(tenant, 74 - place as i64);
    let general = thread(tenant);
    let link =
        format!("https://teams.microsoft.com/l/team/{general}/conversations?groupId={id}&tenantId={}", tenant.id);
    let team = json!({
        "createdDateTime": made, "displayName": name, "description": description, "internalId": general,
        "classification": null, "specialization": null, "visibility": "public", "webUrl": link, "isArchived": false,
        "tenantId": tenant.id, "memberSettings": {"allowCreateUpdateChannels": true, "allowDeleteChannels": true},
        "messagingSettings": {"allowUserEditMessages": true, "allowUserDeleteMessages": true},
    });
    tenant.store.create("teams", "team", id.to_owned(), team);
    if let Some(group) = tenant.store.get_mut("groups", id) {
        group.properties.insert("resourceProvisioningOptions".to_owned(), json!(["Team"]));
    }
    let planning = thread(tenant);
    for (channel, title) in [(general, "General"), (planning, "Planning")] {
        make_channel(tenant, id, (&channel, title), &made);
    }
    let app = tenant.store.list("appCatalogs/teamsApps").next().map(|app| app.id().to_owned()).unwrap_or_default();
    make_installation(tenant, &format!("teams/{id}/installedApps"), &app);
}

fn make_channel(tenant: &mut Tenant, team: &str, (id, title): (&str, &str), made: &str) {
    let channel = json!({
        "createdDateTime": made, "displayName": title, "description": null, "isFavoriteByDefault": null, "email": "",
        "tenantId": tenant.id, "webUrl": format!("https://teams.microsoft.com/l/channel/{id}/{title}?groupId={team}"),
        "membershipType": "standard", "isArchived": false,
    });
    tenant.store.create(&format!("teams/{team}/channels"), "channel", id.to_owned(), channel);
    let tab = json!({
        "displayName": "Website", "webUrl": format!("https://teams.microsoft.com/l/channel/{id}/tab"),
        "configuration": {"entityId": null, "contentUrl": "https://contoso.sharepoint.com/", "removeUrl": null, "websiteUrl": "https://contoso.sharepoint.com/"},
    });
    let tab_id = tenant.rng.uuid().to_string();
    tenant.store.create(&format!("teams/{team}/channels/{id}/tabs"), "teamsTab", tab_id, tab);
    let author = tenant.store.list(&format!("groups/{team}/owners")).next().map(|it| it.id().to_owned());
    let place = json!({"teamId": team, "channelId": id});
    for text in POSTS {
        let author = author.clone().unwrap_or_default();
        let message = Message { place: ("channelIdentity", place.clone()), author: &author, text };
        message.make(tenant, &format!("teams/{team}/channels/{id}/messages"));
    }
}

fn make_installation(tenant: &mut Tenant, path: &str, app: &str) {
    let id = tenant.rng.uuid().simple().to_string();
    tenant.store.create(path, "teamsAppInstallation", id, json!({"_app": app}));
}

fn make_chat(tenant: &mut Tenant, kind: &str, members: &[String]) {
    let id = match (kind, members) {
        ("oneOnOne", [one, other]) => format!("19:{one}_{other}@unq.gbl.spaces"),
        _ => thread(tenant).replace("tacv2", "v2"),
    };
    let made = days_ago(tenant, 20);
    let chat = json!({
        "topic": (kind == "group").then_some("Lunch"), "createdDateTime": made, "lastUpdatedDateTime": made,
        "chatType": kind, "webUrl": format!("https://teams.microsoft.com/l/chat/{id}/0?tenantId={}", tenant.id),
        "tenantId": tenant.id, "onlineMeetingInfo": null, "_members": members,
    });
    tenant.store.create("chats", "chat", id.clone(), chat);
    for (at, text) in LINES.iter().enumerate() {
        let author = members.get(at % members.len()).map(String::as_str).unwrap_or_default();
        let message = Message { place: ("chatId", Value::String(id.clone())), author, text };
        message.make(tenant, &format!("chats/{id}/messages"));
    }
}

/// A message of a channel or a chat.
struct Message<'a> {
    /// Where it stands: `chatId` or `channelIdentity`.
    place: (&'a str, Value),
    author: &'a str,
    text: &'a str,
}

impl Message<'_> {
    fn make(self, tenant: &mut Tenant, path: &str) {
        let at =
            tenant.seeded_at.as_millisecond() - 3_600_000 * (1 + i64::try_from(tenant.rng.below(240)).unwrap_or(0));
        let made = graphbeat_base::Timestamp::from_millisecond(at).unwrap_or(tenant.seeded_at);
        let made = super::super::ids::stamp(made);
        let author = tenant.person(self.author);
        let number = tenant.store.count(path);
        let id = (at + i64::try_from(number).unwrap_or(0)).to_string();
        let (place, held) = self.place;
        let message = json!({
            "replyToId": null, "etag": id, "messageType": "message", "createdDateTime": made, "lastModifiedDateTime": made,
            "lastEditedDateTime": null, "deletedDateTime": null, "subject": null, "summary": null, "importance": "normal",
            "locale": "en-us", "webUrl": null, "policyViolation": null, "eventDetail": null, place: held,
            "from": {"application": null, "device": null, "user": {"id": author.id, "displayName": author.name}},
            "body": {"contentType": "text", "content": self.text}, "attachments": [], "mentions": [], "reactions": [],
        });
        tenant.store.create(path, "chatMessage", id, message);
    }
}

/// The id of a thread.
fn thread(tenant: &mut Tenant) -> String {
    let letters = (0..THREAD_LETTERS).filter_map(|_| tenant.rng.pick(b"0123456789abcdef").copied()).map(char::from);
    format!("19:{}@thread.tacv2", letters.collect::<String>())
}
