-- Which conversation goes on below an answer is asked by the message that shows it.
CREATE INDEX posts_by_ref ON posts (ref) WHERE ref IS NOT NULL;

-- These were facts among people's settings; both follow from turns and posts.
DELETE FROM bindings WHERE name IN ('continues', 'asked');
