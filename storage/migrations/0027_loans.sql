-- Course material that lies at the model's server, to be searched there: a store for each scope.
CREATE TABLE stores (
    scope   TEXT PRIMARY KEY,
    store   TEXT NOT NULL,
    is_sure INTEGER NOT NULL DEFAULT 1 -- 0: the server may have lost it
);

-- Its documents. A loan outlives its document, until the server has it no more.
CREATE TABLE loans (
    document_id INTEGER PRIMARY KEY,
    scope       TEXT NOT NULL,
    file        TEXT, -- the server's id; NULL: about to be uploaded
    state       TEXT NOT NULL,
    claimed_at  REAL NOT NULL
);
