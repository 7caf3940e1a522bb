-- The first alert of an ordinary contact is written by the next tick, within seconds, instead of with the contact: it is due
-- in minutes at the earliest, and its row with its four keys was a third of what a contact cost. The mark comes with the contact.

ALTER TABLE contacts ADD COLUMN unannounced BIGINT NOT NULL DEFAULT 0 CHECK (unannounced IN (0, 1));
CREATE INDEX contacts_unannounced ON contacts (team) WHERE unannounced = 1; -- as small as what came in these seconds
