CREATE TRIGGER days_gained AFTER INSERT ON turns BEGIN
    DELETE FROM finished_days WHERE day IN (
        CAST(new.accepted_at / 86400 AS INTEGER), CAST(new.answered_at / 86400 AS INTEGER));
END;
CREATE TRIGGER days_lost AFTER DELETE ON turns BEGIN
    DELETE FROM finished_days WHERE day IN (
        CAST(old.accepted_at / 86400 AS INTEGER), CAST(old.answered_at / 86400 AS INTEGER));
END;
CREATE TRIGGER days_changed AFTER UPDATE OF
    accepted_at, answered_at, author_id, author_name, conversation_id, command, kind,
    assistant, backend, model, run, input_tokens, history_tokens, cached_tokens,
    output_tokens, reasoning_tokens,
    instructions_tokens, tools_tokens, material_tokens, cost ON turns BEGIN
    DELETE FROM finished_days WHERE day IN (
        CAST(old.accepted_at / 86400 AS INTEGER), CAST(old.answered_at / 86400 AS INTEGER),
        CAST(new.accepted_at / 86400 AS INTEGER), CAST(new.answered_at / 86400 AS INTEGER));
END;
CREATE TRIGGER days_renamed AFTER UPDATE OF key ON conversations BEGIN
    DELETE FROM finished_days WHERE day >= CAST(old.created_at / 86400 AS INTEGER);
END;
