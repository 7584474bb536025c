-- What passages mean, by the model that said so. Without a vector: somebody is at it, or gave up.
CREATE TABLE vectors (
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    model      TEXT NOT NULL,
    signs      TEXT NOT NULL, -- hexadecimal: which of its numbers are above zero
    vector     TEXT NOT NULL, -- base64: a byte a number
    claimed_at REAL NOT NULL
);
CREATE INDEX vectors_by_model ON vectors (model);
