-- What left a contact, to what kind of body, and who decided it (intake/information_flow.py). No content, no names of bodies.

CREATE TABLE flows (
  id TEXT NOT NULL PRIMARY KEY,
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  information TEXT NOT NULL,
  body TEXT NOT NULL,
  takes TEXT NOT NULL CHECK (takes IN ('free', 'consent', 'release', 'two_people')),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'declined')),
  proposer TEXT NOT NULL,                                 -- member
  at BIGINT NOT NULL,                                     -- minute
  second TEXT,                                            -- member
  second_at BIGINT                                        -- minute
);
CREATE INDEX flows_mailbox ON flows (mailbox);
