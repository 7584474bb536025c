-- How a part of a reply was about to be posted, when, and the messages (JSON: refs) that it stood in
-- before and that could not be changed any more.
ALTER TABLE posts ADD COLUMN way TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN intended_at REAL NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN dead TEXT NOT NULL DEFAULT '[]';
