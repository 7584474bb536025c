-- What a model's server does by itself is kept as a call that has ended.
ALTER TABLE calls ADD COLUMN is_hosted INTEGER NOT NULL DEFAULT 0;
