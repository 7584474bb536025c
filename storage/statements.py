"""The SQL of the line of work: one statement a step, and so one commit a step.

Values are named (`:turn_id`), and the text keeps to what SQLite and PostgreSQL both speak.
"""

from bot.core.erasures import SHORT_LIVED
from bot.core.messages import EVERYBODY
from bot.core.summaries import SUM_UP
from storage import columns

OPEN = "state <> 'done'"

# The existence of a later stop command, of the same person or for everybody, is what stops a turn:
# nothing else has to be written.
IS_STOPPED = f"""EXISTS (
    SELECT 1 FROM turns AS later
    WHERE later.conversation_id = turns.conversation_id
      AND later.{OPEN} AND later.command = 'stop' AND later.id > turns.id
      AND (later.author_id = turns.author_id OR later.text = '{EVERYBODY}'))"""

# In which order the turns of a conversation are answered. A person's open ones count in rounds:
# whoever has more than a round of them stands behind the others with the rest, and everybody else
# in the exact order. A round begins where the queue is just now, so that whoever comes later cannot
# keep the rest waiting for ever; and nobody overtakes themselves.
ORDER = "turns.round, turns.id"
_PER_ROUND = 5
_OWN_LAST = "coalesce(max(CASE WHEN author_id = :author_id THEN round END), 0)"
_OWN_COUNT = "count(CASE WHEN author_id = :author_id THEN 1 END)"
_NEXT_ROUND = f"coalesce(min(round), 0) + {_OWN_COUNT} / {_PER_ROUND}"
_ROUND = f"""
(SELECT CASE WHEN {_OWN_LAST} > {_NEXT_ROUND} THEN {_OWN_LAST} ELSE {_NEXT_ROUND} END
 FROM turns WHERE conversation_id = conversations.id AND {OPEN})"""

# Some answer to the same person found every way closed, and was not told since.
IS_OWED = """EXISTS (
    SELECT 1 FROM turns AS owed
    WHERE owed.author_id = turns.author_id AND owed.step = 'undeliverable')"""

# Gives a row in any case: a turn is added in the same step.
ADD_CONVERSATION = """
INSERT INTO conversations (key, created_at) VALUES (:key, :now)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id
"""


def _add_turn(epoch: str, returned: str) -> str:
    return f"""
INSERT INTO turns (conversation_id, accepted_at, due_at, round, epoch, {", ".join(columns.MESSAGE)})
SELECT id, :now, :due_at, {_ROUND}, {epoch}, {", ".join(f":{name}" for name in columns.MESSAGE)}
FROM conversations WHERE key = :key
ON CONFLICT DO NOTHING
RETURNING {returned},
          (SELECT count(*) FROM turns AS before
           WHERE before.conversation_id = turns.conversation_id AND before.{OPEN}
             AND (before.round, before.id) < (turns.round, turns.id)) AS ahead
"""  # noqa: S608 - like all here, put together from constants


ADD_TURN = _add_turn("0", "id, conversation_id, epoch")

# What a turn in hand is made of.
_IN_HAND = f"""*, {IS_STOPPED} AS is_stopped, {IS_OWED} AS is_owed,
          (SELECT key FROM conversations WHERE id = turns.conversation_id) AS conversation_key"""

# Claimed as it is written down, where it is due and nothing is before it.
_IS_FIRST = f"""
:due_at <= :now AND NOT EXISTS (SELECT 1 FROM turns AS open
                                WHERE open.conversation_id = conversations.id AND open.{OPEN})"""
TAKE_TURN = _add_turn(f"CASE WHEN {_IS_FIRST} THEN 1 ELSE 0 END", _IN_HAND)

# Nobody is asked: it waits for the platform alone.
GIVE_TURN = f"""
INSERT INTO turns (conversation_id, accepted_at, answered_at, round, state, step, answer, kind,
                   {", ".join(columns.MESSAGE)})
SELECT id, :now, :now, {_ROUND}, 'answered', 'answered', :answer, :kind,
       {", ".join(f":{name}" for name in columns.MESSAGE)}
FROM conversations WHERE key = :key
ON CONFLICT DO NOTHING
RETURNING id, conversation_id, epoch, 0 AS ahead
"""

SHOW_ANEW = """
UPDATE turns SET state = 'answered', step = 'answered', answer = :answer, remark = NULL,
                 attempts = 0, failures = 0, failing_since = NULL, due_at = 0, done_at = NULL,
                 epoch = epoch + 1
WHERE message_key = :message_key
RETURNING id, conversation_id
"""

REWORD = """
UPDATE turns SET state = 'answered', step = 'answered', answer = replace(answer, :old, :new),
                 remark = replace(remark, :old, :new),
                 attempts = 0, failures = 0, failing_since = NULL, due_at = 0,
                 epoch = epoch + 1
WHERE message_key = :message_key AND step = 'delivered' AND answer <> replace(answer, :old, :new)
RETURNING id, conversation_id
"""

CONVERSATION_OF = """
SELECT conversation_id FROM turns
WHERE message_key = :message_key OR client_key = :client_key LIMIT 1
"""

CLAIM_TURN = f"""
UPDATE turns SET epoch = epoch + 1, attempts = attempts + 1
WHERE id = (SELECT id FROM turns WHERE conversation_id = :conversation_id AND {OPEN}
            ORDER BY {ORDER} LIMIT 1)
  AND {OPEN} -- still, where several write at once
  AND (due_at <= :now OR state = 'pending' AND {IS_STOPPED})
RETURNING {_IN_HAND}
"""

SAVE_TURN = f"""
UPDATE turns SET {", ".join(f"{name} = :{name}" for name in columns.SAVED)}
WHERE id = :id AND epoch = :epoch AND state <> 'done'
  AND (state = :state OR :state = 'done' OR state = 'pending')
RETURNING id
"""

DUE_AT = f"""
SELECT due_at FROM turns WHERE conversation_id = :conversation_id AND {OPEN}
ORDER BY {ORDER} LIMIT 1
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

# Where one works alone in a conversation, nobody has those in hand that come after its turn.
HAND_ON = """
UPDATE turns SET failures = :failures,
  failing_since = CASE WHEN accepted_at > :since THEN accepted_at ELSE :since END
WHERE conversation_id = :conversation_id AND id <> :id AND state = 'pending' AND failures = 0
  AND command IS NULL
RETURNING id
"""

IS_ABANDONED = """
SELECT id FROM turns
WHERE id = :turn_id AND (step = 'cancelled' OR run IS NULL AND is_submitted = 0)
"""

_SAID = ", ".join(f"{name} = :{name}" for name in columns.SAID)

# While it waits, for the first attempt or another, nobody has it in hand.
REPLACE_TURN = f"""
UPDATE turns SET {_SAID}, prompt = NULL
WHERE message_key = :message_key AND state = 'pending' AND run IS NULL AND is_submitted = 0
  AND (epoch = 0 OR due_at > :now OR id = :waiting)
RETURNING id, conversation_id
"""

# Whoever has it in hand loses it: it is asked anew. Not where it has done something by then.
COMPLETE_TURN = f"""
UPDATE turns SET {_SAID},
    prompt = NULL, run = NULL, run_at = NULL, is_submitted = 0, attempts = 0, due_at = 0,
    epoch = CASE epoch WHEN 0 THEN 0 ELSE epoch + 1 END
WHERE message_key = :message_key AND state = 'pending' AND tool_steps = 0
RETURNING id, conversation_id
"""

BEGIN_TURN = """
UPDATE turns SET due_at = 0 WHERE message_key = :message_key AND epoch = 0 RETURNING id
"""

MESSAGE = """
SELECT turns.*, conversations.key AS conversation_key
FROM turns JOIN conversations ON conversations.id = conversation_id
WHERE message_key = :message_key
"""

KNOWS = "SELECT id FROM conversations WHERE key = :key"

_TOKENS = " OR ".join(f"details LIKE '%\"{name}\"%'" for name in SHORT_LIVED)
WITH_TOKENS = f"""
SELECT id, details FROM turns
WHERE accepted_at >= :since AND accepted_at < :before AND state = 'done' AND ({_TOKENS})
"""

SAVE_DETAILS = "UPDATE turns SET details = :details WHERE id = :id AND state = 'done'"

KIND_BEFORE = """
SELECT kind FROM turns WHERE conversation_id = :conversation_id AND id < :turn_id
  AND author_id = COALESCE(:author_id, author_id)
ORDER BY id DESC LIMIT 1
"""
# Cast: a sum is a number of another kind in each dialect.
_SUMS = [f"CAST(coalesce(sum({name}), 0) AS BIGINT) AS {name}" for name in columns.USAGE]
TOKENS = f"""
    count(*) AS runs,
    count(*) - count(input_tokens) AS uncounted,
    count(*) - count(cost) AS unpriced,
    {", ".join(_SUMS)}
"""

# Stopped and failed runs are paid for as well; what they used nobody says. So is a summary: the one
# command that asks a model.
WAS_PAID = f"""(
    (kind = 'answer' OR run IS NOT NULL OR input_tokens IS NOT NULL)
    AND coalesce(command, '{SUM_UP}') = '{SUM_UP}')"""

# A summary is dated as the first thing it tells of.
PAID_SINCE = f"(accepted_at >= :since OR command = '{SUM_UP}' AND answered_at >= :since)"

# A summary by when it was made, all else by when it was asked.
_MADE = f"coalesce(command, '') = '{SUM_UP}'"
PAID_WITHIN = f"""(accepted_at >= :since AND accepted_at < :until
        AND (NOT {_MADE} OR answered_at IS NULL)
    OR command = '{SUM_UP}' AND answered_at >= :since AND answered_at < :until)"""

# Each run with its tokens, also those of turns with several.
EVERY_RUN = f"""(
SELECT turn_id, step, run, session, backend, model, {", ".join(columns.USAGE)} FROM runs
WHERE NOT EXISTS (SELECT 1 FROM runs AS later -- where one run goes on after its calls
                  WHERE later.turn_id = runs.turn_id AND later.run = runs.run
                    AND later.step > runs.step)
UNION ALL
SELECT id, tool_steps, run, session, backend, model,
       {", ".join(f"CASE tool_steps WHEN 0 THEN {name} END" for name in columns.USAGE)}
FROM turns
WHERE {WAS_PAID}
  AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.turn_id = turns.id
                  AND (runs.step = turns.tool_steps OR runs.run = turns.run))
) AS every_run"""

# `below` is the scope with a colon behind it, where it ends. No LIKE: it would read the `%` and
# `_` of a key as wild cards.
IN_SCOPE = "substr(conversations.key || ':', 1, length(:below)) = :below"

JOINED = "turns JOIN conversations ON conversations.id = turns.conversation_id"

WHOLE_TURN = (
    f"turns.*, {IS_STOPPED} AS is_stopped, {IS_OWED} AS is_owed, "
    "conversations.key AS conversation_key"
)

UNDELIVERED = f"""
SELECT {WHOLE_TURN} FROM {JOINED}
WHERE turns.author_id = :person AND step = 'undeliverable' AND answer <> '' AND {IN_SCOPE}
ORDER BY turns.id LIMIT :limit
"""

NOTE_TOLD = "UPDATE turns SET step = 'delivered' WHERE id = :turn_id AND step = 'undeliverable'"
