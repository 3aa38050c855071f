-- The ledger's first format. Migrations are only ever appended.

-- Words of few values: accounts, tenants, operations, journeys, path templates, codes.
CREATE TABLE names (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Texts of many values: the ids of a path, joined; messages. Found by hash: they are long.
CREATE TABLE texts (
    id   INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX texts_by_hash ON texts (hash);

-- One row for each request that left. The id holds the time of the start: see CallId.
CREATE TABLE calls (
    id                INTEGER PRIMARY KEY,
    started_offset_ms INTEGER NOT NULL, -- from the id's time; nearly always 0
    late_ms           INTEGER NOT NULL, -- from planned to started
    duration_ms       INTEGER NOT NULL,
    account           INTEGER NOT NULL, -- names
    tenant            INTEGER NOT NULL, -- names
    operation         INTEGER NOT NULL, -- names
    journey           INTEGER,          -- names
    attempt           INTEGER NOT NULL,
    method            INTEGER NOT NULL,
    path_template     INTEGER NOT NULL, -- names
    path_ids          INTEGER,          -- texts
    status            INTEGER,
    verdict           INTEGER NOT NULL,
    stage             INTEGER,
    kind              INTEGER,
    code              INTEGER,          -- names
    message           INTEGER,          -- texts
    request_id        BLOB,
    client_request_id BLOB NOT NULL,
    retry_after_s     INTEGER,
    bytes             INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_account ON calls (account);
CREATE INDEX calls_by_operation ON calls (operation);
CREATE INDEX calls_not_ok ON calls (verdict) WHERE verdict <> 0;
CREATE INDEX calls_not_ok_by_account ON calls (account) WHERE verdict <> 0;
CREATE INDEX calls_by_stage ON calls (stage) WHERE stage IS NOT NULL;

-- All calls by account and verdict, kept with each commit.
CREATE TABLE tallies (
    account INTEGER NOT NULL, -- names
    verdict INTEGER NOT NULL,
    calls   INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (account, verdict)
) STRICT, WITHOUT ROWID;

-- What journeys made. The key is never used twice.
CREATE TABLE artefacts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account         TEXT NOT NULL,
    journey         TEXT NOT NULL,
    name            TEXT NOT NULL,
    marker          TEXT NOT NULL,
    known           TEXT NOT NULL, -- JSON object: placeholder to value
    state           TEXT NOT NULL,
    intended_at_ms  INTEGER NOT NULL,
    session         BLOB NOT NULL,
    trouble         TEXT
) STRICT;
CREATE INDEX artefacts_open ON artefacts (account) WHERE state <> 'gone';

CREATE TABLE standings (
    account  TEXT PRIMARY KEY,
    state    TEXT NOT NULL,
    reason   TEXT,
    code     TEXT,
    until_ms INTEGER,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    id         INTEGER PRIMARY KEY,
    account    TEXT NOT NULL,
    credential TEXT NOT NULL,
    at_ms      INTEGER NOT NULL,
    code       TEXT NOT NULL
) STRICT;
CREATE INDEX refusals_by_account ON refusals (account, credential, at_ms);

CREATE TABLE first_seen (
    account   TEXT NOT NULL,
    operation TEXT NOT NULL,
    at_ms     INTEGER NOT NULL,
    PRIMARY KEY (account, operation)
) STRICT, WITHOUT ROWID;

CREATE TABLE rounds (
    account     TEXT PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    ok          INTEGER NOT NULL,
    expected    INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    throttled   INTEGER NOT NULL,
    skipped     INTEGER NOT NULL,
    interrupted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Secrets, sealed to their names; the check tells a wrong key from a damaged row.
CREATE TABLE vault (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE vault_check (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL
) STRICT;

-- Counts the flushes: a commit that changes nothing would not reach the disk.
CREATE TABLE flushes (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
) STRICT;
INSERT INTO flushes (id, count) VALUES (1, 0);
