-- Where, at the model's server, a call was made: what is done there again is not paid for again.
ALTER TABLE calls ADD COLUMN container TEXT;
CREATE INDEX calls_in_containers ON calls (container) WHERE container IS NOT NULL;
