//! What the catalogue is made of. The TOML files under `catalog/` have exactly this shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::requirement::Alternative;

/// A text in the languages that graphbeat speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

/// One file of the catalogue: a class with its operations and journeys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassFile {
    /// The class's id (`mail`): the first part of its operations' ids.
    pub class: String,
    /// Its names.
    pub names: Names,
    /// Left out of `all`, because it needs a special licence or changes what others share.
    #[serde(default)]
    pub opt_in: bool,
    /// Failures that are healthy for every operation of this file, beside the operation's own.
    #[serde(default)]
    pub expect: Vec<Expectation>,
    /// Its operations.
    #[serde(default, rename = "operation")]
    pub operations: Vec<Operation>,
    /// Its journeys.
    #[serde(default, rename = "journey")]
    pub journeys: Vec<Journey>,
}

/// One Graph request template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// `class.resource.action`, always three parts.
    pub id: Arc<str>,
    /// Its names.
    pub names: Names,
    /// The verb.
    pub method: OperationMethod,
    /// The path below `/v1.0`, with placeholders: `/me/messages/{message-id}`.
    ///
    /// A leading `/me` stands for the signed-in user; as an application it becomes `/users/{user-id}`.
    pub path: String,
    /// The query, as sent; values may hold placeholders.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Request headers beside the usual ones (`ConsistencyLevel`, `Prefer`, `If-Match`); values may hold
    /// placeholders.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: Option<Body>,
    /// Read or write. A `POST` that only reads is `read`.
    pub access: Access,
    /// The journey that owns this write; only journeys send writes.
    pub journey: Option<Arc<str>>,
    /// Whether it belongs to the preset `starter`: a read that needs the fewest permissions.
    #[serde(default)]
    pub starter: bool,
    /// A helper of journeys that is never run on its own (a look-up by marker, a purge).
    #[serde(default)]
    pub helper: bool,
    /// The least delegated permissions, all needed together; none: a signed-in user cannot call it.
    pub delegated: Option<Vec<String>>,
    /// What opens it instead of these, from the least privilege on.
    #[serde(default)]
    pub delegated_also: Vec<Alternative>,
    /// The least application permissions, all needed together; none: an application cannot call it.
    pub application: Option<Vec<String>>,
    /// What opens it instead of these, from the least privilege on.
    #[serde(default)]
    pub application_also: Vec<Alternative>,
    /// Why one of the two modes is missing.
    pub unsupported: Option<Names>,
    /// The service that the target's licence must include (`exchange`, `sharepoint`, `teams`, `any`, …).
    pub license: String,
    /// The directory role that the signed-in user needs beside the permission (`Reports Reader`).
    pub role: Option<String>,
    /// The throttling bucket, an entry of `buckets.toml`.
    pub bucket: Arc<str>,
    /// What one request costs in that bucket's unit.
    #[serde(default = "one")]
    pub cost: u32,
    /// The clouds whose public metadata know the path.
    #[serde(default = "all_clouds")]
    pub clouds: Vec<CloudName>,
    /// Failures that are healthy here.
    #[serde(default)]
    pub expect: Vec<Expectation>,
    /// Where the placeholders of path, query, headers and body come from.
    #[serde(default)]
    pub values: BTreeMap<String, ValueSource>,
    /// The most pages of `@odata.nextLink` that are read.
    #[serde(default = "one")]
    pub pages: u32,
    /// The version that `If-Match` names, and the read that gives it anew.
    pub if_match: Option<IfMatch>,
    /// Its answer is an upload session, to which these bytes are sent in chunks.
    pub upload: Option<Upload>,
    /// Its answer is 202 and the address of a monitor, which is asked until the operation is done.
    #[serde(default)]
    pub monitor: bool,
    /// Its answer must be the bytes that this operation of the same journey has uploaded.
    pub equals_upload: Option<Arc<str>>,
    /// How a write is undone, in words.
    pub undo: Option<String>,
    /// Microsoft's page about it.
    pub docs: String,
}

impl Operation {
    /// The class that it belongs to: the first part of its id.
    #[must_use]
    pub fn class(&self) -> &str {
        first_part(&self.id)
    }

    /// The least permissions in this mode; `None` where the mode cannot call it.
    #[must_use]
    pub fn permissions(&self, mode: Mode) -> Option<&[String]> {
        match mode {
            Mode::Application => self.application.as_deref(),
            Mode::Delegated => self.delegated.as_deref(),
        }
    }

    /// Every set of permissions that opens it in this mode, the least first; `None` where the mode cannot
    /// call it.
    pub fn accepted(&self, mode: Mode) -> Option<impl Iterator<Item = &[String]>> {
        let also = match mode {
            Mode::Application => &self.application_also,
            Mode::Delegated => &self.delegated_also,
        };
        let least = self.permissions(mode)?;
        Some(std::iter::once(least).chain(also.iter().map(Alternative::permissions)))
    }

    /// Whether it can be called in this mode at all.
    #[must_use]
    pub fn runs_as(&self, mode: Mode) -> bool {
        self.permissions(mode).is_some()
    }

    /// Whether this cloud has it; a custom cloud (`None`) is taken to have everything.
    #[must_use]
    pub fn runs_in(&self, cloud: Option<CloudName>) -> bool {
        cloud.is_none_or(|cloud| self.clouds.contains(&cloud))
    }

    /// Whether an account runs it on its own: a read that is no helper.
    #[must_use]
    pub fn is_standalone(&self) -> bool {
        self.access == Access::Read && !self.helper
    }

    /// Whether it asks what changed since a token (`…/delta()`): its last link is kept for the next time.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        self.method == OperationMethod::Get && (last == "delta" || last.starts_with("delta("))
    }

    /// Every text of it that may hold placeholders.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.path.as_str())
            .chain(self.query.values().map(String::as_str))
            .chain(self.headers.values().map(String::as_str))
            .chain(self.body.as_ref().map(Body::text))
    }
}

impl OperationMethod {
    /// The verb as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A verb of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OperationMethod {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PATCH`.
    Patch,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
}

/// Whether an operation changes the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// It changes nothing.
    Read,
    /// It changes the tenant.
    Write,
}

impl Access {
    /// The word in the catalogue's files and in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// How an account signs in: as the application itself, or as a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As the application itself.
    Application,
    /// As a user.
    Delegated,
}

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Application, Self::Delegated];

    /// The word in the catalogue's files and in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Delegated => "delegated",
        }
    }
}

/// Microsoft's clouds that have Graph endpoints of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudName {
    /// The public cloud, GCC included.
    Global,
    /// US Government L4.
    UsGov,
    /// US Government L5, the Department of Defense.
    UsDod,
    /// China, operated by 21Vianet.
    China,
}

impl CloudName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::UsDod, Self::China];

    /// The word in the catalogue's files and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "us-gov",
            Self::UsDod => "us-dod",
            Self::China => "china",
        }
    }
}

/// What an operation sends. JSON and texts may hold placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "BodyKeys")]
pub enum Body {
    /// JSON, checked by `catalog lint`.
    Json {
        /// The JSON text; `{name}` is a placeholder.
        json: String,
    },
    /// Any other text.
    Text {
        /// The media type.
        media_type: String,
        /// The text.
        text: String,
    },
    /// A small file, sent as it stands.
    Binary {
        /// The media type.
        media_type: String,
        /// Its bytes, written as Base64 in the file.
        bytes: Vec<u8>,
    },
}

/// The keys of [`Body`] as they are written: so a wrong one is named, which an untagged enum does not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyKeys {
    json: Option<String>,
    #[serde(rename = "type")]
    media_type: Option<String>,
    text: Option<String>,
    base64: Option<String>,
}

impl TryFrom<BodyKeys> for Body {
    type Error = &'static str;

    fn try_from(keys: BodyKeys) -> Result<Self, Self::Error> {
        match (keys.json, keys.media_type, keys.text, keys.base64) {
            (Some(json), None, None, None) => Ok(Self::Json { json }),
            (None, Some(media_type), Some(text), None) => Ok(Self::Text { media_type, text }),
            (None, Some(media_type), None, Some(base64)) => {
                let compact: String = base64.split_ascii_whitespace().collect();
                let bytes = BASE64_STANDARD.decode(compact).map_err(|_| "the body's `base64` is no Base64")?;
                Ok(Self::Binary { media_type, bytes })
            }
            _ => Err("a body has either `json`, or `type` and one of `text` and `base64`"),
        }
    }
}

impl Body {
    /// What may hold placeholders: nothing of a file.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Json { json } => json,
            Self::Text { text, .. } => text,
            Self::Binary { .. } => "",
        }
    }
}

/// A write that names the version that it changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IfMatch {
    /// The name under which the journey keeps the version; where it keeps none yet, it is read first.
    pub value: String,
    /// The read whose answer gives it: asked again, once, where the version is no longer the newest (412).
    pub from: Arc<str>,
    /// A JSON pointer into that answer.
    #[serde(default = "etag_pointer")]
    pub pick: String,
}

/// Bytes that are uploaded in chunks. They follow from the journey's marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// How many.
    pub bytes: u32,
    /// How many in one request: a multiple of 320 KiB, as Graph asks.
    pub chunk: u32,
}

/// Where answers of Graph name their version.
pub const ETAG_POINTER: &str = "/@odata.etag";

/// A failure that is healthy here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The HTTP status.
    pub status: u16,
    /// One of the codes of the error must be this, in any letter case; none: any code.
    pub code: Option<String>,
    /// Only in this mode; none: in both.
    pub mode: Option<Mode>,
    /// A failure that heals with time counts as healthy only for so many minutes after it was first
    /// seen for this account and operation; then it is `failed`. None: it is always healthy.
    pub heals_within_minutes: Option<u32>,
    /// Why it is healthy.
    pub reason: Names,
}

/// Where a placeholder's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueSource {
    /// The operation whose answer holds it.
    pub from: Arc<str>,
    /// A JSON pointer into that answer (`/value/0/id`). Where it finds nothing, the operation is
    /// skipped, with `missing` as its reason.
    pub pick: String,
    /// What is missing then ("the tenant has no group").
    pub missing: Names,
}

/// Operations that belong together: make something, read it, change it, remove it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// `class.thing` (`mail.draft`).
    pub id: Arc<str>,
    /// Its names.
    pub names: Names,
    /// What Graph cannot purge, told before the journey is switched on; none: nothing stays.
    pub residue: Option<Names>,
    /// What is done, in order. What was made is removed afterwards, in reverse order, also when a step fails.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// What it makes.
    #[serde(rename = "artefact")]
    pub artefacts: Vec<ArtefactKind>,
}

impl Journey {
    /// The class that it belongs to: the first part of its id.
    #[must_use]
    pub fn class(&self) -> &str {
        first_part(&self.id)
    }

    /// The ids of all operations that it may send: steps, look-ups by marker and removals.
    pub fn operation_ids(&self) -> impl Iterator<Item = &Arc<str>> {
        let steps = self.steps.iter().map(|step| &step.operation);
        let finds = self.artefacts.iter().filter_map(|artefact| artefact.find.as_ref()).map(|find| &find.operation);
        let removals = self.artefacts.iter().flat_map(|artefact| artefact.remove.iter().map(|step| &step.operation));
        steps.chain(finds).chain(removals)
    }

    /// Whether one of its answers is kept under this name.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        let by_steps = self.steps.iter().any(|step| step.keep.contains_key(name));
        by_steps || self.artefacts.iter().any(|artefact| artefact.keep.contains_key(name))
    }

    /// One of its artefacts, by name.
    #[must_use]
    pub fn artefact(&self, name: &str) -> Option<&ArtefactKind> {
        self.artefacts.iter().find(|artefact| &*artefact.name == name)
    }
}

/// One step of a journey.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The operation.
    pub operation: Arc<str>,
    /// The artefact that it makes.
    pub makes: Option<Arc<str>>,
    /// The artefact that it removes, as part of the journey (a page in a notebook, say).
    pub removes: Option<Arc<str>>,
    /// Placeholders for later steps, from this step's answer: name to JSON pointer.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// A kind of thing that a journey makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtefactKind {
    /// Its name within the journey.
    pub name: Arc<str>,
    /// Placeholders from the create's answer (and from what `find` finds): name to JSON pointer, its
    /// id among them. Empty: it is removed by the marker alone.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// The create's answer has no body (`sendMail`): what `keep` names comes from `find` alone, which may
    /// find several.
    #[serde(default)]
    pub by_find: bool,
    /// The artefact that holds it and is removed with it: then it needs neither `find` nor `remove`.
    pub inside: Option<Arc<str>>,
    /// How to find it by its marker where its id is not known. None: `remove` works by the marker alone.
    pub find: Option<Find>,
    /// The operations that remove it for good, in order. A 404 at the last of them means that it is gone, or
    /// at one from whose answer the next takes its values; at any other the next one looks in the bin.
    #[serde(default)]
    pub remove: Vec<RemoveStep>,
}

/// How to find an artefact by its marker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The operation that looks; it may use `{marker}`.
    pub operation: Arc<str>,
    /// A JSON pointer to the list in its answer; none: the answer itself is the thing.
    pub items: Option<String>,
    /// A JSON pointer within an item to the text that must be (or hold) the marker.
    pub marker: String,
}

/// One step of a removal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveStep {
    /// The operation.
    pub operation: Arc<str>,
    /// Placeholders for later steps, from this step's answer: name to JSON pointer.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// The documented limits of one throttling bucket.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its id (`outlook`).
    pub id: Arc<str>,
    /// Whose requests count together.
    pub scope: BucketScope,
    /// The limits; several apply at once.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// The most requests at once, where Microsoft states one.
    pub concurrent: Option<u32>,
    /// Where Microsoft states it.
    pub source: String,
}

/// Whose requests count together in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BucketScope {
    /// One application in one tenant.
    AppTenant,
    /// One application and one mailbox (or one user's drive or notebooks).
    AppUser,
    /// One tenant, whatever the application.
    Tenant,
}

/// So many units in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Units.
    pub amount: u32,
    /// Seconds.
    pub window_s: u32,
}

fn first_part(id: &str) -> &str {
    id.split_once('.').map_or(id, |(first, _)| first)
}

fn etag_pointer() -> String {
    ETAG_POINTER.to_owned()
}

const fn one() -> u32 {
    1
}

fn all_clouds() -> Vec<CloudName> {
    CloudName::ALL.to_vec()
}
