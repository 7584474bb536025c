"""The marks that models, templates and servers put into answers, each as an expression."""

import re

# What models and templates call it. The weak words are thoughts where an answer comes behind them.
_TAG = r"[a-z_:]{0,20}?(?:think(?:ing)?|thoughts?|reasoning)[a-z_]{0,20}"
_WEAK_TAG = r"(?:analysis|reflection|reason|rationale|scratchpad|monologue|plan|chain_of_thought)"
_PIPED = r"(?:think|thought|reason)[a-z]{0,8}"
OPENER = re.compile(
    rf"<{_TAG}(?:\s[^<>]{{0,200}})?>|<details type=.?reasoning[^<>]{{0,200}}>"
    rf"|\[(?:{_PIPED})\]|◁think▷|<unused94>thought|\[unused16\]|<\|channel>thought"
    rf"|<\|(?:(?:begin|start)_(?:of_)?)?{_PIPED}(?:_start|_begin)?\|>|<\|inner_prefix\|>",
    re.IGNORECASE,
)
CLOSER = re.compile(
    rf"<\s?[/\\]\s?{_TAG}\s?>|</details>|\[/(?:{_PIPED})\]|◁/think▷|<unused95>|\[unused17\]"
    rf"|<channel\|>|<\|(?:/|end_?(?:of_?)?){_PIPED}\|>|<\|{_PIPED}_end\|>|<\|inner_suffix\|>",
    re.IGNORECASE,
)
WEAK_OPENER = re.compile(rf"<{_WEAK_TAG}>", re.IGNORECASE)
WEAK_CLOSER = re.compile(rf"</{_WEAK_TAG}>", re.IGNORECASE)
# A server that took the marks of gpt-oss out, and left the names of its channels.
_BARE_OPENER, _BARE_CLOSER = re.compile("analysis(?=[A-Z])"), re.compile("assistantfinal")
CHANNEL = re.compile(
    r"(?:<\|start\|>[a-z ]{0,20})?<\|channel\|>\s{0,3}([a-z]+)[^<]{0,80}"
    r"(?:<\|constrain\|>[^<]{0,20})?<\|message\|>",
    re.IGNORECASE,
)
LEADING = (*((OPENER, CLOSER), (_BARE_OPENER, _BARE_CLOSER), (WEAK_OPENER, WEAK_CLOSER)),)
END_OF_CHANNEL = re.compile(r"<\|(?:end|return|call)\|>|(?=<\|(?:start|channel)\|>)")
END_OF_TURN = re.compile(
    r"<[|｜][\w▁/]{1,40}[|｜]>|</s>|<(?:end_of_turn|end_of_utterance|eos|pad)>|<turn\|>|\[/INST\]"
)
WRAPPER = re.compile(r"<(/?)(?:answer|response|output|final_answer)>\s{0,9}", re.IGNORECASE)
# What a template begins an answer with.
HEAD = re.compile(
    r"[\s\ufeff\u200b-\u200d\u2060]+|<(?:s|bos)>|\[/INST\]|<start_of_turn>model|<\|turn>model"
    r"|<\|(?:start_header_id|header_start)\|>assistant<\|(?:end_header_id|header_end)\|>"
    r"|<\|im_start\|>assistant|<[|｜](?:assistant|begin[▁_]of[▁_]\w{4,9}|START_RESPONSE)[|｜]>",
    re.IGNORECASE,
)
DROPPED = re.compile(
    r"<\|file-[\w-]{1,80}\|>|<\|(?:begin|end)_of_box\|>|【[^【】\n]{0,80}†[^【】\n]{0,80}】"
    r"|【turn\d[\w, ]{0,80}】|\[citation:[\d, ]{1,20}\]|</?co(?:: ?[\d,]{1,20})?>"
    r"|:contentReference\[oaicite:\d{1,4}\](?:\{index=\d{1,4}\})?"
    r"|\ue200([^\ue200\ue201]{0,400})\ue201|[\ue201-\ue206]"
)
FIRST = re.compile(r"[<\[◁【\ue200-\ue206]|:(?=c|\Z)")  # of a mark
CUT = re.compile(  # a mark whose end has not come yet
    # One that is whole at the end, too: what follows says what it is.
    r"(?:<[/\\ ]{0,3}[a-z:_ ]{0,50}[\d,]{0,20}>?|<(?:start_of_turn|unused94)>[a-z]{0,8}"
    r"|<[a-z_:]{3,40}\s[^<>]{0,200}"
    r"|<[|｜][\w▁/-]{0,90}[|｜]?|<\|(?:channel|turn)>[a-z]{0,8}|<(?:turn|channel)\|"
    r"|<\|(?:start_header_id|header_start|im_start)\|>[a-z]{0,9}(?:<[^<>]{0,16})?"
    r"|\[/?[a-z\d:, ]{0,30}\]?"
    r"|◁[^▷]{0,9}"
    r"|:(?:c\w{0,16}(?:\[[^\]]{0,16}(?:\](?:\{[^}]{0,12})?)?)?)?"
    r"|【[^【】\n]{0,170}"
    r"|\ue200[^\ue200\ue201]{0,400}"
    r"|<\|start\|>[a-z ]{0,20}(?:<[^<>]{0,12})?"
    r"|(?:<\|start\|>[a-z ]{0,20})?<\|channel\|>[^<]{0,90}(?:<\|constrain\|>[^<]{0,20})?"
    r"(?:<[^<>]{0,12})?)\Z",
    re.IGNORECASE,
)
