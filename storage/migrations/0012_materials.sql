-- Course material. Another version of a document is a row of its own; one of them is in force.
CREATE TABLE documents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    scope      TEXT NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL DEFAULT 0, -- 0: not all of its passages are there yet
    is_current INTEGER NOT NULL DEFAULT 0,
    digest     TEXT NOT NULL, -- of its content
    address    TEXT NOT NULL,
    unread     TEXT NOT NULL, -- JSON: [[place, why], ...]
    added_by   TEXT NOT NULL,
    added_at   REAL NOT NULL
);
CREATE INDEX documents_by_name ON documents (scope, name);

-- Pieces of documents. Of a version that is not in force any more those stay that were cited,
-- without the words by which they are found.
CREATE TABLE passages (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id   INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    place         TEXT NOT NULL,
    heading       TEXT NOT NULL,
    text          TEXT NOT NULL,
    heading_words TEXT NOT NULL,
    words         TEXT NOT NULL
);
CREATE INDEX passages_of_document ON passages (document_id);

-- What a turn was given to answer with, under the numbers that its answer names.
CREATE TABLE sources (
    turn_id    INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    PRIMARY KEY (turn_id, number)
);
CREATE UNIQUE INDEX sources_once ON sources (turn_id, passage_id);
CREATE INDEX sources_of_passage ON sources (passage_id);
