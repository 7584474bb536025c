-- Files that people put on the page. The key is their conversation's.
CREATE TABLE uploads (
    id      TEXT PRIMARY KEY,
    key     TEXT NOT NULL,
    person  TEXT NOT NULL,
    content TEXT NOT NULL, -- base64
    kept_at REAL NOT NULL
);
CREATE INDEX uploads_by_key ON uploads (key);
