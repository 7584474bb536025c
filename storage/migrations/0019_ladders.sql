-- How far down somebody has come with hints, step by step; the keys are what makes it a chain, in
-- which each turn takes one step at most.
CREATE TABLE ladders (
    course  INTEGER NOT NULL,
    person  TEXT NOT NULL,
    subject TEXT NOT NULL,    -- an assignment, else a conversation
    n       INTEGER NOT NULL,
    turn_id INTEGER NOT NULL,
    level   INTEGER NOT NULL,
    why     TEXT NOT NULL,    -- begun, tried, skipped
    digest  TEXT NOT NULL,    -- of what was tried
    at      REAL NOT NULL,
    PRIMARY KEY (course, person, subject, n),
    UNIQUE (course, person, subject, turn_id)
);
