-- The order in a conversation is (round, id): nobody's many questions keep everybody waiting.
ALTER TABLE turns ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
