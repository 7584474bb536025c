-- How a part of a reply was about to be posted, when, and the messages (JSON: refs) that it stood in
-- before and that could not be changed any more.
ALTER TABLE posts ADD COLUMN way TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN intended_at REAL NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN dead TEXT NOT NULL DEFAULT '[]';

-- Answers that found every way closed are told with the person's next word.
CREATE INDEX turns_undelivered ON turns (author_id) WHERE step = 'undeliverable';

-- Discord's adapter kept them as notes of its own.
UPDATE turns SET step = 'undeliverable'
WHERE id IN (SELECT turn_id FROM posts WHERE ref = 'kept')
  AND EXISTS (SELECT 1 FROM memos
              WHERE name = 'discord:kept:' || turns.author_id AND value <> '{}');
DELETE FROM posts WHERE ref = 'kept';
DELETE FROM memos WHERE name LIKE 'discord:kept:%';
