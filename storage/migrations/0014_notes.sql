-- What a person had the bot remember about them.
CREATE TABLE notes (
    person   TEXT NOT NULL,    -- with the scope within which that is one person
    text     TEXT NOT NULL,
    noted_at REAL NOT NULL,
    PRIMARY KEY (person, text)
);
