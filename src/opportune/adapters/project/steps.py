"""The steps of a journey: send, wait, branch and exit; those of later versions are named."""

from collections import Counter

from opportune.adapters.project.desk import Desk
from opportune.adapters.project.form import Value, clock, one_of, text
from opportune.adapters.project.nodes import Entry, Listing, Map, Node, Scalar
from opportune.language.tree.expressions import Expr, Selector
from opportune.language.tree.journeys import Arm, Branch, Exit, MessageKind, Send, Step, Wait, WaitTime, WaitUntil
from opportune.language.tree.later import STEPS, not_yet
from opportune.language.tree.translate_moments import WEEKDAYS
from opportune.language.vocabulary.problems import did_you_mean

ACTIONS = ("send", "wait", "branch", "exit")
_KEYS = {
    "send": ("send", "id", "channel", "at", "within", "kind", "only_if"),
    "wait": ("wait", "id", "only_if", "then", "else"),
    "branch": ("branch", "id", "only_if"),
    "exit": ("exit", "id", "only_if"),
}
CHANNELS_LATER = ("sms", "push", "webhook")


class Steps:
    """Reads the steps of one journey; ids are unique in it."""

    def __init__(self, desk: Desk, trigger: Selector | None, templates: frozenset[str]) -> None:
        self.desk = desk
        self.form = desk.form
        self.trigger = trigger
        self.templates = templates
        self._ids: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._sends: list[Send] = []

    def sends_marketing(self, kind: MessageKind) -> bool:
        """Whether any step sends marketing mail."""
        return any((send.kind or kind) is MessageKind.MARKETING for send in self._sends)

    def read(self, node: Node, what: str) -> tuple[Step, ...]:
        """The steps of a list."""
        steps = [self._step(part, what) for part in self.form.listing(node, what)]
        if isinstance(node, Listing) and not steps:
            self.form.report(node, "E125", f"{what} must be a list of at least one step")
        return tuple(step for step in steps if step is not None)

    def _step(self, node: Node, what: str) -> Step | None:
        keys = [entry.key for entry in node.entries] if isinstance(node, Map) else []
        later = next((entry for entry in node.entries if entry.key in STEPS), None) if isinstance(node, Map) else None
        if later is not None:
            self.form.problems.append(not_yet(later.key, later.place))
            return None
        action = [key for key in keys if key in ACTIONS]
        if len(action) != 1:
            misspelt = (did_you_mean(key, ACTIONS) for key in keys if key not in ACTIONS)
            remedy = next(filter(None, misspelt), "") or f"There are {', '.join(ACTIONS)}."
            self.form.report(node, "E125", f"a step of {what} must have one thing to do", remedy)
            return None
        form = self.form.map(node, f"step {action[0]}", _KEYS[action[0]])
        only_if = self.desk.condition(form.get("only_if"), "only_if", trigger=self.trigger)
        entry = next(entry for entry in form.entries if entry.key == action[0])
        match action[0]:
            case "send":
                return self._send(entry, form, only_if)
            case "wait":
                return self._wait(entry, form, only_if)
            case "branch":
                return self._branch(entry, form, only_if)
            case _:
                outcome = self.form.value(entry.node, "exit", text)
                return Exit(id=self._id(form, "exit", None), outcome=outcome, only_if=only_if) if outcome else None

    def _id(self, form: Map, action: str, default: str | None) -> str:
        self._counts[action] += 1
        node = form.get("id")
        said = self.form.value(node, "id", text) if node is not None else None
        chosen = said or default or f"{action}-{self._counts[action]}"
        if chosen in self._ids:
            remedy = f"It is first on line {self._ids[chosen]}; give this one an `id:` of its own."
            self.form.report(node or form, "E132", f"two steps are called '{chosen}'", remedy)
        self._ids.setdefault(chosen, (node or form).place.line)
        return chosen

    def _send(self, entry: Entry, form: Map, only_if: Expr | None) -> Step | None:
        template = self.form.value(entry.node, "send", text)
        if template is not None and template not in self.templates:
            remedy = did_you_mean(template, self.templates) or f"Write templates/{template}.mjml."
            self.form.report(entry.node, "E131", f"no template is called '{template}'", remedy)
        channel, at, within, kind = (form.get(key) for key in ("channel", "at", "within", "kind"))
        if at is not None:
            said = at.text if isinstance(at, Scalar) else "..."
            self.form.problems.append(not_yet(f"at: {said}", at.place))
        is_fit = channel is None or self._is_email(channel)
        span = self.desk.duration(within, "within") if within is not None else None
        word = self.form.value(kind, "kind", one_of("marketing", "transactional")) if kind is not None else None
        if template is None or not is_fit:
            return None
        message_kind = MessageKind(word) if word else None
        send = Send(id=self._id(form, "send", template), template=template, within=span, kind=message_kind, only_if=only_if)
        self._sends.append(send)
        return send

    def _is_email(self, node: Node) -> bool:
        if isinstance(node, Listing):
            self.form.problems.append(not_yet("channel: [...]", node.place))
            return False
        if isinstance(node, Scalar) and node.value in CHANNELS_LATER:
            self.form.problems.append(not_yet(f"channel: {node.value}", node.place))
            return False
        return self.form.value(node, "channel", one_of("email")) is not None

    def _wait(self, entry: Entry, form: Map, only_if: Expr | None) -> Step | None:
        said = entry.node
        words = {inner.key for inner in said.entries} if isinstance(said, Map) else set()
        if "until" not in words:
            for key in ("then", "else"):
                if (arm := form.get(key)) is not None:
                    self.form.report(
                        arm, "E125", f"{key} stands beside wait: {{until: ..., at_most: ...}} only", "Move its steps behind the wait."
                    )
        if "until" in words:
            return self._wait_until(said, form, only_if)
        if isinstance(said, Map):
            return self._wait_time(said, form, only_if)
        span = self.desk.duration(said, "wait")
        return Wait(id=self._id(form, "wait", None), length=span, only_if=only_if) if span is not None else None

    def _wait_until(self, said: Node, form: Map, only_if: Expr | None) -> Step | None:
        what = self.form.map(said, "wait", ("until", "at_most"), ("until", "at_most"))
        condition = self.desk.condition(what.get("until"), "until", trigger=self.trigger)
        at_most = what.get("at_most")
        span = self.desk.duration(at_most, "at_most") if at_most is not None else None
        id = self._id(form, "wait", None)
        then, otherwise = form.get("then"), form.get("else")
        found = self.read(then, "then") if then is not None else ()
        missed = self.read(otherwise, "else") if otherwise is not None else ()
        if condition is None or span is None:
            return None
        return WaitUntil(id=id, condition=condition, at_most=span, then=found, otherwise=missed, only_if=only_if)

    def _wait_time(self, said: Map, form: Map, only_if: Expr | None) -> Step | None:
        what = self.form.map(said, "wait", ("until_time", "days"), ("until_time",))
        time, days = what.get("until_time"), what.get("days")
        minute = self.desk.constant(time, "until_time", clock) if time is not None else None
        listed = self.form.listing(days, "days") if days is not None else ()
        chosen = [self.form.value(day, "days", _weekday) for day in listed]
        if isinstance(days, Listing) and not listed:
            self.form.report(
                days, "E125", "days must be a list of at least one day", "Write days: [mon, tue], or leave it out for every day."
            )
        if minute is None or None in chosen:
            return None
        weekdays = tuple(sorted({day for day in chosen if day is not None})) or tuple(WEEKDAYS.values())
        return WaitTime(id=self._id(form, "wait", None), minute=minute, weekdays=weekdays, only_if=only_if)

    def _branch(self, entry: Entry, form: Map, only_if: Expr | None) -> Step | None:
        id = self._id(form, "branch", None)
        nodes = self.form.listing(entry.node, "branch")
        arms = [self._arm(node, is_last=node is nodes[-1]) for node in nodes]
        found = tuple(arm for arm in arms if arm is not None)
        if not found or len(found) < len(arms):
            if not arms:
                self.form.report(entry, "E125", "branch must be a list of arms", "Write - if: ... with then:, and - else:.")
            return None
        return Branch(id=id, arms=found, only_if=only_if)

    def _arm(self, node: Node, *, is_last: bool) -> Arm | None:
        form = self.form.map(node, "an arm of branch", ("if", "then", "else"))
        condition, then, otherwise = form.get("if"), form.get("then"), form.get("else")
        if otherwise is not None and condition is None and then is None:
            if not is_last:
                self.form.report(node, "E125", "else must be the last arm of a branch", "Move it to the end.")
            return Arm(condition=None, steps=self.read(otherwise, "else"))
        if condition is None or then is None or otherwise is not None:
            self.form.report(node, "E125", "an arm of a branch must have if: and then:, or else: alone")
            return None
        tree = self.desk.condition(condition, "if", trigger=self.trigger)
        steps = self.read(then, "then")
        return Arm(condition=tree, steps=steps) if tree is not None else None


def _weekday(value: Value) -> int:
    """1 Monday to 7 Sunday."""
    if not isinstance(value, str) or value.lower() not in WEEKDAYS:
        raise ValueError(f"must be days such as mon or tue, and {value} is none")
    return WEEKDAYS[value.lower()]
