-- What was used on days that are over, for looks at many of them. It is made of turns, and made
-- again: whatever changes a turn drops the days that it counts in.
CREATE TABLE finished_days (
    day INTEGER PRIMARY KEY -- since the epoch
);
CREATE TABLE spendings (
    day                 INTEGER NOT NULL REFERENCES finished_days (day) ON DELETE CASCADE,
    dimension           TEXT NOT NULL,
    name                TEXT NOT NULL,
    author_name         TEXT NOT NULL,
    key                 TEXT NOT NULL, -- of a conversation
    backend             TEXT,
    model               TEXT,
    alike               INTEGER NOT NULL,
    runs                INTEGER NOT NULL,
    uncounted           INTEGER NOT NULL,
    input_tokens        INTEGER NOT NULL,
    history_tokens      INTEGER NOT NULL,
    cached_tokens       INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    instructions_tokens INTEGER NOT NULL,
    tools_tokens        INTEGER NOT NULL,
    material_tokens     INTEGER NOT NULL,
    cost                INTEGER NOT NULL,
    unpriced            INTEGER NOT NULL
);
CREATE INDEX spendings_of_days ON spendings (day, dimension);
