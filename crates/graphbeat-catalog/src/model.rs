//! What the catalogue is made of. The TOML files under `catalog/` have exactly this shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
    /// Request headers beside the usual ones (`ConsistencyLevel`, `Prefer`).
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
    /// The least application permissions, all needed together; none: an application cannot call it.
    pub application: Option<Vec<String>>,
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
    /// Where the placeholders of path, query and body come from.
    #[serde(default)]
    pub values: BTreeMap<String, ValueSource>,
    /// The most pages of `@odata.nextLink` that are read.
    #[serde(default = "one")]
    pub pages: u32,
    /// How a write is undone, in words.
    pub undo: Option<String>,
    /// Microsoft's page about it.
    pub docs: String,
}

/// A verb of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the verbs of HTTP")]
pub enum OperationMethod {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

/// Whether an operation changes the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Access {
    Read,
    Write,
}

/// How an account signs in: as the application itself, or as a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Mode {
    Application,
    Delegated,
}

/// Microsoft's clouds that have Graph endpoints of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names of the clouds")]
pub enum CloudName {
    Global,
    UsGov,
    UsDod,
    China,
}

/// What an operation sends. Texts may hold placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Body {
    /// JSON, checked by `catalog lint`.
    Json {
        /// The JSON text; `{name}` is a placeholder.
        json: String,
    },
    /// Anything else.
    Text {
        /// The media type.
        #[serde(rename = "type")]
        media_type: String,
        /// The text.
        text: String,
    },
}

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
    /// id among them. Empty: the create's answer has no body (`sendMail`), and `find` gives them.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// The artefact that holds it and is removed with it: then it needs neither `find` nor `remove`.
    pub inside: Option<Arc<str>>,
    /// How to find it by its marker where its id is not known. None: `remove` works by the marker alone.
    pub find: Option<Find>,
    /// The operations that remove it for good, in order. A 404 at any of them means that it is gone.
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

const fn one() -> u32 {
    1
}

fn all_clouds() -> Vec<CloudName> {
    vec![CloudName::Global, CloudName::UsGov, CloudName::UsDod, CloudName::China]
}
