"""A small shop on a moved clock: the real log, engine, state, tick, renderer and channel, in this process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from types import TracebackType
from typing import Any, Self

from opportune.adapters.channels.channel import Channel, HandedOver, Outcome
from opportune.adapters.logs.line import Line, written
from opportune.language.vocabulary.instants import FOREVER, Instant, format_instant, parse_instant
from opportune.shell.ingredients import Ingredients
from opportune.shell.live import Live, apply
from opportune.shell.rendering import Renderer
from opportune.shell.sender import Sender
from opportune.shell.stationery import templates_in_use
from opportune.shell.tick import TickReport
from opportune.shell.workspace import Workspace
from opportune.stages.journeys.enrolment import Enrolment
from opportune.stages.sending.message import Message

SETTINGS = """
shop: {name: Lamp & Rug, currency: USD, url: "https://shop.example", address: 1 Main Street, timezone: UTC, consent: {opt_in: []}}
sender: {from: Lamp & Rug <hello@shop.example>}
"""
TEMPLATE = """
---
subject: "{name} for {{{{ customer.first_name }}}}"
---
<mjml><mj-body><mj-section><mj-column><mj-text>
Hello {{{{ customer.first_name }}}}, about {{{{ trigger.product_id }}}}: <a href="https://shop.example/{name}">look</a>
<a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a> <a href="{{{{ why_url }}}}">Why?</a> {{{{ shop.address }}}}
</mj-text></mj-column></mj-section></mj-body></mjml>
"""


@dataclass
class Pocket:
    """A Channel that keeps what it is handed."""

    letters: list[bytes] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)
    """What to answer next; empty: yes."""

    def deliver(self, envelope: Any) -> Outcome:
        answer = self.answers.pop(0) if self.answers else HandedOver("250 ok")
        if isinstance(answer, HandedOver):
            self.letters.append(envelope.content)
        return answer

    def close(self) -> None:
        """Nothing is open."""


class Town:
    """One project and its clock. `at` sets the clock; events are what Segment's clients would send."""

    def __init__(
        self, folder: Path, files: Mapping[str, str], *, start: str, templates: tuple[str, ...] = (), channel: Channel | None = None
    ) -> None:
        self.folder = folder
        write(folder, files, templates)
        self.now = parse_instant(start)
        self.workspace = Workspace(folder, clock=lambda: self.now)
        self.log = self.workspace.open_log()
        self.channel = channel or Pocket()
        self._sent = 0
        apply(self.workspace)
        self.live = Live(self.workspace, self.log)
        self.renderer = Renderer(secret=self.workspace.secret, public_url="http://127.0.0.1:9")
        self._sender: Sender | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.channel.close()
        self.renderer.close()
        self.log.close()
        self.workspace.close()

    # -- what happens

    def at(self, text: str) -> Self:
        """Move the clock."""
        self.now = parse_instant(text)
        return self

    def track(
        self,
        event: str,
        user: str | None = "ann",
        *,
        ts: str | None = None,
        anonymous: str | None = None,
        id: str | None = None,
        **properties: Any,
    ) -> Self:
        """An event arrives now, having happened at `ts` (default now)."""
        return self._arrive("track", user, anonymous, ts, id, event=event, properties=properties)

    def identify(
        self, user: str | None = "ann", *, ts: str | None = None, anonymous: str | None = None, id: str | None = None, **traits: Any
    ) -> Self:
        """Traits, or a link when `anonymous` is given too."""
        return self._arrive("identify", user, anonymous, ts, id, traits=traits)

    def _arrive(self, kind: str, user: str | None, anonymous: str | None, ts: str | None, id: str | None, **more: Any) -> Self:
        self._sent += 1
        line = Line(
            type=kind,
            message_id=id or f"m{self._sent:06d}",
            source="test",
            user_id=user,
            anonymous_id=anonymous,
            timestamp=format_instant(parse_instant(ts) if ts else self.now),
            **{"properties": {}, "traits": {}, "context": {}, **more},
        )
        self.log.append([written(line)])
        return self

    def tick(self) -> TickReport:
        """Load and decide everything up to now."""
        return self.live.step()

    def post(self) -> int:
        """Hand over what is due, and let the log know."""
        if self._sender is None:
            self.renderer.start(templates_in_use(self.workspace))
            engine = self.workspace.engine.sibling()
            self._sender = Sender(
                engine=engine, outbox=self.workspace.outbox, renderer=self.renderer,
                settings=self.workspace.project.settings, secret=self.workspace.secret, public_url="http://127.0.0.1:9",
                clock=lambda: self.now, ingredients=Ingredients(self.workspace, engine),
                sending=lambda: self.workspace.running_definitions().sending,
            )  # fmt: skip
        prepared = self._sender.prepare(1_000)
        for each in prepared:
            self._sender.hand_over(each, self.channel)
        self.live.pass_on_notices()
        return len(prepared)

    # -- what came of it

    def enrolments(self) -> list[Enrolment]:
        return self.workspace.journeys.enrolments()

    def messages(self) -> list[Message]:
        return self.workspace.journeys.messages(Instant(-FOREVER), FOREVER)


def write(folder: Path, files: Mapping[str, str], templates: tuple[str, ...] = ()) -> None:
    """A project folder from texts. Its secret is fixed, so that the same people are held out each time."""
    (folder / ".opportune").mkdir(parents=True, exist_ok=True)
    (folder / ".opportune" / "secret").write_text("5e" * 32)
    for name, text in {"opportune.yml": SETTINGS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    for name in templates:
        path = folder / "templates" / f"{name}.mjml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATE.format(name=name).lstrip(), encoding="utf-8")


def lines(calls: list[dict[str, Any]]) -> bytes:
    """NDJSON."""
    return b"".join(json.dumps(call).encode() + b"\n" for call in calls)
