"""The goods a mail shows: the products it is about, others beside them, what was said of them.

From the project's table `products` where there is one, else from what stored events say. Asked once for all messages written together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from opportune.adapters.engines.engine import Engine
from opportune.language.relations.plans import Plan
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.kinds import Json
from opportune.shell.workspace import Workspace
from opportune.stages.content import recall, reviews, shelf


@dataclass(frozen=True, slots=True)
class Wish:
    """A message's trigger, and which of `products`, `related` and `reviews` its template speaks of."""

    version: str
    trigger: Mapping[str, Json]
    names: frozenset[str]

    @property
    def is_any(self) -> bool:
        """Whether it speaks of goods at all."""
        return bool(self.names & {"products", "related", "reviews"})


class Goods:
    """Serves one thread."""

    def __init__(self, workspace: Workspace, engine: Engine) -> None:
        self._workspace, self._engine = workspace, engine
        self._shelves: dict[str, shelf.Shelf] = {}
        self._by_category: dict[str, Mapping[str, shelf.Shelf]] = {}

    def of(self, wishes: Sequence[Wish], now: Instant) -> list[dict[str, Json]]:
        """`products`, `related` and `reviews` of each."""
        triggers = self._with_contents(wishes, now)
        shown = [shelf.products_of(trigger, self._shelf(wish.version)) for wish, trigger in zip(wishes, triggers, strict=True)]
        nameless = {
            shelf.id_of(product)
            for wish, found in zip(wishes, shown, strict=True)
            if wish.is_any
            for product in found
            if not _name(product)
        }
        known = self._described(nameless - {""}, now)
        shown = [[*shelf.products_of({"products": found}, known)] for found in shown]
        beside = self._related(wishes, shown, now)
        said = self._reviews(
            [shelf.id_of(found[0]) if found and "reviews" in w.names else "" for w, found in zip(wishes, shown, strict=True)], now
        )
        return [{"products": a, "related": b, "reviews": c} for a, b, c in zip(shown, beside, said, strict=True)]

    def _with_contents(self, wishes: Sequence[Wish], now: Instant) -> list[Mapping[str, Json]]:
        """The triggers; one that names an order and no product has the products of that order."""
        asked = [
            str(wish.trigger["order_id"])
            if wish.is_any and wish.trigger.get("order_id") and not wish.trigger.keys() & {"products", "product_id"}
            else ""
            for wish in wishes
        ]
        ids = sorted(set(asked) - {""})
        held = recall.contents(self._engine.rows(_orders(), {"at": now}, {recall.ORDERS.name: [(name,) for name in ids]})) if ids else {}
        return [
            {**wish.trigger, "products": held[name]} if name in held else wish.trigger for wish, name in zip(wishes, asked, strict=True)
        ]

    def _described(self, ids: set[str], now: Instant) -> shelf.Shelf:
        if not ids:
            return {}
        rows = self._engine.rows(_descriptions(), {"at": now}, {recall.GOODS.name: [(name,) for name in sorted(ids)]})
        return recall.described(rows)

    def _related(self, wishes: Sequence[Wish], shown: Sequence[Sequence[Json]], now: Instant) -> list[list[Json]]:
        """Neighbours on the shelf; without a table, what is most looked at of the same category."""
        wanted = ["related" in wish.names for wish in wishes]
        categories = [shelf.category_of(found, wish.trigger.get("category")) for wish, found in zip(wishes, shown, strict=True)]
        lacking = {
            category
            for wish, category, is_wanted in zip(wishes, categories, wanted, strict=True)
            if is_wanted and category and not self._shelf(wish.version)
        }
        popular = self._popular(lacking, now)
        return [
            self._beside(wish.version, found, category, popular) if is_wanted else []
            for wish, found, category, is_wanted in zip(wishes, shown, categories, wanted, strict=True)
        ]

    def _beside(self, version: str, products: Sequence[Json], category: str, popular: Mapping[str, list[Json]]) -> list[Json]:
        if not self._shelf(version):
            return shelf.others(products, popular.get(category, ()))
        return shelf.neighbours(products, self._by_category[version].get(category, {}))

    def _popular(self, categories: set[str], now: Instant) -> dict[str, list[Json]]:
        """Category → the products most looked at, described."""
        if not categories:
            return {}
        asked = {recall.CATEGORIES.name: [(name,) for name in sorted(categories)]}
        rows = self._engine.rows(_looked_at(), {"at": now, "since": now - recall.LOOKED_AT_FOR}, asked)
        known = self._described({str(row[1]) for row in rows}, now)
        found: dict[str, list[Json]] = defaultdict(list)
        for category, product_id in rows:
            found[str(category)].append({"product_id": str(product_id), **known.get(str(product_id), {})})
        return found

    def _reviews(self, about: Sequence[str], now: Instant) -> list[Json]:
        ids = sorted(set(about) - {""})
        rows = self._engine.rows(_reviews_plan(), {"at": now}, {reviews.PRODUCTS.name: [(name,) for name in ids]}) if ids else []
        said = reviews.told(rows)
        return [said.get(name) for name in about]

    def _shelf(self, version: str) -> shelf.Shelf:
        """The rows of the version's table of products, the latest of each, if it has one."""
        if version not in self._shelves:
            project = self._workspace.project_of(version)
            table = project.tables.get(project.pins.tables.get(shelf.TABLE, shelf.TABLE))
            self._shelves[version] = {row.key: row.values for row in table.rows} if table else {}
            self._by_category[version] = shelf.by_category(self._shelves[version])
        return self._shelves[version]


def _name(product: Json) -> Json:
    return product.get("name") if isinstance(product, dict) else None


@cache
def _orders() -> Plan:
    return recall.orders()


@cache
def _descriptions() -> Plan:
    return recall.descriptions()


@cache
def _looked_at() -> Plan:
    return recall.looked_at()


@cache
def _reviews_plan() -> Plan:
    return reviews.reviews_of()
