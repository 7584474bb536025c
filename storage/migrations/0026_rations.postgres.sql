-- Who is at work, and who waits for it; gone with the worker. `person` is a digest.
CREATE UNLOGGED TABLE rations (
    token TEXT PRIMARY KEY,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    worker_id BIGINT NOT NULL,
    person TEXT NOT NULL,
    amount BIGINT NOT NULL,
    round BIGINT NOT NULL,
    is_taken BOOLEAN NOT NULL DEFAULT false
);
CREATE INDEX rations_by_kind ON rations (kind);
