-- Statistics: numbers only. The form of an ended contact is taken apart before it is written (intake/statistics.py).

CREATE TABLE statistics (
  half TEXT NOT NULL,                                     -- "2026-1"
  land TEXT NOT NULL,                                     -- NUTS-1, or "DE"
  place TEXT NOT NULL,                                    -- Kreis, Land, or team
  subject TEXT NOT NULL,
  value TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (half, land, place, subject, value)
);
