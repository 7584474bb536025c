-- The exams under whose rules a model was asked: its answer may be shown in those.
ALTER TABLE turns ADD COLUMN under TEXT NOT NULL DEFAULT '';
