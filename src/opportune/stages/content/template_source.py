"""Templates as people write them, read once per version.

A template is front matter between `---` lines, then MJML or HTML with Liquid, and perhaps a text part; both may be made of pieces.
What comes out is Liquid again: HTML compiled and inlined, and a text part that is never missing.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import css_inline
from liquid.exceptions import LiquidError
from liquid.static_analysis import TemplateAnalysis

from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean
from opportune.stages.content.front_matter import Head, front_matter
from opportune.stages.content.mjml_source import LineCount, html_of, is_mjml
from opportune.stages.content.pieces import Pieces, Source, composed, source_at
from opportune.stages.content.placeholders import as_comments, hidden, restored
from opportune.stages.content.plain_text import text_of
from opportune.stages.content.sandbox import environment
from opportune.stages.content.template import Template
from opportune.stages.content.variables import definitions_read, unknown_names

EXPECTED = {
    "unsubscribe_url": "an unsubscribe link ({{ unsubscribe_url }})",
    "why_url": 'a "why am I getting this" link ({{ why_url }})',
    "shop.address": "the shop's postal address ({{ shop.address }})",
}
"""What every mail must carry; the footer adds what a template lacks."""
MARKUP, TEXT = (".mjml", ".html", ".txt"), (".txt",)
NOTHING: Mapping[str, str] = MappingProxyType({})
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


def read_template(
    name: str,
    source: str,
    place: Place,
    *,
    text: str | None = None,
    text_place: Place | None = None,
    pieces: Mapping[str, str] = NOTHING,
    known: Mapping[str, Collection[str]] | None = None,
    offers: Collection[str] | None = None,
) -> tuple[Template | None, list[Problem]]:
    """The template in `source`, and everything wrong with it; none when a Problem is an error.

    `pieces`: path → text of the files it may be made of. `known`: names seen so far below `customer` and `trigger`; None before any data
    arrived, when no name is a Problem. `offers`: those of the settings; None where nobody asks.
    """
    head, body, problems = front_matter(source, place.file)
    problems += _no_offer(head, place.file, offers)
    body, said, more = _put_together(head, body, place.file, text, text_place, pieces)
    parts = [source_at(value, Place(place.file, line)) for value, line in head.values()] + [body] + ([said] if said else [])
    problems += more
    read: dict[str, Place] = {}
    names: set[str] = set()
    for part in parts:
        analysis = _analysed(part, problems)
        if analysis is not None:
            problems += unknown_names(analysis, part, known)
            read |= {path: where for path, where in definitions_read(analysis, part).items() if path not in read}
            names |= set(analysis.globals)
            problems += _lacking(analysis, place.file) if part is body else ()
    html, derived, more = _compiled_once(body, has_preheader="preheader" in head)
    problems += more
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    values = {key: value for key, (value, _) in head.items()}
    if "." in values.get("offer", ""):
        read.setdefault(values["offer"], Place(place.file, head["offer"][1]))
    return Template(
        name=name,
        subject=values["subject"],
        preheader=values.get("preheader", ""),
        topic=values.get("topic", ""),
        html=html,
        text=said.liquid if said else derived,
        offer=values.get("offer", ""),
        reads=read,
        names=frozenset(names),
    ), problems


def _no_offer(head: Head, file: str, offers: Collection[str] | None) -> Iterator[Problem]:
    name, line = head.get("offer", ("", 0))
    if name and "." not in name and offers is not None and name not in offers:
        remedy = did_you_mean(name, offers) or f"Write it under offers: in opportune.yml, such as {name}: {{code: WELCOME10, percent: 10}}."
        yield Problem(code="E608", place=Place(file, line), what=f"no offer is called '{name}'", remedy=remedy)


def _put_together(
    head: Head, body: Source, file: str, text: str | None, text_place: Place | None, pieces: Mapping[str, str]
) -> tuple[Source, Source | None, list[Problem]]:
    """Markup and text part with their layout and pieces; a layout needs no text."""
    layout, line = head.get("layout", ("", 1))
    where = Place(file, line)
    whole, problems = composed(body, Pieces.among(pieces, MARKUP), layout=layout, layout_place=where, is_layout_needed=True)
    if text is None:
        return whole, None, problems
    begun = source_at(text, text_place or Place(f"{file} (text)", 1))
    said, more = composed(begun, Pieces.among(pieces, TEXT), layout=layout, layout_place=where, is_layout_needed=False)
    return whole, said, [*problems, *more]


def _analysed(piece: Source, problems: list[Problem]) -> TemplateAnalysis | None:
    """What the Liquid speaks of; None, and a Problem, when it is no Liquid."""
    try:
        parsed = environment(is_html=False).from_string(piece.liquid)
        return parsed.analyze(include_partials=False)
    except LiquidError as error:
        index = error.token.start_index if error.token is not None else 0
        remedy = "Liquid's tags are {% if %}, {% for %}, {% assign %}, {{ value | filter }}."
        problems.append(Problem(code="E603", place=piece.at(index), what=f"Liquid: {error.message}", remedy=remedy))
    return None


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


def _compiled_once(body: Source, *, has_preheader: bool) -> tuple[str, str, list[Problem]]:
    """The same, remembered while it is sound: a template is checked, applied and rendered in one process."""
    known = _sound(body.liquid, has_preheader)
    return (*known, []) if known else _compiled(body, has_preheader=has_preheader)


@lru_cache(maxsize=512)
def _sound(liquid: str, has_preheader: bool) -> tuple[str, str] | None:
    html, text, problems = _compiled(source_at(liquid, Place("")), has_preheader=has_preheader)
    return None if problems else (html, text)


def _compiled(body: Source, *, has_preheader: bool) -> tuple[str, str, list[Problem]]:
    """(HTML, text derived from it), both Liquid."""
    source, tags = hidden(body.liquid)
    if is_mjml(source):
        html, problems = html_of(source, LineCount(body.places, tags))
        if problems:
            return "", "", problems
    elif not source.strip():
        return _nothing("E602", body.places[0], "the template has no body", "Write MJML or HTML below the front matter.")
    else:
        html = source
    try:
        inlined = _INLINER.inline(as_comments(html))
    except css_inline.InlineError as error:
        return _nothing("E604", body.places[0], f"the styles could not be inlined: {error}", "Take the last change to <style> back.")
    finished = restored(inlined, tags)
    if has_preheader and "preheader" not in body.liquid:
        finished = _with_preheader(finished)
    return finished, restored(text_of(html), tags), []


def _nothing(code: str, place: Place, what: str, remedy: str) -> tuple[str, str, list[Problem]]:
    return "", "", [Problem(code=code, place=place, what=what, remedy=remedy)]


def _with_preheader(html: str) -> str:
    """The preview line as the first, invisible thing in the body."""
    invisible = "display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;font-size:1px;line-height:1px;color:transparent"
    hidden_line = f'<div style="{invisible}">{{{{ preheader }}}}</div>'
    start = html.find("<body")
    end = html.find(">", start) + 1 if start >= 0 else 0
    return html[:end] + hidden_line + html[end:]
