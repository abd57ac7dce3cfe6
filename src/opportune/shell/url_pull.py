"""An address read page after page to its end: each page told to the log, and only then remembered that it was.

The cursor moves when the last page was told; a pull that was ended in the middle goes on at the page it had come to. What stood in the
pages of the last time just so is not told again.

Held to tests/pulls/test_urls.py
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from opportune.adapters.project.pull_maps import read_page_map
from opportune.adapters.project.pull_sources import UrlPull
from opportune.adapters.sources.mapped import About
from opportune.adapters.sources.pages import asked_from, at, decoded, furthest, linked, listed, parameter, same_place, with_parameter
from opportune.adapters.sources.reaching import Answer, Manners, Unreached, fetched
from opportune.adapters.sources.telling import BLOCK, Telling
from opportune.language.relations.loads import SetAside
from opportune.language.vocabulary.instants import format_instant
from opportune.language.vocabulary.problems import ProblemsFound
from opportune.shell.pulling import Intake, Progress, Pulled, PullFault
from opportune.stages.mapping.calls import calls_of
from opportune.stages.mapping.entries import Mapping
from opportune.stages.mapping.words import Arrival

MOST_PAGES = 10_000
"""Of one pull; more is taken for pages that go in circles."""
_DIGEST_BYTES = 8


def pull_url(source: UrlPull, intake: Intake, progress: Progress) -> Pulled:
    """What is new at the address. Raises PullFault where it cannot be read to its end, LogFault and StoreFault."""
    try:
        mapping = read_page_map(intake.workspace.folder / source.map, source.map) if source.map is not None else None
        headers = {name: _secret(variable) for name, variable in source.headers_env.items()}
    except ProblemsFound as problems:
        raise PullFault(str(problems)) from problems
    reading = _Reading(source, intake, mapping, headers)
    try:
        reading.read(progress)
    except Unreached as fault:
        raise PullFault(str(fault), after=fault.after) from fault
    finally:
        intake.set_aside(source.name, reading.found)
    return reading.found


def _secret(variable: str) -> str:
    found = os.environ.get(variable)
    if not found:
        raise PullFault(f"the environment variable {variable} is not set\n  Set it where `opportune serve` is started.")
    if not found.strip().isprintable() or not found.isascii():
        raise PullFault(f"the environment variable {variable} holds what no header can carry\n  Set it to what stands after the colon.")
    return found.strip()


@dataclass(slots=True)
class _Reading:
    """One reading of an address."""

    source: UrlPull
    intake: Intake
    mapping: Mapping | None
    headers: dict[str, str]
    found: Pulled = field(default_factory=Pulled)

    def read(self, progress: Progress) -> None:
        """Page after page. Raises Unreached."""
        source, pulls = self.source, self.intake.pulls
        so_far = pulls.progress(source.name)
        cursor, largest = so_far.get("cursor"), so_far.get("largest")
        address: str | None = so_far.get("next") or self._first(cursor)
        before, told, seen = self._told_before(), set[bytes](), set[str]()
        while address is not None:
            if address in seen or len(seen) >= MOST_PAGES:
                raise Unreached(f"{_shown(address)}: the pages go in circles")
            seen.add(address)
            answer = self._fetched(address, so_far, cursor)
            page = decoded(answer)
            entries = listed(page, source.things)
            digests = [_digest(entry) for entry in entries]
            self._tell([entry for entry, digest in zip(entries, digests, strict=True) if digest not in before], answer, progress)
            told.update(digests)
            if source.cursor is not None:
                largest = furthest([largest, *(at(entry, source.cursor.path) for entry in entries)])
            address = self._next(answer, page, entries)
            self.found.parts += 1
            self.intake.reached()
            if address is not None:
                so_far = {"cursor": cursor, "largest": largest, "next": address}
                pulls.keep(source.name, so_far)
        self._remember(told)
        pulls.keep(source.name, {"cursor": largest if largest is not None else cursor}, ended_at=self.intake.workspace.clock())

    def _first(self, cursor: str | int | float | None) -> str:
        said, url = self.source.cursor, self.source.url
        if self.source.pages.kind == "number":
            url = with_parameter(url, self.source.pages.at, str(self.source.pages.from_))
        if said is None or (cursor is None and said.start is None):
            return url
        return with_parameter(url, said.param, asked_from(cursor, said.overlap) if cursor is not None else str(said.start))

    def _fetched(self, address: str, so_far: dict[str, Any], cursor: object) -> Answer:
        settings, source = self.intake.workspace.project.settings, self.source
        manners = Manners(timeout=source.timeout.total_seconds(), largest_bytes=source.largest_bytes, allow_private=settings.allow_private)
        try:
            return fetched(address, self.headers, manners, self.intake.workspace.clock())
        except Unreached as fault:
            if so_far.get("next") == address and fault.status is not None and 400 <= fault.status < 500 and fault.after is None:
                self.intake.pulls.keep(source.name, {"cursor": cursor})  # the page is gone by now: begin anew the next time
            raise

    def _next(self, answer: Answer, page: Any, entries: Sequence[Any]) -> str | None:
        pages, url = self.source.pages, self.source.url
        match pages.kind:
            case "link":
                found = linked(answer)
            case "next":
                found = at(page, pages.at)
            case "number" if entries:
                found = with_parameter(answer.url, pages.at, str(int(parameter(answer.url, pages.at) or pages.from_) + 1))
            case _:
                found = None
        return same_place(url, found) if isinstance(found, str) and found else None

    def _tell(self, entries: Sequence[Any], answer: Answer, progress: Progress) -> None:
        place = f"{_shown(answer.url)} page {self.found.parts + 1}"
        told = self._mapped(entries) if self.mapping is not None else self._plain(entries)
        calls: list[tuple[int, bytes]] = []
        for number, said in told:
            if isinstance(said, str):
                self.found.asides.append(SetAside(place, number, said))
                continue
            calls.append((number, said))
            if len(calls) >= BLOCK:
                self._append(calls, place, progress)
        self._append(calls, place, progress)

    def _append(self, calls: list[tuple[int, bytes]], place: str, progress: Progress) -> None:
        if calls:
            judgement = self.intake.append(self.source.name, [call for _, call in calls])
            self.found.asides += [SetAside(place, calls[index][0], reason) for index, reason in judgement.refused]
            self.found.calls += len(judgement.lines)
            progress(self.found.calls, None)
        calls.clear()

    def _mapped(self, entries: Sequence[Any]) -> Iterator[tuple[int, bytes | str]]:
        """Number of an entry in its page, from 1, and a call it makes, or why it made none."""
        assert self.mapping is not None
        for number, entry in enumerate(entries, 1):
            mapped = calls_of(self.mapping, Arrival(payload=entry, source=self.source.name))
            self.found.left_out += not mapped.calls and not mapped.failures
            for call in mapped.calls:
                if call.get("event") == "Consent Given" and "timestamp" not in call:
                    call["properties"] = {**call.get("properties", {}), "dated": False}
                yield number, msgspec.json.encode(call)
            for failure in mapped.failures:
                yield number, failure.reason

    def _plain(self, entries: Sequence[Any]) -> Iterator[tuple[int, bytes | str]]:
        """The same of entries that are Segment calls, or rows with our names."""
        with tempfile.TemporaryDirectory(prefix="opportune-pull-") as passing:
            page = Path(passing) / "page.ndjson"
            page.write_bytes(b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))
            about = About("", format_instant(self.intake.workspace.clock()))
            with Telling.of(page, None, about, Path(passing)) as telling:
                for block in telling.blocks():
                    yield from ((each.place + 1, each.call) for each in block)
                yield from ((aside.line, aside.reason) for aside in telling.asides())

    def _kept_in(self) -> Path:
        return self.intake.workspace.data / "pulled" / f"{self.source.name}.told"

    def _told_before(self) -> set[bytes]:
        kept = self._kept_in()
        whole = kept.read_bytes() if kept.is_file() else b""
        return {whole[place : place + _DIGEST_BYTES] for place in range(0, len(whole), _DIGEST_BYTES)}

    def _remember(self, told: set[bytes]) -> None:
        kept = self._kept_in()
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(".new")
        draft.write_bytes(b"".join(sorted(told)))
        draft.rename(kept)


def _digest(entry: Any) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(entry), digest_size=_DIGEST_BYTES).digest()


def _shown(address: str) -> str:
    """Without what a query may hold."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
