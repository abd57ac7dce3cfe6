"""Warnings: windows that reach back beyond the first event there is."""

from collections.abc import Iterator
from datetime import timedelta

from opportune.language.tree.expressions import Ago, Expr, Metric
from opportune.language.tree.moments import Lapse, Moment, Reaches, ThingMoment
from opportune.language.tree.places import Places
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.durations import format_duration
from opportune.language.vocabulary.problems import Place, Problem, Severity


def long_windows(tree: Expr | Moment, history: timedelta, place: Place, places: Places) -> list[Problem]:
    """A warning for each window of a tree that is longer than the stored history, which `history` is the length of."""
    return list(
        dict.fromkeys(
            Problem(
                code="E147",
                place=places.of(node, place),
                what=f'{word}"{format_duration(length)}" reaches back beyond the first event, {_said(history)} ago',
                remedy="Import older events; until then it reads what there is.",
                severity=Severity.WARNING,
            )
            for node, word, length in _windows(tree)
            if length > history
        )
    )


def _said(history: timedelta) -> str:
    """How long the history is, as people say it: whole days where there is one."""
    days = history // timedelta(days=1)
    return f"{days} {'day' if days == 1 else 'days'}" if days else f"{history // timedelta(hours=1)} h"


def _windows(tree: Expr | Moment) -> Iterator[tuple[object, str, timedelta]]:
    if isinstance(tree, Reaches | Lapse | ThingMoment) and tree.within is not None:
        yield tree, "within=", tree.within
    for node in walk(tree):
        match node:
            case Metric(within=timedelta() as within):
                yield node, "within=", within
            case Ago(by=by):
                yield node, "ago by ", by
