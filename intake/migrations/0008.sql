-- Field visits and check-ins. What is readable: who of the team is out from when to when, and with whom as companion.
-- Where and with whom they are stands in the sealed sheet alone. All of it is forgotten 30 days after a visit is over.

-- The row is the timer. `document` is the whole visit (intake/checkins.py, dump); the columns beside it are its index.
CREATE TABLE visits (
  id TEXT NOT NULL PRIMARY KEY,
  team TEXT NOT NULL,
  member TEXT NOT NULL,
  phase TEXT NOT NULL,
  due BIGINT,                                             -- second; NULL only when closed
  document BYTEA NOT NULL,
  ended BIGINT,                                           -- minute
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
);
CREATE INDEX visits_due ON visits (due) WHERE phase <> 'closed';
CREATE INDEX visits_open ON visits (team, id) WHERE phase <> 'closed';
CREATE INDEX visits_member ON visits (member, id) WHERE phase <> 'closed';
CREATE INDEX visits_over ON visits (member, ended) WHERE phase = 'closed';
CREATE INDEX visits_ended ON visits (ended) WHERE ended IS NOT NULL;

-- Sealed in the browser to the team (crypto/FORMAT.md, SHEET); handed out from the last level on only.
CREATE TABLE visit_sheets (
  visit TEXT NOT NULL PRIMARY KEY REFERENCES visits (id) ON DELETE CASCADE,
  envelope BYTEA NOT NULL
);

CREATE TABLE visit_log (
  visit TEXT NOT NULL REFERENCES visits (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,                                     -- minute
  entry TEXT NOT NULL,
  by_whom TEXT NOT NULL,                                  -- member id, '' for the machine
  detail TEXT NOT NULL,                                   -- a word of ours
  PRIMARY KEY (visit, number)
);

-- Own PIN and duress PIN: Argon2id, and the result sealed under the key at rest (crypto/at_rest.py).
CREATE TABLE visit_pins (
  member TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
  sealed BYTEA NOT NULL
);

CREATE TABLE visit_rules (
  team TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL,                                 -- JSON: minutes of the chain
  changed_by TEXT NOT NULL,
  changed_at BIGINT NOT NULL                              -- minute, of a counsellor
);

-- Standing routines: every week at this time. The row is the timer.
CREATE TABLE visit_routines (
  id TEXT NOT NULL PRIMARY KEY,
  team TEXT NOT NULL,
  member TEXT,                                            -- NULL: the whole team (drill)
  document TEXT NOT NULL,
  next BIGINT NOT NULL                                    -- second
);
CREATE INDEX visit_routines_next ON visit_routines (next);
CREATE INDEX visit_routines_team ON visit_routines (team, id)
