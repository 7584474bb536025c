-- Answers that staff stand by, in words of their own.
CREATE TABLE endorsements (
    id         INTEGER PRIMARY KEY,
    course     INTEGER NOT NULL,
    question   TEXT NOT NULL,
    answer     TEXT NOT NULL,
    "by"       TEXT NOT NULL,
    name       TEXT NOT NULL,
    at         REAL NOT NULL,
    revoked_at REAL
);
CREATE INDEX endorsements_in_force ON endorsements (course, id) WHERE revoked_at IS NULL;
