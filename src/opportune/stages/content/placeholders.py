"""Liquid kept out of the way of parsers that would spoil it.

MJML and HTML parsers escape `>` inside a tag, drop a loose `{% if %}` between elements and move it out of a table. So every Liquid
tag becomes an opaque mark while they work, and comes back verbatim afterwards. Marks are two private-use characters around a number,
which survive as text, in attributes, in styles and in URLs.
"""

import re

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
MARK = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = re.compile("[\ue000\ue001]")
_IN_MARKUP = re.compile(
    "<!--.*?-->|<(style|title|script|textarea)\\b.*?</\\1\\s*>|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>|(\ue000\\d+\ue001)",
    re.DOTALL | re.IGNORECASE,
)
_COMMENTED = re.compile("<!--(\ue000\\d+\ue001)-->")
_AS_ATTRIBUTE = re.compile('(\ue000\\d+\ue001)=""')


def hidden(source: str) -> tuple[str, tuple[str, ...]]:
    """`source` with every Liquid tag replaced by a mark, and the tags in order."""
    tags: list[str] = []

    def mark(match: re.Match[str]) -> str:
        tags.append(match[0])
        return f"\ue000{len(tags) - 1}\ue001"

    return LIQUID.sub(mark, _PRIVATE.sub("", source)), tuple(tags)


def as_comments(html: str) -> str:
    """Marks that stand as text become comments: the only thing an HTML parser leaves in its place inside a table."""

    def comment(match: re.Match[str]) -> str:
        return f"<!--{match[2]}-->" if match[2] else match[0]

    return _IN_MARKUP.sub(comment, html)


def restored(text: str, tags: tuple[str, ...]) -> str:
    """The Liquid tags back in their places."""
    bare = _AS_ATTRIBUTE.sub(r"\1", _COMMENTED.sub(r"\1", text))
    return MARK.sub(lambda match: tags[int(match[1])], bare)
