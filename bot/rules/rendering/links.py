"""Where a link leads, in sight."""

from urllib.parse import urlsplit

_SCHEMES = ("http", "https")


def target(href: str) -> str:
    """An address as it can stand in Markdown; empty for one that no link may have."""
    href = plain(href)
    return href.replace("(", "%28").replace(")", "%29").replace("|", "%7C") if host(href) else ""


def plain(href: str) -> str:
    """An address without what leads astray: a name before its host, more readers of a mail."""
    if not host(href):
        return href
    parts = urlsplit(href)
    if parts.scheme == "mailto":
        return href.partition("?")[0]
    before, at, name = parts.netloc.rpartition("@")
    return href.replace(f"{before}{at}{name}", name, 1) if at else href


def host(href: str) -> str:
    """Who is asked when it is followed; empty where that is nobody we know of."""
    try:
        parts = urlsplit(href)
        name = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme == "mailto":
        return parts.path if "@" in parts.path else ""
    return name if parts.scheme in _SCHEMES else ""


def hides(label: str, href: str) -> bool:
    """Whether a label leaves open where its link leads, or says something else."""
    name, said = host(href), label.strip().casefold()
    for scheme in (*_SCHEMES, "mailto"):
        said = said.removeprefix(f"{scheme}:").removeprefix("//")
    is_named = said.startswith(name) and said[len(name) : len(name) + 1] in {*"/?#: ", ""}
    return not (is_named or said.endswith(f"({name})"))
