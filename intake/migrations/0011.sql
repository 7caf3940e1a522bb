-- Hand-overs of contacts from team to team.
-- Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15. Days only; what is said lies in the envelope.

CREATE TABLE handovers (
  id BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  from_team TEXT NOT NULL,
  to_team TEXT NOT NULL,
  purpose TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('asked', 'agreed', 'offered', 'accepted', 'returned', 'refused', 'withdrawn', 'cancelled')),
  consent TEXT NOT NULL CHECK (consent IN ('thread', 'noted')),
  consent_day BIGINT,                                     -- day on which the person agreed
  asked_by TEXT NOT NULL,                                 -- member id
  envelope BYTEA,                                         -- HANDOVER, sealed for the new team; NULL unless offered or accepted
  entries BIGINT NOT NULL DEFAULT 0,                      -- how many envelopes the offer opens
  reason TEXT,                                            -- of a return
  created BIGINT NOT NULL,                                -- day
  changed BIGINT NOT NULL,                                -- day
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
);
CREATE INDEX handovers_mailbox ON handovers (mailbox);
CREATE INDEX handovers_offered ON handovers (to_team) WHERE stage = 'offered';
CREATE UNIQUE INDEX handovers_open ON handovers (mailbox) WHERE stage IN ('asked', 'agreed', 'offered');
