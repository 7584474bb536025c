CREATE FUNCTION drop_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM finished_days WHERE day IN (
            CAST(floor(old.accepted_at / 86400) AS BIGINT), CAST(floor(old.answered_at / 86400) AS BIGINT));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        DELETE FROM finished_days WHERE day IN (
            CAST(floor(new.accepted_at / 86400) AS BIGINT), CAST(floor(new.answered_at / 86400) AS BIGINT));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER days_gained AFTER INSERT OR DELETE ON turns
    FOR EACH ROW EXECUTE FUNCTION drop_days();
CREATE TRIGGER days_changed AFTER UPDATE OF
    accepted_at, answered_at, author_id, author_name, conversation_id, command, kind,
    assistant, backend, model, run, input_tokens, history_tokens, cached_tokens,
    output_tokens, reasoning_tokens,
    instructions_tokens, tools_tokens, material_tokens, cost
    ON turns FOR EACH ROW EXECUTE FUNCTION drop_days();
CREATE FUNCTION drop_days_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM finished_days WHERE day >= CAST(floor(old.created_at / 86400) AS BIGINT);
    RETURN NULL;
END $$;
CREATE TRIGGER days_renamed AFTER UPDATE OF key ON conversations
    FOR EACH ROW EXECUTE FUNCTION drop_days_since();
