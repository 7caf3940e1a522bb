-- What a provider says later about a message (it did not arrive after all) may come to another process than the one that
-- sent it, and after a restart: the provider's id of the message stands beside the row.
ALTER TABLE outbox ADD COLUMN receipt TEXT;
CREATE INDEX outbox_receipt ON outbox (channel, receipt) WHERE receipt IS NOT NULL;
