-- From request to case. A case hangs on the contact it grew out of and goes with it; whatever says something about the
-- person is a sealed sheet (crypto/FORMAT.md, RECORD). In clear: kind, mandate, agreement, companions, interval, dates as
-- days. Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15.

CREATE TABLE cases (
  mailbox BYTEA NOT NULL PRIMARY KEY REFERENCES contacts (mailbox) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('information', 'one_off', 'clarification', 'case')),
  mandate TEXT CHECK (mandate IN ('voluntary', 'condition', 'authority')),
  state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'ended')),
  opened BIGINT NOT NULL,                                 -- day
  agreement TEXT NOT NULL CHECK (agreement IN ('none', 'offered', 'active', 'dissolved')),
  dissolved_why TEXT,
  review_on BIGINT,                                       -- day
  first TEXT,                                             -- member ids of the two companions
  second TEXT,
  interval_days BIGINT,                                   -- NULL: as needed
  outcome TEXT,
  ended BIGINT,                                           -- day
  sheets BIGINT NOT NULL DEFAULT 0,
  steps BIGINT NOT NULL DEFAULT 0,
  size BIGINT NOT NULL DEFAULT 0,                         -- bytes of all sheets, sums of buckets
  revision BIGINT NOT NULL DEFAULT 1,                     -- compare-and-swap
  CHECK (kind <> 'case' OR mandate IS NOT NULL)           -- R03: no counselling without a mandate
);
CREATE INDEX cases_open ON cases (mailbox) WHERE state <> 'ended';

-- Documentation: every version stays readable; the latest of each sheet is what holds.
CREATE TABLE case_sheets (
  mailbox BYTEA NOT NULL REFERENCES cases (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  sheet TEXT NOT NULL,
  day BIGINT NOT NULL,
  member TEXT NOT NULL,
  envelope BYTEA NOT NULL,
  PRIMARY KEY (mailbox, number)
);

-- Who decided what and when, among it every change of the contact interval; the reason is sealed.
CREATE TABLE case_steps (
  mailbox BYTEA NOT NULL REFERENCES cases (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  day BIGINT NOT NULL,
  step TEXT NOT NULL,
  detail TEXT NOT NULL,
  member TEXT NOT NULL,
  envelope BYTEA,
  PRIMARY KEY (mailbox, number)
);

-- "I know this person": this member sees nothing of the contact any more and is not called about it.
CREATE TABLE conflicts (
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  member TEXT NOT NULL,
  day BIGINT NOT NULL,
  PRIMARY KEY (mailbox, member)
);
CREATE INDEX conflicts_member ON conflicts (member);

-- The questions of a sheet, as a carrier words them. Nothing about anybody.
CREATE TABLE sheet_templates (
  carrier TEXT NOT NULL,
  sheet TEXT NOT NULL,
  questions TEXT NOT NULL,                                -- JSON: list of sentences
  changed_by TEXT NOT NULL,
  changed_on BIGINT NOT NULL,                             -- day
  PRIMARY KEY (carrier, sheet)
);
