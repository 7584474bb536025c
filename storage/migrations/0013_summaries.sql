-- How much was said in a session (tokens, estimated), and the turn up to which it began with a
-- summary: what is full, or knows less than there is to know, is not gone on with.
ALTER TABLE sessions ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET tokens = coalesce(
    (SELECT sum(length(coalesce(prompt, text)) + length(coalesce(answer, ''))) / 4 FROM turns
     WHERE turns.conversation_id = sessions.conversation_id
       AND turns.session = sessions.session), 0)
WHERE ended_at IS NULL;

-- A summary is dated as the first thing it tells of, and paid for when it is made.
CREATE INDEX turns_summing_up ON turns (answered_at) WHERE command = 'sum-up';
