-- What we say below an answer, and what the model thought on its way: shown, and never sent back.
ALTER TABLE turns ADD COLUMN remark TEXT;
ALTER TABLE turns ADD COLUMN thoughts TEXT;
