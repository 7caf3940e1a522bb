-- One index less is written with every contact: the open alerts of a team are found in the index of the times.
DROP INDEX alerts_open;
DROP INDEX alerts_due;
CREATE INDEX alerts_due ON alerts (due, team) WHERE phase <> 'resolved';
