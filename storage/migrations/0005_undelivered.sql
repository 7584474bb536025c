-- Answers that found every way closed are told with the person's next word.
CREATE INDEX turns_undelivered ON turns (author_id) WHERE step = 'undeliverable';

-- Discord's adapter kept them as notes of its own.
UPDATE turns SET step = 'undeliverable'
WHERE id IN (SELECT turn_id FROM posts WHERE ref = 'kept')
  AND EXISTS (SELECT 1 FROM memos
              WHERE name = 'discord:kept:' || turns.author_id AND value <> '{}');
DELETE FROM posts WHERE ref = 'kept';
DELETE FROM memos WHERE name LIKE 'discord:kept:%';
