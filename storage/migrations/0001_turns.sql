-- Times are seconds since the epoch.

CREATE TABLE conversations (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    begins_after INTEGER NOT NULL DEFAULT 0, -- turns up to this one are no history any more
    created_at   REAL NOT NULL
);

CREATE TABLE turns (
    id               INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of a conversation; never reused
    conversation_id  INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_key      TEXT NOT NULL UNIQUE, -- decides about duplicates
    client_key       TEXT UNIQUE,          -- so does this one, where a platform has it
    message_id       TEXT NOT NULL,
    author_id        TEXT NOT NULL,
    author_name      TEXT NOT NULL,
    text             TEXT NOT NULL,
    command          TEXT,
    details          TEXT NOT NULL DEFAULT '{}', -- JSON: attachments, origin, is_shared
    prompt           TEXT,                       -- the words the model was sent, where not the text
    state            TEXT NOT NULL DEFAULT 'pending',
    step             TEXT,
    epoch            INTEGER NOT NULL DEFAULT 0, -- the fencing number
    attempts         INTEGER NOT NULL DEFAULT 0,
    failures         INTEGER NOT NULL DEFAULT 0,
    failing_since    REAL,
    reruns           INTEGER NOT NULL DEFAULT 0,
    due_at           REAL NOT NULL DEFAULT 0,
    error            TEXT,
    assistant        TEXT,
    backend          TEXT,
    session          TEXT,
    is_submitted     INTEGER NOT NULL DEFAULT 0, -- the intent to start a run
    run              TEXT,
    run_at           REAL,
    changes          TEXT NOT NULL DEFAULT '[]', -- JSON: [[status, time], ...]
    answer           TEXT,
    kind             TEXT,
    model            TEXT,
    input_tokens     INTEGER,
    history_tokens   INTEGER,
    cached_tokens    INTEGER,
    output_tokens    INTEGER,
    reasoning_tokens INTEGER,
    accepted_at      REAL NOT NULL,
    answered_at      REAL,
    done_at          REAL
);

-- Claiming looks at open turns only, of which there are few, among finished ones without number.
CREATE INDEX turns_open ON turns (conversation_id, id) WHERE state <> 'done';
CREATE INDEX turns_of_conversation ON turns (conversation_id, id);
CREATE INDEX turns_by_time ON turns (accepted_at);
CREATE INDEX turns_by_author ON turns (author_id, accepted_at);

-- Every id a backend ever gave to a conversation, so that all of them can be forgotten there.
CREATE TABLE sessions (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    backend         TEXT NOT NULL,
    session         TEXT NOT NULL,
    cursor          TEXT, -- the newest item there that we know of
    opened_at       REAL NOT NULL,
    ended_at        REAL,
    PRIMARY KEY (conversation_id, backend, session)
);

-- The parts of a reply. A row without a ref is an intent: the part may have been posted.
CREATE TABLE posts (
    turn_id INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    part    INTEGER NOT NULL,
    ref     TEXT,
    PRIMARY KEY (turn_id, part)
);

-- Settings that people chose for a scope, such as its assistant; what the operator chose stands in
-- homeroom.toml.
CREATE TABLE bindings (
    scope    TEXT NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    bound_at REAL NOT NULL,
    PRIMARY KEY (scope, name)
);

-- What people think of answers: one vote a person.
CREATE TABLE votes (
    turn_id  INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    person   TEXT NOT NULL,
    vote     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    voted_at REAL NOT NULL,
    PRIMARY KEY (turn_id, person)
);

-- Small facts that outlive the process, such as the id of an assistant made on a server.
CREATE TABLE memos (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
