"""Problems: what the author of a definition can mend, each with its place and its remedy."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

_SOME = 20
"""Names that are listed where none is near what was written."""


class Severity(Enum):
    """Whether a Problem stops the project."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written; `line` counts from 1, 0 when the whole file is meant."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what people wrote. `code` has a page in docs/problems.md."""

    code: str
    place: Place
    what: str
    remedy: str = ""
    severity: Severity = field(default=Severity.ERROR)

    def __str__(self) -> str:
        """`file:line: what [code]` and, indented below it, the remedy."""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        first = f"{self.place}: {mark}{self.what} [{self.code}]"
        return f"{first}\n  {self.remedy}" if self.remedy else first


class ProblemsFound(Exception):
    """Raised at the entrances when a project cannot be used; carries every Problem at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is at most two edits from `word`, else None."""
    best: tuple[int, str] | None = None
    for candidate in sorted(known):
        if abs(len(candidate) - len(word)) > 2:
            continue
        distance = _edits(word, candidate)
        if distance <= 2 and distance < len(word) and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The remedy line for a misspelt word, or an empty text."""
    candidates = list(known)
    found = nearest(word, candidates)
    if found is None:
        close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.75)
        found = close[0] if close else None
    return f"Did you mean {found!r}?" if found else ""


def known_names(word: str, known: Iterable[str]) -> str:
    """The remedy line for a name that nobody knows: the one that was meant, else some of those there are."""
    names = sorted(dict.fromkeys(known))
    more = f" and {len(names) - _SOME} more" if len(names) > _SOME else ""
    return did_you_mean(word, names) or f"There are: {', '.join(names[:_SOME]) or 'none'}{more}"


def _edits(left: str, right: str) -> int:
    """Levenshtein distance; neighbours swapped count as one (optimal string alignment)."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
