ALTER TABLE passages ADD COLUMN searched tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', heading_words), 'A')
    || setweight(to_tsvector('english', words), 'B')
) STORED;
CREATE INDEX passages_searched ON passages USING gin (searched);
