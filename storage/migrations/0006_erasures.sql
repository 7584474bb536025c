-- What people asked to have deleted, until nothing of it is left. Only then does a row go.
CREATE TABLE erasures (
    scope    TEXT NOT NULL,
    person   TEXT NOT NULL,
    names    TEXT NOT NULL,    -- JSON: the names they went by
    last     INTEGER NOT NULL, -- the turn of the request: what was said up to it
    asked_at REAL NOT NULL,
    PRIMARY KEY (scope, person)
);

-- Sessions that are to be deleted at the servers that keep them.
CREATE TABLE leftovers (
    backend TEXT NOT NULL,
    session TEXT NOT NULL,
    runs    TEXT NOT NULL, -- JSON
    PRIMARY KEY (backend, session)
);
