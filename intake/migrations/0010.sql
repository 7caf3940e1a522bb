-- Who may read, and how they prove who they are: the people's log, second factors, devices, recovery by two leads.
-- Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15.

-- Signed statements, chained per team (crypto/FORMAT.md, "People's log"): the server keeps them and cannot write one.
CREATE TABLE people_log (
  team TEXT NOT NULL,
  number BIGINT NOT NULL,
  statement BYTEA NOT NULL,
  PRIMARY KEY (team, number)
);

ALTER TABLE members ADD COLUMN secrecy TEXT;              -- day of the commitment to secrecy (ISO), § 203 StGB
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';

CREATE TABLE passkeys (
  id BYTEA NOT NULL PRIMARY KEY,
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  added BIGINT NOT NULL                                   -- day
);
CREATE INDEX passkeys_member ON passkeys (member);

CREATE TABLE totp (
  member TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
  sealed BYTEA NOT NULL,                                  -- under the key at rest
  confirmed BIGINT NOT NULL CHECK (confirmed IN (0, 1)),
  step BIGINT NOT NULL                                    -- the last one that was used: a code is good once
);

-- What was asked of a browser and may be answered once.
CREATE TABLE challenges (
  ticket_hash BYTEA NOT NULL PRIMARY KEY,
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CHECK (purpose IN ('login', 'passkey')),
  challenge BYTEA NOT NULL,
  expires BIGINT NOT NULL                                 -- minute
);

-- A member who lost passphrase or devices: one lead asks, another confirms. Nothing is ever reset, only granted anew.
CREATE TABLE recoveries (
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  team TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  expires BIGINT NOT NULL,                                -- hour
  PRIMARY KEY (member, team)
);
