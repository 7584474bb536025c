"""How servers say what is wrong: codes, and words for those that have none.

Collected from public reports of some thirty servers. No list will ever be complete: what decides
where none of this fits stands in `failures`. Each expression takes time by the length alone.
"""

import re

ACTIVE_RUN = re.compile(r"active run|run \S{1,80} is active")
LENGTH_CODES = {
    *("context_length_exceeded", "exceed_context_size_error", "context_window_exceeded"),
    *("string_above_max_length", "request_too_large", "max_tokens_exceeded", "string_too_long"),
    *("context_too_long", "input_too_long", "prompt_too_long", "inputtokensexceeded"),
}
LENGTH = re.compile(
    r"context.{0,40}(?:length|size|window)|(?:length|size|window).{0,40}context"
    r"|(?:prompt|input|request|message|query|conversation|payload)s?\b.{0,40}\btoo (?:long|large)"
    r"|too (?:long|large) (?:for|a) |reduce the length"
    r"|maximum (?:model|prompt|input|context) length"
    r"|too many (?:input |prompt )?tokens|(?:input|prompt)\b.{0,60}\bexceed"
    r"|tokens?\b.{0,80}\bexceed|exceed\w*\b.{0,60}\btokens?\b"
    r"|max_tokens must be at least|max_new_tokens.{0,20} must be <=|request entity too large",
    re.IGNORECASE,
)
# For all the other wordings: a sentence that names what is sent, and says that it is too much.
_SENT = re.compile(
    r"(?:\b|_)(?:prompts?|inputs?\w*|tokens?|context|sequence|conversation|messages|text|kv.?cache|n_ctx)"
    r"(?:\b|_)|输入|提示|入力|プロンプト|トークン|입력|프롬프트|토큰|上下文|长度|requête|eingabe|anfrage|entrada|solicitud",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    r"too[ _](?:long|large|big|many|much)|exceed|overflow|(?:long|larg|great)er than|more than"
    r"|> ?\d|(?:at most|only takes|limit(?: is| of|:)?) \d|limit reached|\brange of\b"
    r"|(?:not|n't|cannot) fit|shorten|reduce|not enough|out of (?:context|tokens)|is full"
    r"|must be at least 1|超长|超过|超出|trop long|zu (?:lang|groß)|demasiado larg"
    r"|長すぎ|超え|초과|너무 길",
    re.IGNORECASE,
)
_OTHER_MATTER = re.compile(
    r"\b(?:rate|time\s?out|images?|files?|audio|quota|budget|credits?|balance|completion|output"
    r"|temperature|top_p|concurren\w*)\b|\bper[ _](?:second|minute|hour|day|month)",
    re.IGNORECASE,
)


def says_too_long(message: str) -> bool:
    sentences = re.split(r"[.\n](?=\s|$)", message)
    return bool(LENGTH.search(message)) or any(
        _SENT.search(one) and _TOO_MUCH.search(one) and not _OTHER_MATTER.search(one)
        for one in sentences
    )


NEVER_LENGTH = {401, 402, 403, 404, 405, 408, 409}
OPEN_CALL = re.compile(r"no tool (?:output|call) found|tool_call_ids? did not have", re.IGNORECASE)
GONE_CONTAINER = re.compile(r"\bcontainer\b.{0,100}\b(?:expired|not found)", re.IGNORECASE)
GONE_STORE = re.compile(
    r"\bvector.?stores?\b.{0,100}\b(?:expired|not found|deleted|does not exist)", re.IGNORECASE
)
THROTTLED = re.compile(r"please wait|slow down|too many requests|retry after", re.IGNORECASE)
CREDIT_CODE = re.compile(
    r"insufficient_\w{0,20}(?:quota|balance|credit|fund)|current_quota|billing|budget_exceeded|arrear"
)
CREDIT = re.compile(
    r"insufficient (?:credit|balance|fund|quota)|exceeded your current quota"
    r"|balance is (?:insufficient|too low)|out of credits|payment required|budget has been exceeded"
    r"|\b(?:key|monthly|spend\w*) limit (?:exceeded|reached)|额度不足|余额不足",
    re.IGNORECASE,
)
SPENT = re.compile(r"in arrears|recharge|top up your|欠费", re.IGNORECASE)  # with any status
KEY_CODES = {
    *("invalid_api_key", "authentication_error", "permission_error", "permission_denied"),
    *("insufficient_permissions", "unauthenticated", "unauthorized", "missing_api_key"),
    *("account_deactivated", "no_db_connection"),  # so LiteLLM calls a key it cannot look up
}
KEY = re.compile(
    r"\b(?:api[ _-]?key|permission|credential|unauthori[sz]ed|authenticat|access token"
    r"|invalid_token)",
    re.IGNORECASE,
)
WRONG_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|missing|expired|malformed|no)\W{1,3}(?:\w{1,12} )?api[ _-]?key"
    r"|api[ _-]?key\b.{0,20}\b(?:not valid|invalid|incorrect|missing|expired|wrong|not found)",
    re.IGNORECASE,
)
MODEL_CODES = {
    *("model_not_found", "invalid_model", "model_not_available", "unknown_model"),
    *("model_decommissioned", "deploymentnotfound", "model_not_supported"),
}
MODEL = re.compile(
    r"\bmodels?\b.{0,120}\b(?:not found|does not exist|not exist|is not (?:available|supported)$"
    r"|not available$|not supported by any|decommissioned|(?:is|was|been) (?:deprecated|retired)"
    r"|unknown|no such|not loaded)|\b(?:unknown|invalid|no such|unsupported) model\b"
    r"|not a valid model\b|(?:not|n't) find (?:the )?model\b"
    r"|model identifier is (?:invalid|unknown)|no endpoints found for|no models?\b.{0,60}\bloaded",
    re.IGNORECASE,
)
NOT_TAKEN = r"(?:not|n't|un|in|extra|only|must|forbid|invalid|verif)"
PARTS = {
    "images": re.compile(
        r"image_url|image input|input_image|\bvision\b|multi-?modal|mmproj"
        rf"|{NOT_TAKEN}.{{0,60}}\bimages?\b|\bimages?\b.{{0,60}}{NOT_TAKEN}"
        r"|(?:content|concatenate)\b.{0,80}\bstr(?:ing)?\b"
        r"|(?:accepts?|supports?|takes?) text|text.only",
        re.IGNORECASE,
    ),
    **{
        name: re.compile(rf"\b{name}\b", re.IGNORECASE)
        for name in (
            *("stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens"),
            *("temperature", "top_p", "truncation", "safety_identifier", "metadata"),
        )
    },
    "tools": re.compile(
        rf"\btools?\b.{{0,60}}{NOT_TAKEN}|{NOT_TAKEN}.{{0,60}}\btools?\b"
        r"|tool[ _-]?(?:call|choice|use)|function[ _-]?call"
        r"|\b(?:web_search|image_generation|code_interpreter|file_search)\b",
        re.IGNORECASE,
    ),
    "include": re.compile(r"\binclude\b|encrypted[_ ]content", re.IGNORECASE),
    "store": re.compile(r"[`'\"]store[`'\"]|\bstore\b.{0,20}\b(?:param|field|not)", re.IGNORECASE),
    "stream": re.compile(rf"\bstream\b|\bstreaming\b.{{0,60}}{NOT_TAKEN}", re.IGNORECASE),
    "system": re.compile(
        r"system.{0,10}(?:role|message|prompt|instruction)|role.{0,20}system|developer instruction"
        r"|roles must alternate|only user,? (?:and )?assistant|messages\W{1,2}\d+\W{1,2}role",
        re.IGNORECASE,
    ),
}
# Said of a part: it is not the server that failed.
IS_NOT_TAKEN = re.compile(
    r"not (?:supported|implemented|allowed|enabled|permitted)|unsupported|does(?: not|n't) support"
    r"|unexpected (?:keyword|field|param|argument|role)|\brequires? --|unknown field"
    r"|no endpoints found that support",
    re.IGNORECASE,
)
BUSY_CODE = re.compile(r"^rate_?limit|overloaded|^slow_?down|throttl")
CONTENT_CODES = {"content_filter", "content_policy_violation", "invalid_prompt"}
ADDRESS = re.compile(r"unexpected endpoint|invalid url|unknown (?:url|path|route)", re.IGNORECASE)
PASSING = re.compile(
    r"overload|try again|retry|temporar|\bloading\b|unavailable|busy|capacity|timed?.?out"
    r"|gateway|upstream|starting|restart|maintenance|too many|rate.?limit"
    r"|(?:server|api|internal)_error",
    re.IGNORECASE,
)
