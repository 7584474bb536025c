"""What is done about a failure, by all that a server says of it."""

from typing import Any

import pytest

from bot.backends.error_bodies import failure_in
from bot.backends.failures import (
    Repeatable,
    Unexplained,
    UnknownModel,
    Unwanted,
    Where,
    judge,
)
from bot.backends.requests import is_error
from bot.core.errors import (
    BackendRefused,
    BackendUnavailable,
    BotError,
    ContextTooLong,
    OutcomeUnknown,
    RunLost,
    SessionLost,
)

SENT = frozenset(
    {
        *("stream", "stream_options", "max_tokens", "system", "temperature", "images", "store"),
        "tools",
    }
)


def judged(body: Any, status: int = 0, where: Where = Where.RESPONSE, **more: Any) -> BotError:
    return judge(failure_in(body, where, status=status, **more))


def said(message: str, status: int = 400, **more: Any) -> BotError:
    return judged({"error": {"message": message, **more}}, status, sent=SENT)


TOO_LONG = [
    (400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
    (400, "max_tokens must be at least 1, got -904."),
    (400, "prompt is too long: 210000 tokens > 200000 maximum"),
    (400, "The input token count (5000) exceeds the maximum number of tokens allowed (4096)."),
    (400, "This model's maximum prompt length is 131072 but the request contains 150000 tokens."),
    (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
    (413, "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7210"),
    (400, "Input is too long for requested model."),
    (400, "too many tokens: total number of tokens in the prompt exceeds the limit of 4081"),
    (500, "rpc error: code = Internal desc = the request exceeds the available context size"),
    (400, "Context length exceeded"),
    (400, "Invalid request: Your request exceeded model token limit: 8192"),
    (400, "prompt token count of 130000 exceeds the limit of 128000"),
    (429, "Request too large for gpt-x in organization on tokens per min: Limit 10, Requested 12"),
    (400, "Your conversation is too long, please start a new one."),
    (500, "prompt is longer than the model's n_ctx"),
    (500, "input tokens: 5000 > 4096"),
    (500, "KV cache is full"),
    (500, "the prompt does not fit"),
    (400, "Range of input length should be [1, 30720]"),
    (400, "The sequence length is larger than the model's max_position_embeddings"),
    (400, "max_new_tokens must be at least 1"),
    (400, "Prompt 超长"),
    (400, "Eingabe zu lang"),
]


@pytest.mark.parametrize(("status", "message"), TOO_LONG, ids=lambda value: str(value)[:24])
def test_too_long_is_known_in_each_servers_words(status: int, message: str) -> None:
    assert isinstance(said(message, status), ContextTooLong)
    in_stream = {"error": {"message": message, "code": status}}
    assert isinstance(judged(in_stream, where=Where.EVENT), ContextTooLong)


NOT_TOO_LONG = [
    (429, "Too many tokens, please wait before trying again."),
    (429, "Rate limit reached: tokens per minute exceeded, try again in 2s."),
    (401, "The key exceeds the maximum length of a context."),
    (500, "The server had an error while processing your request."),
    (400, "The image is too large."),
    (400, "max_tokens is too large: this model supports at most 4096 completion tokens."),
    (500, "Request exceeded the time limit"),
    (429, "Tokens per minute limit exceeded"),
]


@pytest.mark.parametrize(("status", "message"), NOT_TOO_LONG)
def test_what_only_sounds_like_it_is_not(status: int, message: str) -> None:
    assert not isinstance(said(message, status), ContextTooLong)


RAW = '{"message": "prompt is too long"}'
ODD_BODIES = [
    {"error": {"message": "Provider returned error", "metadata": {"raw": RAW}}},
    {"error": {"message": RAW}},
    {"error": "Bad Request", "message": "prompt is too long", "statusCode": 400},
    {"error": True, "message": "prompt is too long"},
    {"error_code": 336007, "error_msg": "prompt is too long"},
    {"base_resp": {"status_code": 1039, "status_msg": "token limit exceeded"}},
    {"success": False, "errors": [{"code": 5021, "message": "prompt is too long"}]},
    {"errors": ["prompt is too long"]},
    {"fault": {"faultstring": "prompt is too long"}},
    {"error": {"innererror": {"message": "prompt is too long"}}},
    {"detail": [{"loc": ["body"], "msg": "prompt is too long", "input": "my secret"}]},
]


@pytest.mark.parametrize("body", ODD_BODIES, ids=str)
def test_what_a_gateway_wraps_is_found_and_nothing_that_a_person_said(body: Any) -> None:
    error = judged(body, 400)
    assert isinstance(error, ContextTooLong)
    assert "secret" not in str(error)
    assert is_error(body), "with status 200, too"


@pytest.mark.parametrize(
    "body",
    [
        {"base_resp": {"status_code": 0, "status_msg": "success"}, "choices": []},
        {"base_resp": {"status_code": 0, "status_msg": ""}, "usage": {}},
        {"success": True, "message": "", "data": [{"id": "m"}]},
        {"message": {"role": "assistant", "content": "Hi"}},
        {"type": "response.failed", "response": {"error": {"message": "x"}}},
    ],
)
def test_what_only_looks_like_an_error_is_none(body: Any) -> None:
    assert not is_error(body)


FINAL: list[tuple[Any, int, Where, str]] = [
    (
        {"error": {"message": "No.", "type": "insufficient_quota", "code": "429"}},
        429,
        Where.RESPONSE,
        "credit",
    ),
    ({"error": {"message": "Insufficient credits", "code": 402}}, 0, Where.EVENT, "credit"),
    ({"error": {"message": "Your credit balance is too low"}}, 400, Where.RESPONSE, "credit"),
    ({"error": {"message": "Invalid API key", "code": 401}}, 0, Where.EVENT, "key"),
    ({"error": {"message": "No permission for this project"}}, 403, Where.RESPONSE, "key"),
    ({"error": {"type": "authentication_error", "message": "x"}}, 0, Where.BODY, "key"),
    ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, 0, Where.BODY, "/v1"),
    ({"detail": "Not Found"}, 404, Where.RESPONSE, "/v1"),
    ({"error": {"message": "Your request was blocked."}}, 403, Where.RESPONSE, "refused"),
    ({"error": {"code": "unsupported_country_region_territory"}}, 403, Where.RESPONSE, "refused"),
    ("", 403, Where.RESPONSE, "refused"),
    ([{"error": {"code": 400, "message": "API key not valid."}}], 400, Where.RESPONSE, "key"),
    ({"error": {"code": "1113", "message": "In arrears, recharge."}}, 429, Where.EVENT, "credit"),
    ({"error": {"type": "budget_exceeded"}}, 400, Where.RESPONSE, "credit"),
    ({"error": {"code": "insufficient_user_quota"}}, 403, Where.RESPONSE, "credit"),
    ({"error": {"message": "We do not like it."}}, 0, Where.BODY, "refused"),
    ({"error": {"message": "x", "code": "content_filter"}}, 400, Where.RESPONSE, "refused"),
]


@pytest.mark.parametrize(("body", "status", "where", "word"), FINAL)
def test_what_will_not_pass_is_final_wherever_it_is_said(
    body: Any, status: int, where: Where, word: str
) -> None:
    error = judged(body, status, where)
    assert isinstance(error, BackendRefused)
    assert word in error.notice


@pytest.mark.parametrize("say", ["", "Your request was blocked.", "Region not supported"])
def test_a_403_of_others_does_not_blame_the_key(say: str) -> None:
    assert "key" not in said(say, 403).notice


def test_a_missing_key_is_said_as_missing_and_named() -> None:
    error = judged({"error": {"message": "No key."}}, 401, has_key=False)
    assert "OPENAI_API_KEY" in error.notice


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "The model `x` does not exist or you do not have access to it."),
        (404, "model 'x' not found, try pulling it first"),
        (400, "Invalid model name passed in model=x"),
        (404, "No endpoints found for x."),
        (422, "unknown model: x"),
        (400, "x is not a valid model ID"),
        (400, "The model x has been decommissioned and is no longer supported."),
        (400, "No models loaded. Please load a model."),
        (404, "could not find model x"),
    ],
)
def test_a_wrong_model_is_known_in_each_servers_words(status: int, message: str) -> None:
    assert isinstance(said(message, status), UnknownModel)


PARTS = [
    ("stream", {"message": "Verify your organization to stream.", "param": "stream"}),
    ("stream", {"message": "Streaming is not supported for this model."}),
    ("stream_options", {"message": "Extra inputs are not permitted, field: 'stream_options'"}),
    ("max_tokens", {"message": "Unsupported: 'max_tokens'. Use 'max_completion_tokens'."}),
    ("system", {"message": "System role not supported"}),
    ("system", {"message": "Conversation roles must alternate user/assistant/..."}),
    ("temperature", {"message": "Unsupported value.", "param": "temperature"}),
    ("images", {"message": "This model does not support image input."}),
    ("images", {"message": "messages.1.content must be a string"}),
    ("store", {"message": 'Unknown name "store": cannot find field.'}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "error"), PARTS)
def test_what_a_request_can_do_without_is_named(part: str, error: dict[str, str]) -> None:
    refused = judged({"error": error}, 400, sent=SENT)
    assert isinstance(refused, Unwanted)
    assert refused.part == part
    assert not isinstance(judged({"error": error}, 400), Unwanted), "it was not sent"


def test_pydantic_names_it_by_its_place() -> None:
    loc = ["body", "stream_options", "include_usage"]
    detail = [{"type": "extra_forbidden", "loc": loc, "msg": "No."}]
    refused = judged({"detail": detail}, 422, sent=SENT)
    assert isinstance(refused, Unwanted)
    assert refused.part == "stream_options"


@pytest.mark.parametrize(
    ("part", "status", "message"),
    [
        ("stream_options", 500, "got an unexpected keyword argument 'stream_options'"),
        ("stream", 501, "streaming not implemented"),
        ("system", 500, "System role not supported"),
        ("tools", 500, "tools param requires --jinja flag"),
        ("tools", 404, "No endpoints found that support tool use."),
        ("images", 400, "Invalid type for 'messages[1].content': expected a string."),
        ("images", 500, 'can only concatenate str (not "list") to str'),
    ],
)
def test_a_part_is_refused_with_whatever_status(part: str, status: int, message: str) -> None:
    refused = said(message, status)
    assert isinstance(refused, Unwanted)
    assert refused.part == part


def test_a_server_that_failed_is_not_taken_at_its_word_for_a_part() -> None:
    for words in ("the upstream does not support it, try again", "unexpected end of stream"):
        assert isinstance(said(words, 500), OutcomeUnknown)


def test_an_image_is_refused_with_500_by_llama_cpp() -> None:
    words = "image input is not supported - hint: you may need to provide the mmproj"
    assert isinstance(said(words, 500, type="server_error"), Unwanted)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"message": "Overloaded", "type": "overloaded_error"}}, 529),
        ({"error": {"message": "Loading model", "code": 503}}, 503),
        ({"error": {"message": "The server had an error. You can retry your request."}}, 500),
        ("", 502),
        ({}, 408),
    ],
)
def test_what_says_that_it_passes_is_tried_for_as_long_as_patience_lasts(
    body: Any, status: int
) -> None:
    error = judged(body, status)
    assert isinstance(error, OutcomeUnknown | BackendUnavailable)
    assert not isinstance(error, Repeatable)


def test_an_error_of_a_server_in_words_of_its_own_is_counted() -> None:
    error = said("tensor shapes do not match", 500)
    assert isinstance(error, Repeatable)
    assert error.words.strip() == "tensor shapes do not match"


def test_a_limit_of_a_minute_is_waited_for_though_it_calls_itself_a_quota() -> None:
    body = {"error": "INSUFFICIENT QUOTA: 3 requests a minute"}
    assert isinstance(judged(body, 429, retry_after=2.0), BackendUnavailable)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "server_error", "message": "x"}, RunLost),
        ({"code": "odd", "message": "We do not like it."}, BackendRefused),
        ({"code": "context_length_exceeded", "message": "x"}, ContextTooLong),
        ({"code": "insufficient_quota", "message": "x"}, BackendRefused),
        (None, BackendRefused),
    ],
)
def test_a_failed_run_is_never_looked_at_for_ever(error: Any, kind: type) -> None:
    assert isinstance(judged(error, where=Where.RUN), kind)


def test_a_404_means_what_was_asked_for() -> None:
    failure = failure_in({"error": {"message": "No such thing."}}, Where.RESPONSE, status=404)
    assert isinstance(judge(failure, SessionLost), SessionLost)


def test_a_refusal_that_nobody_understands_is_not_believed_at_once() -> None:
    assert isinstance(said("Provider returned error"), Unexplained)


def test_the_operator_is_told_status_code_parameter_and_address() -> None:
    body = {"error": {"message": "No.", "code": "odd", "param": "top_k"}}
    detail = str(judged(body, 400, address="POST http://127.0.0.1/v1/chat/completions"))
    assert all(part in detail for part in ("400", "odd", "top_k", "http://127.0.0.1/v1"))


@pytest.mark.parametrize("body", [None, [], {}, 7, "x", {"error": []}, {"error": {"message": {}}}])
def test_no_body_makes_it_stumble(body: Any) -> None:
    for where in Where:
        assert isinstance(judged(body, 400, where), BotError)


@pytest.mark.parametrize("words", ["context ", "tokens exceed", "conversation ", "image ", "a" * 9])
def test_a_hostile_error_takes_time_by_its_length_alone(words: str) -> None:
    for where in Where:
        assert isinstance(judged({"error": words * 20_000}, 400, where, sent=SENT), BotError)
