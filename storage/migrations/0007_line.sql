-- The order in a conversation is by rounds: an index in that order, of open turns alone.
CREATE INDEX turns_in_line ON turns (conversation_id, round, id) WHERE state <> 'done';
