-- Rooms of the messenger in which help-seekers write. Nothing here names an account or a room: `name` is a keyed hash,
-- everything else is sealed under the key at rest (intake/room_desk.py). What is being written lies in memory only.

CREATE TABLE contact_rooms (
  name BYTEA NOT NULL PRIMARY KEY CHECK (length(name) = 16),
  mailbox BYTEA,                                          -- whose answers are brought there; NULL: nothing was sent
  seed BYTEA,                                             -- of that mailbox, sealed; gone as soon as the mailbox is
  begun BIGINT NOT NULL CHECK (begun IN (0, 1)),          -- something unsent would be lost with the process
  sealed BYTEA NOT NULL                                   -- the rest
);
CREATE INDEX contact_rooms_mailbox ON contact_rooms (mailbox) WHERE mailbox IS NOT NULL;

-- Pictures and voice messages of help-seekers, sealed as all else; kept apart from the entries, because a list of letters
-- must not weigh megabytes. `after_entry`: the letter that they came with.
CREATE TABLE attachments (
  mailbox BYTEA NOT NULL REFERENCES contacts (mailbox) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  after_entry BIGINT NOT NULL,
  day BIGINT NOT NULL,
  size BIGINT NOT NULL,                                   -- bytes, the bucket: never more exact than that
  digest BYTEA NOT NULL,                                  -- SHA-256 of the envelope: the same one twice is stored once
  envelope BYTEA NOT NULL,
  PRIMARY KEY (mailbox, number)
);
