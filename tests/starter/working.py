"""Files in which definitions of the pack are worked by hand: what happened, line by line, and what follows from it.

    at 2026-03-31 12:00                                             the moment asked about
    2026-03-01 10:00  ada  Email Delivered  message_id=m1           an event; `is` sets traits; nobody is `-`
    metric.mails_delivered = 2      m1 and m2                       an expression, its value for ada, and why
    bob: metric.mails_delivered = null                              for somebody else

A figure is held to as many digits as stand there. `buys=lamp-1/lamps/50,rug-1/rugs/80` is short for the lines of an order.
"""

import json
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from tests.docs.both import answered, opened

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.project.project import Project
from opportune.adapters.sources.files import import_files
from opportune.language.meaning.deriving import with_derived
from opportune.language.vocabulary.durations import parse_duration
from opportune.language.vocabulary.instants import parse_instant

_EVENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?)  +(\S+)  +(.+?)(?:  +(.*))?")
_CLAIM = re.compile(r"(?:(\w+): )?(.+?) = (\S+|\".*?\")(?:  +.*)?")


@dataclass(frozen=True)
class Claim:
    """What a definition is for somebody."""

    who: str
    expression: str
    value: str


@dataclass(frozen=True)
class Worked:
    """One file."""

    at: str
    calls: tuple[str, ...]
    claims: tuple[Claim, ...]


def read(path: Path) -> Worked:
    """The file, every line of which must be understood."""
    at, calls, claims = "", list[str](), list[Claim]()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("at "):
            at = line[3:19].replace(" ", "T") + ":00Z"
        elif found := _EVENT.fullmatch(line.rstrip()):
            calls.append(_call(len(calls), *found.groups()))
        elif found := _CLAIM.fullmatch(line.rstrip()):
            claims.append(Claim(found[1] or "ada", found[2], found[3].strip('"')))
        else:
            raise ValueError(f"{path.name}: {line!r} is neither an event nor a claim")
    return Worked(at, tuple(calls), tuple(claims))


def told(worked: Worked, project: Project, folder: Path) -> list[tuple[Claim, str]]:
    """What the compiled plan says of each claim; the naive reading was asked, too, and agrees."""
    at = parse_instant(worked.at)
    source = folder / "history.ndjson"
    source.write_text("\n".join(worked.calls), encoding="utf-8")
    engine = DuckDB.open(None, currency=project.settings.shop.currency)
    report = import_files(engine.load, [source], set_aside=folder / "aside")
    assert not report.set_aside, report.set_aside
    texts = list(dict.fromkeys(claim.expression for claim in worked.claims))
    trees, definitions = project.expressions({f"x{number}": text for number, text in enumerate(texts)})
    shop = opened(engine, replace(project, definitions=definitions), at)
    shop = replace(shop, history=with_derived(shop.history, at))  # once, and not for each expression
    answers = answered(shop, dict(zip(texts, trees.values(), strict=True)), at, folder / "values.csv")
    return [(claim, answers[claim.expression][claim.who]) for claim in worked.claims]


def is_so(claim: Claim, found: str) -> bool:
    """Whether a value is the one claimed, to the digits written."""
    wanted = claim.value
    if re.fullmatch(r"\d+(\.\d+)?(us|ms|s|m|h|d|w)", wanted):
        return found != "null" and abs(float(found) - parse_duration(wanted).total_seconds()) < 1e-6
    if re.fullmatch(r"-?\d+\.\d+", wanted):
        return found != "null" and abs(float(found) - float(wanted)) <= 0.5000001 * 10.0 ** -len(wanted.split(".")[1])
    return found == wanted


def _call(number: int, day: str, time: str, who: str, name: str, written: str | None) -> str:
    said = {key: _value(value) for key, _, value in (word.partition("=") for word in shlex.split(written or ""))}
    if "buys" in said:
        said["products"] = [
            {"product_id": one, "category": category, "price": float(price)}
            for one, category, price in (line.split("/") for line in str(said.pop("buys")).split(","))
        ]
    call: dict[str, object] = {"messageId": f"e{number:03d}", "timestamp": f"{day}T{time if len(time) > 5 else time + ':00'}Z"}
    if who != "-":
        call["anonymousId" if who.startswith("cookie") else "userId"] = who
    call |= {"type": "identify", "traits": said} if name == "is" else {"type": "track", "event": name, "properties": said}
    return json.dumps(call)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
