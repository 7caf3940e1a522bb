-- Callbacks: one for each contact. The row is the timer. The agreement (number, rules, code word) is an envelope of its own,
-- erased long before the contact; the server knows the times alone. Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15.

CREATE TABLE callbacks (
  mailbox BYTEA NOT NULL PRIMARY KEY REFERENCES contacts (mailbox) ON DELETE CASCADE,
  team TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'due', 'attempting', 'reached', 'not_reached', 'withdrawn', 'expired')),
  due BIGINT,                                             -- second; NULL when nothing happens by itself any more
  document TEXT NOT NULL,                                 -- JSON of intake/callbacks.py: times, attempts, who is calling
  envelope BYTEA,                                         -- NULL once number and rules are erased
  agreements BIGINT NOT NULL DEFAULT 1,                   -- how often the person has agreed anew
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
);
CREATE INDEX callbacks_due ON callbacks (due) WHERE due IS NOT NULL;
CREATE INDEX callbacks_open ON callbacks (team, due, mailbox) WHERE state IN ('requested', 'due', 'attempting');

-- Numbers that a team does not call again, as keyed hashes inside an envelope that only the team can open.
CREATE TABLE never_call (
  team TEXT NOT NULL PRIMARY KEY,
  envelope BYTEA NOT NULL,
  revision BIGINT NOT NULL DEFAULT 1
);
