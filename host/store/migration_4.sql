-- Version 4: what people list costs what it shows, however many runs are over; what is unaccounted
-- for is found however many wait.

-- Each index ends with the row's number, so it gives equal rows in the order of acceptance.
DROP INDEX run_workflow;
DROP INDEX run_status;
CREATE INDEX run_workflow ON run (name, status, created_at);
CREATE INDEX run_status   ON run (status, created_at);
CREATE INDEX run_idle     ON run (waits_for)
  WHERE owner IS NULL AND wake_at IS NULL AND finished_at IS NULL;
