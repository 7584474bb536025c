-- Who has looked at whose words on the page; the looks of one minute are one.
CREATE TABLE sightings (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    author_id       TEXT NOT NULL,    -- whose words, as in their turns
    viewer          TEXT NOT NULL,    -- a person, with the scope within which that is one
    name            TEXT NOT NULL,    -- of the viewer
    at              REAL NOT NULL
);
CREATE INDEX sightings_by_conversation ON sightings (conversation_id, author_id, at);
CREATE INDEX sightings_by_author ON sightings (author_id, at);
