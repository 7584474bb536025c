"""The SQL of the line of work: one statement a step, and so one commit a step.

Values are named (`:turn_id`), and the text keeps to what SQLite and PostgreSQL both speak.
"""

from bot.core.messages import EVERYBODY

OPEN = "state <> 'done'"

# The existence of a later stop command, of the same person or for everybody, is what stops a turn:
# nothing else has to be written.
IS_STOPPED = f"""EXISTS (
    SELECT 1 FROM turns AS later
    WHERE later.conversation_id = turns.conversation_id
      AND later.{OPEN} AND later.command = 'stop' AND later.id > turns.id
      AND (later.author_id = turns.author_id OR later.text = '{EVERYBODY}'))"""

ADD_CONVERSATION = """
INSERT INTO conversations (key, created_at) VALUES (:key, :now) ON CONFLICT DO NOTHING
"""

ADD_TURN = """
INSERT INTO turns (conversation_id, message_key, client_key, message_id, author_id, author_name,
                   text, command, details, accepted_at)
SELECT id, :message_key, :client_key, :message_id, :author_id, :author_name,
       :text, :command, :details, :now
FROM conversations WHERE key = :key
ON CONFLICT DO NOTHING
RETURNING id, conversation_id
"""

CONVERSATION_OF = """
SELECT conversation_id FROM turns
WHERE message_key = :message_key OR client_key = :client_key LIMIT 1
"""

COUNT_AHEAD = f"""
SELECT count(*) AS ahead FROM turns
WHERE conversation_id = :conversation_id AND {OPEN} AND id < :turn_id
"""

CLAIM_TURN = f"""
UPDATE turns SET epoch = epoch + 1, attempts = attempts + 1
WHERE id = (SELECT id FROM turns WHERE conversation_id = :conversation_id AND {OPEN}
            ORDER BY id LIMIT 1)
  AND {OPEN} -- still, where several write at once
  AND (due_at <= :now OR state = 'pending' AND {IS_STOPPED})
RETURNING *, {IS_STOPPED} AS is_stopped,
          (SELECT key FROM conversations WHERE id = turns.conversation_id) AS conversation_key
"""

SAVE_TURN = """
UPDATE turns SET
    state = :state, step = :step, attempts = :attempts, failures = :failures,
    failing_since = :failing_since, reruns = :reruns, due_at = :due_at, error = :error,
    assistant = :assistant, backend = :backend, session = :session,
    prompt = :prompt, is_submitted = :is_submitted, run = :run, run_at = :run_at,
    changes = :changes,
    answer = :answer, kind = :kind, remark = :remark, thoughts = :thoughts, model = :model,
    input_tokens = :input_tokens, history_tokens = :history_tokens,
    cached_tokens = :cached_tokens, output_tokens = :output_tokens,
    reasoning_tokens = :reasoning_tokens, answered_at = :answered_at, done_at = :done_at
WHERE id = :id AND epoch = :epoch AND state <> 'done'
  AND (state = :state OR :state = 'done' OR state = 'pending')
RETURNING id
"""

DUE_AT = f"""
SELECT due_at FROM turns WHERE conversation_id = :conversation_id AND {OPEN} ORDER BY id LIMIT 1
"""

OPEN_CONVERSATIONS = f"""
SELECT id, key FROM conversations
WHERE id IN (SELECT conversation_id FROM turns WHERE {OPEN})
"""

CANCEL_TURN = f"""
UPDATE turns SET state = 'done', step = 'cancelled', epoch = epoch + 1, done_at = :now
WHERE message_key = :message_key AND {OPEN}
RETURNING id, conversation_id
"""

IS_WITHDRAWN = "SELECT id FROM turns WHERE id = :turn_id AND step = 'cancelled'"

REPLACE_TURN = """
UPDATE turns SET text = :text
WHERE message_key = :message_key AND state = 'pending' AND epoch = 0
RETURNING id
"""

MESSAGE = """
SELECT turns.*, conversations.key AS conversation_key
FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE message_key = :message_key
"""

KNOWS = "SELECT id FROM conversations WHERE key = :key"

VOTE = """
INSERT INTO votes (turn_id, person, vote, reason, voted_at)
SELECT id, :person, :vote, :reason, :now FROM turns WHERE message_key = :message_key
ON CONFLICT (turn_id, person)
DO UPDATE SET vote = excluded.vote, reason = excluded.reason, voted_at = excluded.voted_at
RETURNING turn_id
"""

HISTORY = """
SELECT coalesce(prompt, text) AS question, answer FROM turns
WHERE conversation_id = :conversation_id AND id < :turn_id
  AND id > (SELECT begins_after FROM conversations WHERE id = :conversation_id)
  AND kind = 'answer' AND answer <> '' AND command IS NULL
ORDER BY id DESC LIMIT :limit
"""

BEGIN_ANEW = """
UPDATE conversations SET begins_after = :turn_id WHERE id = :conversation_id RETURNING id
"""

KIND_BEFORE = """
SELECT kind FROM turns WHERE conversation_id = :conversation_id AND id < :turn_id
  AND author_id = COALESCE(:author_id, author_id)
ORDER BY id DESC LIMIT 1
"""

SESSION = """
SELECT session, cursor FROM sessions
WHERE conversation_id = :conversation_id AND backend = :backend AND ended_at IS NULL
ORDER BY opened_at DESC LIMIT 1
"""

SAVE_SESSION = """
INSERT INTO sessions (conversation_id, backend, session, cursor, opened_at)
VALUES (:conversation_id, :backend, :session, :cursor, :now)
ON CONFLICT (conversation_id, backend, session) DO UPDATE SET cursor = excluded.cursor
"""

END_SESSIONS = """
UPDATE sessions SET ended_at = :now
WHERE conversation_id = :conversation_id AND ended_at IS NULL
"""

POSTS = "SELECT part, ref FROM posts WHERE turn_id = :turn_id"

INTEND_POST = """
INSERT INTO posts (turn_id, part) VALUES (:turn_id, :part) ON CONFLICT DO NOTHING
"""

SAVE_POST = """
INSERT INTO posts (turn_id, part, ref) VALUES (:turn_id, :part, :ref)
ON CONFLICT (turn_id, part) DO UPDATE SET ref = excluded.ref
"""

DROP_POST = "DELETE FROM posts WHERE turn_id = :turn_id AND part = :part AND ref IS NULL"

BIND = """
INSERT INTO bindings (scope, name, value, bound_at) VALUES (:scope, :name, :value, :now)
ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value, bound_at = excluded.bound_at
"""

BINDINGS = "SELECT scope, value FROM bindings WHERE scope IN ({scopes}) AND name = :name"

REMEMBER = """
INSERT INTO memos (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

REPLACE_MEMO = """
INSERT INTO memos (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE memos.value = :known
RETURNING name
"""
RECALL = "SELECT value FROM memos WHERE name = :name"

# Cast: a sum is a number of another kind in each dialect.
TOKENS = """
    count(*) AS runs,
    count(*) - count(input_tokens) AS uncounted,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(history_tokens), 0) AS BIGINT) AS history_tokens,
    CAST(coalesce(sum(cached_tokens), 0) AS BIGINT) AS cached_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    CAST(coalesce(sum(reasoning_tokens), 0) AS BIGINT) AS reasoning_tokens
"""

# Stopped and failed runs are paid for as well; what they used nobody says.
WAS_PAID = "(kind = 'answer' OR run IS NOT NULL)"

USAGE_OF = f"""
SELECT {TOKENS} FROM turns
WHERE conversation_id = :conversation_id AND command IS NULL AND {WAS_PAID}
"""

# `below` is the scope with a colon behind it, where it ends. No LIKE: it would read the `%` and
# `_` of a key as wild cards.
IN_SCOPE = "substr(conversations.key || ':', 1, length(:below)) = :below"

JOINED = "turns JOIN conversations ON conversations.id = turns.conversation_id"

WHOLE_TURN = f"turns.*, {IS_STOPPED} AS is_stopped, conversations.key AS conversation_key"

USAGE_OF_PERSON = f"""
SELECT {TOKENS} FROM {JOINED}
WHERE author_id = :person AND command IS NULL AND {WAS_PAID} AND {IN_SCOPE}
"""

OPEN_TURNS = f"""
SELECT {WHOLE_TURN} FROM {JOINED}
WHERE conversations.key = :key AND {OPEN} ORDER BY turns.id LIMIT :limit
"""

ASKED = f"""
SELECT accepted_at FROM {JOINED}
WHERE author_id = :person AND accepted_at > :since AND turns.id < :turn_id AND command IS NULL
  AND (backend IS NOT NULL OR state = 'pending') AND {IN_SCOPE}
ORDER BY accepted_at DESC LIMIT :limit
"""
