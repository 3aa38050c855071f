//! `status`: a card for each account.

use std::collections::HashMap;
use std::sync::Arc;

use graphbeat_base::Timestamp;
use graphbeat_catalog::Mode;
use graphbeat_config::{Account, Config, FileCheck, SignIn};
use graphbeat_core::{AccountStanding, AccountState, Language, PermissionCheck, time_text};
use graphbeat_engine::planned_next;
use graphbeat_entra::CertificateCredential;
use graphbeat_store::{AccountStates as _, CallLog as _, Ledger as _, Notes as _, Round, VerdictCounts};
use serde::Serialize;

use crate::context::Context;
use crate::diagnosis::Diagnoses;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::runtime::{Opened, open_ledger};
use crate::stop::run_until_stopped;
use crate::texts::say;

const FIELDS: &[&str] =
    &["account", "state", "reason", "code", "until", "counts", "last_round", "next_slot", "expires"];

/// Why a person paused an account, as the ledger keeps it.
pub(crate) const PAUSED_BY_OWNER: &str = "its owner paused it";

/// graphbeat's own code for an account that nobody has signed in for.
const NOT_SIGNED_IN: &str = "NotSignedIn";

/// An account's card. Field names are part of the contract.
#[derive(Debug, Serialize)]
pub(crate) struct Card {
    pub(crate) account: Arc<str>,
    pub(crate) state: AccountState,
    pub(crate) reason: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) counts: Counts,
    pub(crate) last_round: Option<LastRound>,
    pub(crate) next_slot: Option<String>,
    pub(crate) expires: Vec<Expiry>,
    /// What the state means, where a service is the cause of it: for people.
    #[serde(skip)]
    pub(crate) diagnosis: Option<Diagnosis>,
}

/// A diagnosis, as much of it as a card has room for.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    title: String,
    /// The first step.
    step: Option<String>,
}

/// Rows by verdict.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    calls: u64,
    ok: u64,
    expected: u64,
    failed: u64,
    throttled: u64,
    skipped: u64,
    interrupted: u64,
}

/// The last round, by operations.
#[derive(Debug, Serialize)]
pub(crate) struct LastRound {
    at: String,
    #[serde(flatten)]
    counts: Counts,
}

/// Something that ends at a known time.
#[derive(Debug, Serialize)]
pub(crate) struct Expiry {
    what: &'static str,
    at: String,
    source: String,
}

pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Skip)?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let mut cards = cards(&config, &catalog, &opened, context.language()).await?;
        opened.store.close().await?;
        let diagnoses = Diagnoses::new(&config, catalog, context.language())?;
        cards.iter_mut().for_each(|card| card.diagnose(&diagnoses));
        let mut list = context.printer.list(FIELDS, columns());
        cards.iter().try_for_each(|card| list.push(card))?;
        list.finish()?;
        Ok(Exit::Ok)
    })
}

/// The cards of all accounts, in the order of the configuration.
pub(crate) async fn cards(
    config: &Config,
    catalog: &graphbeat_catalog::Catalog,
    opened: &Opened,
    language: Language,
) -> Result<Vec<Card>, Failure> {
    let store = &opened.store;
    let now = opened.clock.now();
    let standings = store.standings().await?.into_iter();
    let mut standings: HashMap<Arc<str>, AccountStanding> =
        standings.map(|standing| (Arc::clone(&standing.account), standing)).collect();
    let counts: HashMap<Arc<str>, VerdictCounts> =
        store.counts(None).await?.into_iter().map(|row| (row.account, row.counts)).collect();
    let rounds: HashMap<Arc<str>, Round> = store.last_rounds().await?.into_iter().collect();
    let mut checks = permission_checks(config, opened).await?;
    config
        .accounts
        .iter()
        .map(|account| {
            let standing = standings.remove(&account.name).filter(|standing| holds(standing, now));
            let mut card = Card::new(account, standing, language);
            card.counts = counts.get(&account.name).copied().map(Counts::from).unwrap_or_default();
            card.last_round = rounds
                .get(&account.name)
                .map(|round| LastRound { at: time_text(round.at), counts: Counts::from(round.counts) });
            let stands_still = card.until.is_none() && card.state == AccountState::Paused;
            if !stands_still && card.state != AccountState::NeedsSignIn {
                card.next_slot = planned_next(config, account, catalog, now)?.map(time_text);
            }
            card.reason = card.reason.or_else(|| missing_text(&account.name, checks.remove(&account.name)?));
            card.expires = certificate_end(account, now).into_iter().collect();
            Ok(card)
        })
        .collect()
}

/// What the agent found of the permissions of each account.
async fn permission_checks(config: &Config, opened: &Opened) -> Result<HashMap<Arc<str>, PermissionCheck>, Failure> {
    let mut checks = HashMap::new();
    for account in &config.accounts {
        let note = opened.store.note(&PermissionCheck::note_name(&account.name)).await?;
        if let Some(check) = note.as_deref().and_then(PermissionCheck::from_note) {
            checks.insert(Arc::clone(&account.name), check);
        }
    }
    Ok(checks)
}

/// A wait that is over is over, also where nobody has noticed yet.
fn holds(standing: &AccountStanding, now: Timestamp) -> bool {
    standing.until.is_none_or(|until| until > now)
}

impl Card {
    fn new(account: &Account, standing: Option<AccountStanding>, language: Language) -> Self {
        let never_signed_in = standing.is_none() && account.sign_in.mode() == Mode::Delegated;
        let mut card = Self {
            account: Arc::clone(&account.name),
            state: if never_signed_in { AccountState::NeedsSignIn } else { AccountState::Active },
            reason: never_signed_in.then(|| say!("status-never-signed-in", account = &account.name).of(language)),
            code: None,
            until: None,
            counts: Counts::default(),
            last_round: None,
            next_slot: None,
            expires: Vec::new(),
            diagnosis: None,
        };
        if let Some(standing) = standing {
            card.state = standing.state;
            let is_by_owner = standing.reason.as_deref() == Some(PAUSED_BY_OWNER);
            card.reason = if is_by_owner { Some(say!("status-paused").of(language)) } else { standing.reason };
            card.code = standing.code;
            card.until = standing.until.map(time_text);
        }
        card
    }

    /// The diagnosis and its first step, for people.
    pub(crate) fn diagnosis_text(&self) -> String {
        let Some(told) = &self.diagnosis else { return String::new() };
        [Some(&told.title), told.step.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Says what the state means.
    pub(crate) fn diagnose(&mut self, diagnoses: &Diagnoses) {
        let not_signed_in = || (self.state == AccountState::NeedsSignIn).then(|| NOT_SIGNED_IN.to_owned());
        let code = self.code.clone().or_else(not_signed_in);
        self.diagnosis = code.map(|code| {
            let told = diagnoses.of_code(&self.account, &code);
            Diagnosis { title: told.title, step: told.steps.into_iter().next() }
        });
    }
}

impl From<VerdictCounts> for Counts {
    fn from(counts: VerdictCounts) -> Self {
        let VerdictCounts { ok, expected, failed, throttled, skipped, interrupted } = counts;
        Self { calls: counts.total(), ok, expected, failed, throttled, skipped, interrupted }
    }
}

/// The end of a certificate that lies in a file of its own and needs no password.
fn certificate_end(account: &Account, now: Timestamp) -> Option<Expiry> {
    let SignIn::Certificate { certificate: graphbeat_config::SecretRef::File(path), .. } = &account.sign_in else {
        return None;
    };
    let pem = std::fs::read_to_string(path).ok()?;
    let certificate = CertificateCredential::from_pem(&pem, now).ok()?;
    let source = path.file_name()?.to_string_lossy().into_owned();
    Some(Expiry { what: "certificate", at: time_text(certificate.not_after()), source })
}

fn columns() -> Vec<Column<Card>> {
    vec![
        Column::new(say!("word-account"), |card: &Card| card.account.to_string()),
        Column::new(say!("word-state"), |card: &Card| {
            let tone = match card.state {
                AccountState::Active => Tone::Good,
                AccountState::Waiting => Tone::Attention,
                AccountState::Paused => Tone::Dim,
                AccountState::NeedsSignIn => Tone::Bad,
            };
            Cell::toned(card.state.word(), tone)
        }),
        Column::new(say!("word-calls"), |card: &Card| card.counts.calls.to_string()),
        Column::new(say!("word-ok"), |card: &Card| card.counts.ok.to_string()),
        Column::new(say!("word-expected"), |card: &Card| card.counts.expected.to_string()),
        Column::new(say!("word-failed"), |card: &Card| card.counts.failed.to_string()),
        Column::new(say!("word-last-round"), |card: &Card| {
            card.last_round.as_ref().map(|round| round.at.clone()).unwrap_or_default()
        }),
        Column::new(say!("word-next-slot"), |card: &Card| card.next_slot.clone().unwrap_or_default()),
        Column::new(say!("word-expires"), |card: &Card| {
            let ends: Vec<String> = card.expires.iter().map(|end| format!("{} {}", end.what, end.at)).collect();
            ends.join(", ")
        }),
        Column::new(say!("word-reason"), |card: &Card| card.reason.clone().unwrap_or_default()),
        Column::new(say!("diagnosis-diagnosis"), |card: &Card| {
            card.diagnosis.as_ref().map(|told| told.title.clone()).unwrap_or_default()
        }),
        Column::new(say!("diagnosis-next-step"), |card: &Card| {
            card.diagnosis.as_ref().and_then(|told| told.step.clone()).unwrap_or_default()
        }),
    ]
}

/// What the token lacks, where it lacks something.
fn missing_text(account: &str, check: PermissionCheck) -> Option<String> {
    let names: Vec<String> = check.missing.into_keys().collect();
    let at = time_text(check.at);
    (!names.is_empty()).then(|| {
        format!("the token of {at} lacks {}: `graphbeat app show {account}` says what fails without", names.join(", "))
    })
}
