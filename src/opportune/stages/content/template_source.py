"""Templates as people write them, read once per version.

A template is front matter between `---` lines (`subject`, `preheader`, `topic`), then MJML or HTML with Liquid, and perhaps a text part.
What comes out is Liquid again: HTML compiled and inlined, and a text part that is never missing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import css_inline
from liquid.exceptions import LiquidError
from liquid.static_analysis import TemplateAnalysis

from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean, nearest
from opportune.stages.content.mjml_source import LineCount, html_of, is_mjml
from opportune.stages.content.placeholders import as_comments, hidden, restored
from opportune.stages.content.plain_text import text_of
from opportune.stages.content.sandbox import environment
from opportune.stages.content.template import Template

FRONT_MATTER = ("subject", "preheader", "topic")
VARIABLES = ("customer", "trigger", "entry", "shop", "offer", "products", "unsubscribe_url", "preferences_url", "why_url", "preheader")
"""What a template may speak of."""
EXPECTED = {
    "unsubscribe_url": "an unsubscribe link ({{ unsubscribe_url }})",
    "why_url": 'a "why am I getting this" link ({{ why_url }})',
    "shop.address": "the shop's postal address ({{ shop.address }})",
}
"""What every mail must carry; the footer adds what a template lacks."""
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True, slots=True)
class _Source:
    """A piece of Liquid and the line of the file it begins on."""

    liquid: str
    place: Place


def read_template(
    name: str,
    source: str,
    place: Place,
    *,
    text: str | None = None,
    text_place: Place | None = None,
    known: Mapping[str, Collection[str]] | None = None,
) -> tuple[Template | None, list[Problem]]:
    """The template in `source`, and everything wrong with it; none when a Problem is an error.

    `known`: names seen so far below `customer` and `trigger`; None before any data arrived, when no name is a Problem.
    """
    head, body, problems = _front_matter(source, place.file)
    pieces = [_Source(value, Place(place.file, line)) for value, line in head.values()] + [body]
    if text is not None:
        pieces.append(_Source(text, text_place or Place(f"{place.file} (text)", 1)))
    analyses = [_analysed(piece, problems) for piece in pieces]
    for piece, analysis in zip(pieces, analyses, strict=True):
        if analysis is not None:
            problems += _unknown_names(analysis, piece, known)
    if (main := analyses[len(head)]) is not None:
        problems += _lacking(main, body.place.file)
    html, derived, more = _compiled(body, has_preheader="preheader" in head)
    problems += more
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    values = {key: value for key, (value, _) in head.items()}
    return Template(
        name=name,
        subject=values["subject"],
        preheader=values.get("preheader", ""),
        topic=values.get("topic", ""),
        html=html,
        text=text if text is not None else derived,
    ), problems


def _front_matter(source: str, file: str) -> tuple[dict[str, tuple[str, int]], _Source, list[Problem]]:
    """Key → (value, line); the body; Problems. Values are the rest of the line: a Liquid tag or a colon needs no quotes."""
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        remedy = "Begin with a line '---', then 'subject: ...', then a line '---'."
        return (
            {},
            _Source("\n".join(lines), Place(file, 1)),
            [Problem(code="E601", place=Place(file, 1), what="the template has no front matter", remedy=remedy)],
        )
    end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == "---")
    head: dict[str, tuple[str, int]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines[1:end], 2):
        if line.strip() and not line.lstrip().startswith("#"):
            problems += _head_line(line, Place(file, number), head)
    if not head.get("subject", ("", 0))[0]:
        problems.append(
            Problem(code="E602", place=Place(file, 1), what="the template has no subject", remedy="Add 'subject: ...' to the front matter.")
        )
    return head, _Source("\n".join(lines[end + 1 :]), Place(file, end + 2)), problems


def _head_line(line: str, place: Place, head: dict[str, tuple[str, int]]) -> Iterator[Problem]:
    key, colon, value = (part.strip() for part in line.partition(":"))
    if not colon:
        yield Problem(
            code="E601",
            place=place,
            what=f"this line of the front matter is no 'key: value': {line.strip()!r}",
            remedy="Write a value on one line.",
        )
    elif key not in FRONT_MATTER:
        remedy = did_you_mean(key, FRONT_MATTER) or f"Known are {', '.join(FRONT_MATTER)}."
        yield Problem(code="E601", place=place, what=f"front matter has no key {key!r}", remedy=remedy)
    elif key in head:
        yield Problem(code="E601", place=place, what=f"{key!r} is written twice", remedy="Keep one of them.")
    else:
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]
        head[key] = (value[1:-1] if is_quoted else value, place.line)


def _analysed(piece: _Source, problems: list[Problem]) -> TemplateAnalysis | None:
    """What the Liquid speaks of; None, and a Problem, when it is no Liquid."""
    try:
        parsed = environment(is_html=False).from_string(piece.liquid)
        return parsed.analyze(include_partials=False)
    except LiquidError as error:
        index = error.token.start_index if error.token is not None else 0
        what = f"Liquid: {error.message}"
        problems.append(
            Problem(
                code="E603",
                place=_at(piece, index),
                what=what,
                remedy="Liquid's tags are {% if %}, {% for %}, {% assign %}, {{ value | filter }}.",
            )
        )
    return None


def _unknown_names(analysis: TemplateAnalysis, piece: _Source, known: Mapping[str, Collection[str]] | None) -> Iterator[Problem]:
    filters = environment(is_html=False).filters
    for name, spans in analysis.filters.items():
        if name not in filters:
            remedy = did_you_mean(name, filters)
            yield Problem(code="E603", place=_at(piece, spans[0].index), what=f"no filter is called {name!r}", remedy=remedy)
    for root, uses in analysis.globals.items():
        for use in uses[:1] if root not in VARIABLES else uses:
            segments = [str(segment) for segment in use.segments]
            place = _at(piece, use.span.index)
            if root not in VARIABLES:
                is_error = known is not None and nearest(root, VARIABLES) is not None
                yield _unknown(root, VARIABLES, place, is_error=is_error)
            elif known is not None and root in known and len(segments) > 1 and segments[1] not in known[root]:
                yield _unknown(
                    f"{root}.{segments[1]}",
                    [f"{root}.{name}" for name in known[root]],
                    place,
                    is_error=nearest(segments[1], known[root]) is not None,
                )


def _unknown(name: str, neighbours: Collection[str], place: Place, *, is_error: bool) -> Problem:
    severity = Severity.ERROR if is_error else Severity.WARNING
    remedy = did_you_mean(name, neighbours) or "It is empty in every mail until something sets it."
    return Problem(code="E606", place=place, what=f"no template variable is called {name!r}", remedy=remedy, severity=severity)


def _lacking(analysis: TemplateAnalysis, file: str) -> Iterator[Problem]:
    used = {str(use) for uses in analysis.globals.values() for use in uses} | set(analysis.globals)
    for variable, what in EXPECTED.items():
        if variable not in used:
            yield Problem(
                code="E607",
                place=Place(file),
                what=f"the template lacks {what}",
                remedy="A footer with it is added to every mail.",
                severity=Severity.WARNING,
            )


def _compiled(body: _Source, *, has_preheader: bool) -> tuple[str, str, list[Problem]]:
    """(HTML, text derived from it), both Liquid."""
    source, tags = hidden(body.liquid)
    if is_mjml(source):
        html, problems = html_of(source, LineCount(body.place.line, tags), body.place.file)
        if problems:
            return "", "", problems
    elif not source.strip():
        return (
            "",
            "",
            [Problem(code="E602", place=body.place, what="the template has no body", remedy="Write MJML or HTML below the front matter.")],
        )
    else:
        html = source
    try:
        inlined = _INLINER.inline(as_comments(html))
    except css_inline.InlineError as error:
        return (
            "",
            "",
            [
                Problem(
                    code="E604",
                    place=body.place,
                    what=f"the styles could not be inlined: {error}",
                    remedy="Take the last change to <style> back.",
                )
            ],
        )
    finished = restored(inlined, tags)
    if has_preheader and "preheader" not in body.liquid:
        finished = _with_preheader(finished)
    return finished, restored(text_of(html), tags), []


def _with_preheader(html: str) -> str:
    """The preview line as the first, invisible thing in the body."""
    invisible = "display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;font-size:1px;line-height:1px;color:transparent"
    hidden_line = f'<div style="{invisible}">{{{{ preheader }}}}</div>'
    start = html.find("<body")
    end = html.find(">", start) + 1 if start >= 0 else 0
    return html[:end] + hidden_line + html[end:]


def _at(piece: _Source, index: int) -> Place:
    return Place(piece.place.file, piece.place.line + piece.liquid[: max(index, 0)].count("\n"))
