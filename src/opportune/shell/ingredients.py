"""Everything a mail may be made of besides the customer's traits: definitions, offers, goods, the brand.

Each is looked up only for messages whose template asks for it, once for all that are written together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json
from opportune.shell.goods import Goods, Wish
from opportune.shell.quotations import Quotations, as_tree
from opportune.shell.workspace import Workspace
from opportune.stages.content import brand, offers
from opportune.stages.content.template import Template
from opportune.stages.sending.message import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to be written: its template, and the event that caused it."""

    message: Message
    template: Template | None
    trigger: Mapping[str, Json]


class Ingredients:
    """Serves one thread. `engine` is asked about goods and used codes."""

    def __init__(self, workspace: Workspace, engine: Engine) -> None:
        self._workspace, self._engine = workspace, engine
        self._quotations = Quotations(workspace)
        self._goods = Goods(workspace, engine)

    def of(self, asked: Sequence[Asked], templates: Mapping[str, Template], now: Instant) -> list[dict[str, Json]]:
        """The variables of each message. `templates`: all of every version, by `VERSION/NAME`."""
        settings = self._workspace.project.settings
        read: dict[str, set[str]] = defaultdict(set)
        for key, template in templates.items():
            read[key.partition("/")[0]] |= template.reads.keys()
        wanted = [(each.message, tuple(each.template.reads) if each.template else ()) for each in asked]
        quoted = self._quotations.of(wanted, read)
        wishes = [Wish(each.message.version, each.trigger, each.template.names if each.template else frozenset()) for each in asked]
        goods = self._goods.of(wishes, now)
        offered = self._offers(asked, quoted, now)
        looks = brand.told(settings.brand, settings.shop.name)
        return [
            {
                **as_tree(quoted[number]),
                **goods[number],
                "brand": looks,
                "offer": offered[number],
            }
            for number in range(len(asked))
        ]

    def _offers(self, asked: Sequence[Asked], quoted: Sequence[Mapping[str, Json]], now: Instant) -> list[Json]:
        known = self._workspace.project.settings.offers
        chosen = [self._chosen(each.template, values) for each, values in zip(asked, quoted, strict=True)]
        codes = sorted({offer.code for name in chosen if (offer := known.get(name)) and offer.code and offer.stock is not None})
        rows = self._engine.rows(_used_codes(), {"at": now}, {offers.CODES.name: [(code,) for code in codes]}) if codes else []
        used = {str(code): int(count or 0) for code, count in rows}
        return [
            offers.told(offer, each.message.customer_id, used.get(offer.code or "", 0), at=now, secret=self._workspace.secret)
            if (offer := known.get(name))
            else None
            for each, name in zip(asked, chosen, strict=True)
        ]

    def _chosen(self, template: Template | None, values: Mapping[str, Json]) -> str:
        """The name of the offer a message makes, as the template says it or by the value it names; empty: none."""
        said = template.offer if template else ""
        return str(values.get(said) or "") if "." in said else said


@cache
def _used_codes() -> Plan:
    return offers.used_codes()
