-- What Entra asked to wait for: no sign-in of an account under an application (cloud, tenant and client, as
-- one hash) before then, in whatever process.
CREATE TABLE sign_in_waits (
    account     TEXT NOT NULL,
    application TEXT NOT NULL,
    until_ms    INTEGER NOT NULL,
    code        TEXT,
    PRIMARY KEY (account, application)
) STRICT, WITHOUT ROWID;
