"""The names a template may speak of: what the sender knows, and definitions of the project by the names they have in the language."""

from collections.abc import Collection, Iterator, Mapping

from liquid.static_analysis import TemplateAnalysis

from opportune.language.vocabulary.problems import Place, Problem, Severity, did_you_mean, nearest
from opportune.stages.content.pieces import Source
from opportune.stages.content.sandbox import environment

TOLD = (
    "customer", "trigger", "entry", "shop", "brand", "offer", "products", "related", "reviews",
    "unsubscribe_url", "preferences_url", "why_url", "confirm_url", "preheader",
)  # fmt: skip
"""What the sender tells."""
DEFINED = ("tier", "ladder", "metric", "score", "segment", "prediction", "setting")
"""What is asked of definitions, at the instant the message was decided."""
VARIABLES = (*TOLD, *DEFINED)
STEPPED = ("tier", "ladder")
"""Definitions whose value is a step with columns: its name is read as `.name`."""


def expression_of(path: str) -> str:
    """What `tier.value.name` or `tier.value.tone` asks, in the language."""
    root, *rest = path.split(".")
    return ".".join((root, rest[0])) if root in STEPPED and rest[1:] == ["name"] else path


def definitions_read(analysis: TemplateAnalysis, piece: Source) -> dict[str, Place]:
    """The paths below `DEFINED`, each with the place it is first read at."""
    found: dict[str, Place] = {}
    for root in DEFINED:
        for use in analysis.globals.get(root, ()):
            path = ".".join(str(segment) for segment in use.segments)
            if len(use.segments) > 1:
                found.setdefault(path, piece.at(use.span.index))
    return found


def unknown_names(analysis: TemplateAnalysis, piece: Source, known: Mapping[str, Collection[str]] | None) -> Iterator[Problem]:
    """Filters and variables that do not exist, and steps read without `.name`."""
    filters = environment(is_html=False).filters
    for name, spans in analysis.filters.items():
        if name not in filters:
            what, remedy = f"no filter is called {name!r}", did_you_mean(name, filters)
            yield Problem(code="E603", place=piece.at(spans[0].index), what=what, remedy=remedy)
    for root, uses in analysis.globals.items():
        for use in uses[:1] if root not in VARIABLES else uses:
            yield from _unknown(root, [str(segment) for segment in use.segments], piece.at(use.span.index), known)


def _unknown(root: str, segments: list[str], place: Place, known: Mapping[str, Collection[str]] | None) -> Iterator[Problem]:
    if root not in VARIABLES:
        is_error = known is not None and nearest(root, VARIABLES) is not None
        yield _no_variable(root, VARIABLES, place, is_error=is_error)
    elif root in STEPPED and len(segments) < 3:
        what = f"{'.'.join(segments)!r} is a step with columns"
        remedy = f"Write {'.'.join(segments[:2])}.name for its name." if len(segments) > 1 else f"Write {root}.NAME.name."
        yield Problem(code="E606", place=place, what=what, remedy=remedy)
    elif known is not None and root in known and len(segments) > 1 and segments[1] not in known[root]:
        neighbours = [f"{root}.{name}" for name in known[root]]
        yield _no_variable(f"{root}.{segments[1]}", neighbours, place, is_error=nearest(segments[1], known[root]) is not None)


def _no_variable(name: str, neighbours: Collection[str], place: Place, *, is_error: bool) -> Problem:
    severity = Severity.ERROR if is_error else Severity.WARNING
    remedy = did_you_mean(name, neighbours) or "It is empty in every mail until something sets it."
    return Problem(code="E606", place=place, what=f"no template variable is called {name!r}", remedy=remedy, severity=severity)
