-- Where the delta queries of the accounts go on: one bookmark for each account and operation, with the
-- path that it is about.
CREATE TABLE delta_bookmarks (
    account   TEXT NOT NULL,
    operation TEXT NOT NULL,
    path      TEXT NOT NULL,
    bookmark  TEXT NOT NULL,
    since_ms  INTEGER NOT NULL,
    PRIMARY KEY (account, operation)
) STRICT, WITHOUT ROWID;
