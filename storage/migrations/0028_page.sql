-- What stands on the page below a question, part by part: a draft until it is delivered, buttons,
-- the name of a file.
CREATE TABLE page_parts (
    turn_id  INTEGER NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    ref      TEXT NOT NULL,
    text     TEXT NOT NULL,
    controls TEXT NOT NULL, -- JSON: [[label, command, words, emoji], ...]
    name     TEXT NOT NULL,
    PRIMARY KEY (turn_id, ref)
);
