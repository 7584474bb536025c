-- What waits for a person of the staff. A step is taken by whoever knows the last epoch.
CREATE TABLE cards (
    id          INTEGER PRIMARY KEY,
    course      INTEGER NOT NULL,
    matter      TEXT NOT NULL,
    nonce       TEXT NOT NULL UNIQUE,
    about       TEXT NOT NULL,
    place       TEXT NOT NULL,
    person      TEXT NOT NULL,
    name        TEXT NOT NULL,
    words       TEXT NOT NULL,
    shown       TEXT NOT NULL,
    stand       TEXT NOT NULL,
    holder      TEXT NOT NULL,
    holder_name TEXT NOT NULL,
    epoch       INTEGER NOT NULL DEFAULT 0,
    due_at      REAL,
    raised      INTEGER NOT NULL DEFAULT 0,
    created_at  REAL NOT NULL
);
CREATE INDEX cards_waiting ON cards (course, id) WHERE stand IN ('open', 'claimed');
