"""The SQL over whole scopes: for those who look or erase, rarely, so it may read everything.

The texts keep to what `storage.statements` says.
"""

from storage.statements import IN_SCOPE, JOINED, WHOLE_TURN

TURNS_IN = f"""
-- reads much
SELECT {WHOLE_TURN} FROM {JOINED} WHERE {IN_SCOPE} ORDER BY turns.id DESC LIMIT :limit
"""

# The conversations within a scope in which a person said something.
TAKEN_PART_IN = (
    f"SELECT turns.conversation_id FROM {JOINED} WHERE author_id = :person AND {IN_SCOPE}"
)

KEPT_OF = f"""
-- reads much
SELECT sessions.backend, sessions.session, turns.run
FROM sessions LEFT JOIN turns ON turns.conversation_id = sessions.conversation_id
                             AND turns.session = sessions.session AND turns.run IS NOT NULL
WHERE sessions.conversation_id IN ({TAKEN_PART_IN})
ORDER BY sessions.backend, sessions.session
"""

# To erase is four statements, each harmless when repeated; the texts go last.
BEGIN_ANEW_OF = f"""
UPDATE conversations SET begins_after =
    coalesce((SELECT max(turns.id) FROM turns WHERE turns.conversation_id = conversations.id), 0)
WHERE id IN ({TAKEN_PART_IN})
"""

END_SESSIONS_OF = f"DELETE FROM sessions WHERE conversation_id IN ({TAKEN_PART_IN})"

ERASE_VOTES = f"""
DELETE FROM votes
WHERE person = :person AND turn_id IN (SELECT turns.id FROM {JOINED} WHERE {IN_SCOPE})
"""

ERASE = f"""
UPDATE turns SET text = '', prompt = NULL, answer = NULL, remark = NULL, thoughts = NULL,
                 author_name = '', details = '{{}}', error = NULL
WHERE author_id = :person AND state = 'done'
  AND conversation_id IN (SELECT id FROM conversations WHERE {IN_SCOPE})
RETURNING id
"""
