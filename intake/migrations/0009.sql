-- Contact appointments with the person: one plan for each case; it goes with the contact. In clear: times and states.
-- Place, way and reason are sealed for the person and the team (crypto/FORMAT.md, RECORD). A rule for a prison's visit
-- days is stored as weekdays and hours only. Plain SQL for SQLite >= 3.40 and PostgreSQL >= 15.

CREATE TABLE appointments (
  mailbox BYTEA NOT NULL PRIMARY KEY REFERENCES contacts (mailbox) ON DELETE CASCADE,
  phase TEXT NOT NULL CHECK (phase IN ('resting', 'planned', 'reminded', 'open')),
  begins BIGINT,                                          -- minute of the next one
  due BIGINT,                                             -- second in which time alone changes something
  document TEXT NOT NULL,                                 -- intake.appointments.dump
  envelope BYTEA,                                         -- sealed: where and how
  revision BIGINT NOT NULL DEFAULT 1                      -- compare-and-swap
);
CREATE INDEX appointments_due ON appointments (due) WHERE due IS NOT NULL;
CREATE INDEX appointments_begins ON appointments (begins) WHERE begins IS NOT NULL;

-- What became of each, and who changed what: never why.
CREATE TABLE appointment_log (
  mailbox BYTEA NOT NULL REFERENCES appointments (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  day BIGINT NOT NULL,
  entry TEXT NOT NULL,
  detail TEXT NOT NULL,
  by_whom TEXT NOT NULL,                                  -- member, "person", or "" for the machine
  PRIMARY KEY (mailbox, number)
);
