-- What a model is told in place of names, in one conversation of a course.
CREATE TABLE aliases (
    course          INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    subject         TEXT NOT NULL,    -- a person, or a file
    person          TEXT NOT NULL,    -- whose it is
    alias           TEXT NOT NULL,
    name            TEXT NOT NULL,
    at              REAL NOT NULL,
    PRIMARY KEY (conversation_id, course, subject)
);
CREATE INDEX aliases_by_person ON aliases (person);
