-- Which assignment a student has chosen to ask about.
ALTER TABLE members ADD COLUMN assignment TEXT NOT NULL DEFAULT '';
