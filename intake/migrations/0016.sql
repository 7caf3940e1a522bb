-- Cases are kept as their carrier's signed rule says; longer only with a reason, which lies sealed in the history.

ALTER TABLE cases ADD COLUMN kept_until BIGINT;           -- day; NULL: the rule alone
