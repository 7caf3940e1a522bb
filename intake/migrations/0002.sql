-- The on-call counsellor is reached: roles, service phones, rota, alerts, outbox with deliveries.
-- Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15. Times of help-seekers stay coarse: an alert knows the hour in which
-- a contact came, and rounds its own timers to minutes; it is forgotten some days after it is over.

ALTER TABLE memberships ADD COLUMN role TEXT NOT NULL DEFAULT 'counsellor'
  CHECK (role IN ('counsellor', 'lead', 'supervisor', 'coordination'));
CREATE INDEX memberships_team ON memberships (team);

CREATE TABLE service_phones (
  member TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
  number BYTEA,                                           -- sealed under the key at rest (crypto/at_rest.py)
  network TEXT,                                           -- of the number, for hiding the caller
  number_verified BIGINT,                                 -- minute
  matrix_user TEXT,
  matrix_room TEXT,
  matrix_devices TEXT NOT NULL DEFAULT '[]',              -- JSON: [{"device_id","ed25519","pinned"}]
  matrix_verified BIGINT,                                 -- minute
  code_hash BYTEA,                                        -- of the code that is being exchanged
  code_channel TEXT CHECK (code_channel IN ('number', 'matrix')),
  code_until BIGINT,                                      -- minute
  code_tries BIGINT NOT NULL DEFAULT 0,
  language TEXT NOT NULL DEFAULT 'de',
  memory TEXT NOT NULL DEFAULT '{}',                      -- JSON, of the service-phone machine
  cut_off BIGINT,                                         -- minute
  changed_by TEXT,
  revision BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX service_phones_matrix ON service_phones (matrix_user) WHERE matrix_user IS NOT NULL;

CREATE TABLE push_subscriptions (
  id TEXT NOT NULL PRIMARY KEY,                           -- SHA-256 of the endpoint, shortened
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  sealed BYTEA NOT NULL                                   -- endpoint and keys, sealed at rest
);
CREATE INDEX push_subscriptions_member ON push_subscriptions (member);

CREATE TABLE rotas (
  team TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  plan TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  changed_at BIGINT NOT NULL                              -- minute, of a counsellor
);

CREATE TABLE calendar_feeds (
  secret_hash BYTEA NOT NULL PRIMARY KEY,
  feed TEXT NOT NULL,
  member TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
  team TEXT NOT NULL,
  UNIQUE (member, team)
);

-- The row is the timer. `document` is the whole alert (intake/alerts.py, dump); the columns beside it are its index.
CREATE TABLE alerts (
  id TEXT NOT NULL PRIMARY KEY,
  team TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,                                  -- mailbox in hex, or phone:member; '' once erased
  phase TEXT NOT NULL,
  due BIGINT,                                             -- second; NULL only when resolved
  document BYTEA NOT NULL,
  ended BIGINT,                                           -- minute
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
);
CREATE INDEX alerts_due ON alerts (due) WHERE phase <> 'resolved';
CREATE UNIQUE INDEX alerts_once ON alerts (subject) WHERE phase <> 'resolved';
CREATE INDEX alerts_open ON alerts (team, id) WHERE phase <> 'resolved';
CREATE INDEX alerts_ended ON alerts (ended) WHERE ended IS NOT NULL;

-- Who was told of which alert and may answer it.
CREATE TABLE alert_people (
  member TEXT NOT NULL,
  alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  told BIGINT NOT NULL,                                   -- minute, newest first in lists
  bundle TEXT NOT NULL,                                   -- of the latest saying, to look up what became of it
  PRIMARY KEY (member, alert)
);
CREATE INDEX alert_people_alert ON alert_people (alert);

-- What coordination, consoles and doctor learn of: once an hour and team, counted.
CREATE TABLE incidents (
  id TEXT NOT NULL PRIMARY KEY,
  team TEXT NOT NULL,
  trouble TEXT NOT NULL,
  target TEXT NOT NULL,
  loud BIGINT NOT NULL CHECK (loud IN (0, 1)),
  at BIGINT NOT NULL,                                     -- minute of the latest
  times BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX incidents_at ON incidents (at);

-- High-water mark of the clock, day of the last test alarm.
CREATE TABLE marks (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);

-- The first form woke teams without knowing whom; nothing of it needs to be kept.
DROP TABLE outbox;
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,                           -- idempotency key of the delivery on every channel
  bundle TEXT NOT NULL,                                   -- the same saying to the same person on several channels
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,                                -- member id; for channel "person" a mailbox in hex
  place BIGINT NOT NULL,                                  -- order within channel and recipient
  due BIGINT NOT NULL,                                    -- second; while it is being delivered: end of the lease
  since BIGINT NOT NULL,                                  -- second in which it was written
  attempts BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
  saying TEXT NOT NULL,                                   -- JSON, content-free (intake/sayings.py)
  address BYTEA,                                          -- sealed, when it is not the register's
  trouble TEXT                                            -- of the last attempt: a class of error, never a number
);
CREATE INDEX outbox_lane ON outbox (channel, recipient, place, id) WHERE state = 'waiting';
CREATE INDEX outbox_due ON outbox (channel, due) WHERE state = 'waiting';
CREATE INDEX outbox_bundle ON outbox (bundle);
CREATE INDEX outbox_dead ON outbox (since) WHERE state = 'dead';
CREATE INDEX outbox_sent ON outbox (due) WHERE state = 'sent'
