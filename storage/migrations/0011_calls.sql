-- How many runs of a turn have ended in calls of tools that are saved.
ALTER TABLE turns ADD COLUMN tool_steps INTEGER NOT NULL DEFAULT 0;

-- The runs of a turn that has several; the only one of any other stands with the turn.
CREATE TABLE runs (
    turn_id          INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    step             INTEGER NOT NULL,
    run              TEXT,
    session          TEXT,
    backend          TEXT,
    model            TEXT,
    input_tokens     INTEGER,
    history_tokens   INTEGER,
    cached_tokens    INTEGER,
    output_tokens    INTEGER,
    reasoning_tokens INTEGER,
    PRIMARY KEY (turn_id, step)
);

-- What models want done. A row that is not begun is an intent; one that is begun and not ended may
-- have been done.
CREATE TABLE calls (
    id        INTEGER PRIMARY KEY AUTOINCREMENT, -- by which people name it
    turn_id   INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    step      INTEGER NOT NULL,
    place     INTEGER NOT NULL, -- among those of its step
    call_id   TEXT NOT NULL,    -- the model's
    tool      TEXT NOT NULL,
    arguments TEXT NOT NULL,
    decision  TEXT,             -- of the person who was asked first
    made_at   REAL NOT NULL,
    begun_at  REAL,
    ended_at  REAL,
    output    TEXT,
    is_error  INTEGER,
    files     TEXT,             -- JSON: name, mime, base64; until they are delivered
    UNIQUE (turn_id, call_id)
);
