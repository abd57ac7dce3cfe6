"""Everything a mail may be made of besides the customer's traits: definitions, offers, products and their reviews.

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
from opportune.shell.quotations import Quotations, as_tree
from opportune.shell.workspace import Workspace
from opportune.stages.content import brand, offers, reviews, shelf
from opportune.stages.content.template import Template
from opportune.stages.sending.message import Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to be written: its template, and the event that caused it."""

    message: Message
    template: Template | None
    trigger: Mapping[str, Json]


class Ingredients:
    """Serves one thread. `engine` is asked about reviews and used codes."""

    def __init__(self, workspace: Workspace, engine: Engine) -> None:
        self._workspace, self._engine = workspace, engine
        self._quotations = Quotations(workspace)
        self._shelves: dict[str, shelf.Shelf] = {}

    def of(self, asked: Sequence[Asked], templates: Mapping[str, Template], now: Instant) -> list[dict[str, Json]]:
        """The variables of each message. `templates`: all of every version, by `VERSION/NAME`."""
        settings = self._workspace.project.settings
        read: dict[str, set[str]] = defaultdict(set)
        for key, template in templates.items():
            read[key.partition("/")[0]] |= template.reads.keys()
        wanted = [(each.message, tuple(each.template.reads) if each.template else ()) for each in asked]
        quoted = self._quotations.of(wanted, read)
        products = [shelf.products_of(each.trigger, self._shelf(each.message.version)) for each in asked]
        said = self._reviews(asked, products, now)
        offered = self._offers(asked, quoted, now)
        looks = brand.told(settings.brand, settings.shop.name)
        return [
            {
                **as_tree(quoted[number]),
                "brand": looks,
                "offer": offered[number],
                "products": products[number],
                "related": shelf.neighbours(products[number], each.trigger.get("category"), self._shelf(each.message.version)),
                "reviews": said[number],
            }
            for number, each in enumerate(asked)
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

    def _reviews(self, asked: Sequence[Asked], products: Sequence[Sequence[Json]], now: Instant) -> list[Json]:
        """What was said of the first product of each message."""
        wanted = [bool(each.template and each.template.has_reviews) for each in asked]
        about = [_first_id(found) if is_wanted else "" for is_wanted, found in zip(wanted, products, strict=True)]
        ids = sorted(set(filter(None, about)))
        rows = self._engine.rows(_reviews_plan(), {"at": now}, {reviews.PRODUCTS.name: [(name,) for name in ids]}) if ids else []
        said = reviews.told(rows)
        return [said.get(name) for name in about]

    def _shelf(self, version: str) -> shelf.Shelf:
        """The rows of the version's table of products, the latest of each, if it has one."""
        if version not in self._shelves:
            project = self._workspace.project_of(version)
            table = project.tables.get(project.pins.tables.get(shelf.TABLE, shelf.TABLE))
            self._shelves[version] = {row.key: row.values for row in table.rows} if table else {}
        return self._shelves[version]


def _first_id(products: Sequence[Json]) -> str:
    first = products[0] if products else None
    return str(first.get("product_id") or "") if isinstance(first, dict) else ""


@cache
def _used_codes() -> Plan:
    return offers.used_codes()


@cache
def _reviews_plan() -> Plan:
    return reviews.reviews_of()
