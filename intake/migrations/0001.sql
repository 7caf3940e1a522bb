-- First form of the house. Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15 (SQLite keeps bytes in BYTEA columns as they are;
-- WITHOUT ROWID is left out for PostgreSQL).
-- Times are coarse on purpose: hours and days since 1970, never minutes of a person's doing. Nothing here is readable
-- without a key that this server does not have, but for the headers in deploy/THREAT-MODEL.md.

CREATE TABLE contacts (
  mailbox BYTEA NOT NULL PRIMARY KEY CHECK (length(mailbox) = 16),
  token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
  person_kid BYTEA NOT NULL CHECK (length(person_kid) = 8),
  team TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'claimed', 'answered', 'mandated', 'signposted', 'forwarded', 'closed')),
  rank BIGINT NOT NULL CHECK (rank IN (0, 1)),            -- 0 urgent by the person's own tick, 1 otherwise
  channel TEXT NOT NULL,
  received BIGINT NOT NULL,                               -- hour
  answer_by BIGINT NOT NULL,                              -- day
  erase_on BIGINT NOT NULL,                               -- day
  claimed_by TEXT,                                        -- member id
  claim_until BIGINT,                                     -- last day on which a claim without an answer stands
  ended BIGINT,                                           -- hour
  reason TEXT,
  waiting BIGINT NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1)),
  unread BIGINT NOT NULL DEFAULT 1,
  size BIGINT NOT NULL,                                   -- bytes of all envelopes, sums of buckets
  entries BIGINT NOT NULL DEFAULT 1,
  notes BIGINT NOT NULL DEFAULT 0,
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
) WITHOUT ROWID;                                          -- one tree less to write to, and no number tells who came first
-- One index per box, in the order of the list: a page costs the same whether the box holds ten or ten thousand.
CREATE INDEX contacts_new ON contacts (team, rank, received, mailbox) WHERE state = 'received';
CREATE INDEX contacts_held ON contacts (team, claimed_by, rank, received, mailbox) WHERE state IN ('claimed', 'answered');
CREATE INDEX contacts_open ON contacts (team, rank, received, mailbox) WHERE state IN ('claimed', 'answered');
CREATE INDEX contacts_waiting ON contacts (team, rank, received, mailbox) WHERE waiting = 1;
CREATE INDEX contacts_ended ON contacts (team, ended, mailbox) WHERE ended IS NOT NULL;
-- None for erase_on: it is asked once a day, and an index would be written with every contact.
CREATE INDEX contacts_lapse ON contacts (claim_until) WHERE state = 'claimed';

CREATE TABLE entries (
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  author TEXT NOT NULL CHECK (author IN ('person', 'team')),
  day BIGINT NOT NULL,
  envelope BYTEA NOT NULL,
  PRIMARY KEY (mailbox, number)
);

-- Counted apart from the entries: a gap in the numbers would tell the person how many notes were written about them.
CREATE TABLE notes (
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  after_entry BIGINT NOT NULL,
  day BIGINT NOT NULL,
  envelope BYTEA NOT NULL,
  PRIMARY KEY (mailbox, number)
);

-- A mailbox that was erased must not come back by a repeated request while its stamp is still good.
CREATE TABLE erased (
  mailbox BYTEA NOT NULL PRIMARY KEY,
  until BIGINT NOT NULL                                   -- hour
);

CREATE TABLE members (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('invited', 'enrolled', 'revoked')),
  salt BYTEA,
  memory_kib BIGINT,
  passes BIGINT,
  login_hash BYTEA,
  wrapped_seed BYTEA,
  kem BYTEA,
  verify BYTEA
);

CREATE TABLE memberships (
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  team TEXT NOT NULL,
  PRIMARY KEY (member, team)
);

CREATE TABLE invitations (
  code_hash BYTEA NOT NULL PRIMARY KEY,
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  expires BIGINT NOT NULL                                 -- hour
);

CREATE TABLE grants (
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  team TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  envelope BYTEA NOT NULL,
  PRIMARY KEY (member, team, epoch)
);

CREATE TABLE sessions (
  token_hash BYTEA NOT NULL PRIMARY KEY,
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,                                -- minute, of a counsellor
  seen BIGINT NOT NULL                                    -- minute, of a counsellor
);
CREATE INDEX sessions_member ON sessions (member);
CREATE INDEX sessions_seen ON sessions (seen);

CREATE TABLE blocks (
  team TEXT NOT NULL PRIMARY KEY,
  envelope BYTEA NOT NULL
);

-- What speaks outward is written here in the transaction that caused it. No content: a topic and whom it concerns.
-- While a row waits, the same topic for the same recipient is not written again.
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,                           -- idempotency key of the delivery
  topic TEXT NOT NULL,
  recipient TEXT NOT NULL,
  urgent BIGINT NOT NULL CHECK (urgent IN (0, 1)),
  due BIGINT NOT NULL,                                    -- hour
  attempts BIGINT NOT NULL DEFAULT 0,
  taken BIGINT                                            -- hour in which a delivery began
);
CREATE UNIQUE INDEX outbox_once ON outbox (topic, recipient, urgent) WHERE taken IS NULL;
CREATE INDEX outbox_due ON outbox (due) WHERE taken IS NULL;

CREATE TABLE secrets (
  name TEXT NOT NULL PRIMARY KEY,
  value BYTEA NOT NULL
);
