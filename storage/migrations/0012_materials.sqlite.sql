-- The index of passages holds no text of its own: these keep it in step.
CREATE VIRTUAL TABLE passage_words USING fts5 (
    heading_words, words, content = '', tokenize = 'porter unicode61'
);
CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
    INSERT INTO passage_words (rowid, heading_words, words)
    VALUES (new.id, new.heading_words, new.words);
END;
CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passage_words (passage_words, rowid, heading_words, words)
    VALUES ('delete', old.id, old.heading_words, old.words);
END;
CREATE TRIGGER passage_hidden AFTER UPDATE OF words ON passages BEGIN
    INSERT INTO passage_words (passage_words, rowid, heading_words, words)
    VALUES ('delete', old.id, old.heading_words, old.words);
    INSERT INTO passage_words (rowid, heading_words, words)
    VALUES (new.id, new.heading_words, new.words);
END;
