"""A solution that is kept, in every dress a model may give it; and help that gives none away."""

import base64
import codecs
from collections.abc import Mapping

SOLUTION = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)"""
SHORT = "def mean(values):\n    return sum(values) / len(values)"
KEPT = (SOLUTION, SHORT)
_LINES = SOLUTION.split("\n")

LEAKS: Mapping[str, str] = {
    "fenced": f"Sure:\n```python\n{SOLUTION}\n```",
    "fenced by tildes": f"~~~\n{SOLUTION}\n~~~",
    "a fence that stays open": f"Here:\n```\n{SOLUTION}",
    "indented": "Here you go:\n\n" + "\n".join(f"    {line}" for line in _LINES),
    "bare": f"Type this:\n\n{SOLUTION}",
    "numbered": "\n".join(f"{n}. `{line.strip()}`" for n, line in enumerate(_LINES, 1)),
    "bullets": "\n".join(f"- `{line.strip()}`" for line in _LINES),
    "one span, other names": r"Use `def mean(v): t=0\nfor x in v: t+=x\nreturn t/len(v)`",
    "a one-liner": "`mean = lambda values: sum(values) / len(values)`",
    "a bare one-liner": "Just mean = lambda values: sum(values) / len(values) and you are done.",
    "five fences": "\n".join(f"Then:\n```python\n{line}\n```" for line in _LINES),
    "a diff": "```diff\n" + "\n".join(f"+{line}" for line in _LINES) + "\n```",
    "a table": "|n|code|\n|-|-|\n" + "\n".join(f"|{n}|{s}|" for n, s in enumerate(_LINES)),
    "base64": base64.b64encode(SOLUTION.encode()).decode(),
    "rot13": codecs.encode(SOLUTION, "rot13"),
    "backwards": SOLUTION[::-1],
    "read aloud": "Begin with def mean of values colon. Next line: total equals zero. "
    "Then for value in values colon, total plus equals value. Finally return total divided by "
    "len of values.",
    "another language": "```java\nstatic double mean(double[] v) {\n  double t = 0;\n"
    "  for (double x : v) t += x;\n  return t / v.length;\n}\n```",
    "quoted": "\n".join(f"> {line}" for line in _LINES),
    "html": f"<pre><code>{SOLUTION}</code></pre>",
    "zero width": "```python\n" + SOLUTION.replace("total", "to\u200btal") + "\n```",
    "latex": f"\\begin{{verbatim}}\n{SOLUTION}\n\\end{{verbatim}}",
    "headings": "\n".join(f"#### {line}" for line in _LINES),
}

EXAMPLE = """\
A similar problem, the longest word:
```python
longest = ""
for word in words:
    if len(word) > len(longest):
        longest = word
```"""
HONEST: Mapping[str, str] = {
    "an error": "`IndexError: list index out of range` says that the index is too large.",
    "an API": "Look at `len()` and `range()`; `range(3)` gives 0, 1, 2.",
    "two lines": 'A loop looks so:\n```python\nfor letter in "abc":\n    print(letter)\n```',
    "her own line": "In your line\n```python\ntotal =+ value\n```\nlook at the order of the signs.",
    "a shell": "Run:\n```\npip install pytest\npytest -q\n```",
    "a traceback": 'You got:\n```\nTraceback (most recent call last):\n  File "a.py", line 3\n'
    "    print(x[3])\nIndexError: list index out of range\n```",
    "prose": "Think of what happens before the loop, in it and after. What must be remembered?",
    "a list": "1. Start from zero.\n2. Go through all values.\n3. Add each.\n4. Divide at the end.",
    "settings": '```toml\n[tool.pytest]\naddopts = "-q"\n```',
    "a table of types": "|type|mutable|\n|-|-|\n|list|yes|\n|tuple|no|",
    "a formula": r"The mean is \(\frac{1}{n}\sum x_i\).",
    "an address": "See https://docs.example.org/library/functions/statistics/mean-and-median-of-data",
}
