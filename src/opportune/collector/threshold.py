"""What happens to a call between its shape and the log: may this key say it, where was it said, may it be stored.

The address of who sends is used for its place and goes no further (docs/adr/0026-addresses-stop-at-the-edge.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from opportune.adapters.places import Place
from opportune.collector.arriving import CLICKS, arrived
from opportune.collector.calls import Call
from opportune.collector.consent import ConsentRules, Withheld, objection, weighed
from opportune.collector.refusals import Refusal
from opportune.collector.scopes import overstep, without_addresses, without_claims
from opportune.collector.shape import id_text
from opportune.collector.sources import Source
from opportune.collector.visits import Networks, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The rules of one shop."""

    place_of: Callable[[str], Place | None] = lambda _address: None
    rules: ConsentRules = field(default_factory=ConsentRules)
    keeps_ip: bool = False
    clicked: Callable[[str], str | None] = lambda _token: None
    """The customer whose click on a mail a token was made for, while it is good."""
    trusted: Networks = ()
    """Proxies whose word on who sent it is taken."""

    def passed(self, call: Call, source: Source, visit: Visit) -> Call | Withheld | Refusal:
        """The call as it may be stored, changed in place."""
        if source.is_browser:
            refusal = overstep(call)
            if refusal:
                return refusal
            self._of_page(call, source, visit)
        else:
            self._of_server(call)
        return weighed(call, source, _country(call) if source.is_browser else None, self.rules)

    def beside(self, call: Call, source: Source) -> Iterator[tuple[str, Call]]:
        """What is stored together with a call of a browser: that its visitor objects, and who clicked to come here."""
        if not source.is_browser:
            return
        objected = objection(call)
        if objected is not None:
            yield source.name, objected
        customer = self.clicked(call.click) if call.click is not None and id_text(call.anonymous_id) else None
        if customer is not None:
            yield CLICKS, arrived(call, customer)

    def _of_page(self, call: Call, source: Source, visit: Visit) -> None:
        """What the connection says of a browser's call takes the place of what the call says. Its id is one of this source's alone:
        nobody who reads the key can use up the id of what a server will send."""
        context = dict(without_claims(call.context) or {})
        context |= self._placed(visit.address)
        if visit.user_agent and not isinstance(context.get("userAgent"), str):
            context["userAgent"] = visit.user_agent
        click = context.pop("click", None)
        call.click = click if isinstance(click, str) else None
        if visit.has_gpc:
            context["consent"] = _with_gpc(context.get("consent"))
        call.context = context or None
        call.traits = without_addresses(call)
        call.user_id, sent = id_text(call.user_id), id_text(call.message_id)
        call.message_id = sent and f"{source.name}:{sent}"

    def _of_server(self, call: Call) -> None:
        """A server tells its visitor's address in the context; a place it tells itself stands."""
        context = call.context
        if not context or "ip" not in context:
            return
        said = context["ip"]
        place = self._placed(said) if isinstance(said, str) else {}
        rest = context if self.keeps_ip else {name: value for name, value in context.items() if name != "ip"}
        call.context = {**place, **rest}

    def _placed(self, address: str | None) -> dict[str, Any]:
        """`location`, and the address itself only where the shop keeps it."""
        place = self.place_of(address) if address else None
        kept: dict[str, Any] = {"ip": address} if self.keeps_ip and address else {}
        if place is not None:
            kept["location"] = {"country": place.country, **({"region": place.region} if place.region else {})}
        return kept


def _country(call: Call) -> str | None:
    location = call.context.get("location") if call.context else None
    return location.get("country") if isinstance(location, dict) else None


def _with_gpc(consent: Any) -> Any:
    """The signal of the header counts where the call says nothing of it."""
    if consent is None:
        return {"gpc": True}
    return {"gpc": True, **consent} if isinstance(consent, dict) else consent
