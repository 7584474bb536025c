-- What the input of a run was made of, estimated, and what the run cost when it ended, in billionths
-- of a US dollar: of a sum nobody could say, since long runs may cost more a token.
ALTER TABLE turns ADD COLUMN instructions_tokens INTEGER;
ALTER TABLE turns ADD COLUMN tools_tokens INTEGER;
ALTER TABLE turns ADD COLUMN material_tokens INTEGER;
ALTER TABLE turns ADD COLUMN cost BIGINT;
ALTER TABLE runs ADD COLUMN instructions_tokens INTEGER;
ALTER TABLE runs ADD COLUMN tools_tokens INTEGER;
ALTER TABLE runs ADD COLUMN material_tokens INTEGER;
ALTER TABLE runs ADD COLUMN cost BIGINT;
