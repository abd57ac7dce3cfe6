"""The texts that properties are put together from, made once for a shop: products at each of their prices, searches, pages, sources."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from opportune.samples.catalogue import Catalogue
from opportune.samples.customers import Customers
from opportune.samples.places import CONTENT, FIRST_NAMES, SOURCES
from opportune.samples.rows import Rows
from opportune.samples.shelves import CURRENCIES, Shelves, listed

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Texts by number. Products have one for each currency and version of their price, in that order: `priced` says which."""

    shelves: Shelves
    currencies: Whole
    """Of each customer, by number in `CURRENCIES`."""
    authors: tuple[str, ...]
    """How each customer signs a review."""
    lines: tuple[str, ...]
    """A product in an order: id, name, category, price, and what it was before a sale."""
    shown: tuple[str, ...]
    """A product on a page: the same, its address and its picture, and a currency that is not the shop's own."""
    prices: tuple[int, ...]
    """Cents."""
    are_sales: tuple[bool, ...]
    product_ids: tuple[str, ...]
    queries: tuple[str, ...]
    query_texts: tuple[str, ...]
    campaigns: tuple[str, ...]
    sources: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]
    """Path and title as JSON, as `sessions` numbers them: home, categories, the sale, guides, products."""
    readings: tuple[tuple[str, ...], ...]
    """By kind of content and category: kind, path and title."""
    categories: tuple[str, ...]
    needs: tuple[str, ...]
    address: str

    @classmethod
    def build(cls, catalogue: Catalogue, campaigns: tuple[str, ...], customers: Customers) -> "Words":
        """The words of this catalogue and these campaigns."""
        assortment, versions = catalogue.assortment, _versions(catalogue)
        return cls(
            shelves=catalogue.shelves,
            currencies=customers.currency,
            authors=tuple(FIRST_NAMES[name] for name in customers.first_name.tolist()),
            lines=tuple(line for line, _, _, _ in versions),
            shown=tuple(shown for _, shown, _, _ in versions),
            prices=tuple(cents for _, _, cents, _ in versions),
            are_sales=tuple(is_sale for _, _, _, is_sale in versions),
            product_ids=tuple(one.product_id for one in catalogue.products),
            queries=tuple(f'"query":{text(one.text)},"results":{one.results}' for one in catalogue.queries),
            query_texts=tuple(f'"query":{text(one.text)}' for one in catalogue.queries),
            campaigns=campaigns,
            sources=_source_texts(),
            pages=_pages(catalogue),
            readings=_readings(catalogue),
            categories=catalogue.categories,
            needs=tuple(f'"need":"{one.need}","text":{text(one.term)}' for one in assortment.categories),
            address=assortment.address,
        )

    def priced(self, rows: Rows, products: npt.NDArray[np.integer[Any]]) -> Whole:
        """Which text tells each of `products` (by row, perhaps several) at the price its customer saw then."""
        currency = self.currencies[rows["person"]].reshape((-1,) + (1,) * (products.ndim - 1))
        at = rows["ts"].reshape(currency.shape)
        found: Whole = currency * len(self.shelves.prices) + self.shelves.version(products.astype(np.int64), at)
        return found


def order_id(cart: int) -> str:
    """The order that a cart became."""
    return f"HW-{cart:012x}"


def pairs(rows: Rows, one: str, other: str) -> Iterator[tuple[int, int]]:
    """Two columns, row by row."""
    return zip(rows[one].tolist(), rows[other].tolist(), strict=True)


def text(written: str) -> str:
    """As JSON."""
    return json.dumps(written, ensure_ascii=False)


def _versions(catalogue: Catalogue) -> list[tuple[str, str, int, bool]]:
    """Line, shown, cents and whether it is a sale: for each currency, for each version of a price."""
    found = []
    for number, (currency, _) in enumerate(CURRENCIES):
        told = f',"currency":"{currency}"' if number else ""
        cents, regular = (listed(catalogue.shelves.prices[:, column], number).tolist() for column in (2, 3))
        for product, now, before in zip(catalogue.shelves.prices[:, 0].tolist(), cents, regular, strict=True):
            one = catalogue.products[product]
            old = f',"old_price":{before / 100:.2f}' if now < before else ""
            line = f'"product_id":"{one.product_id}","name":{text(one.name)},"category":"{one.category}","price":{now / 100:.2f}{old}'
            found.append((line, f'{line},"url":"{one.url}","image_url":"{one.image_url}"{told}', now, now < before))
    return found


def _source_texts() -> tuple[str, ...]:
    """What follows in a page's properties, by source; the two mails of the shop come last."""
    names = ("referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
    told = ["".join(f',"{name}":"{getattr(source, name)}"' for name in names if getattr(source, name)) for source in SOURCES]
    return (*told, ',"utm_source":"newsletter","utm_medium":"email"', ',"utm_source":"opportune","utm_medium":"email"')


def _pages(catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    lists = tuple((f"/{name}", name.capitalize()) for name in catalogue.categories)
    guides = tuple((f"/guides/{name}", f"How to choose {name}") for name in catalogue.categories)
    products = tuple((product.url.removeprefix(catalogue.assortment.address), product.name) for product in catalogue.products)
    return tuple((path, text(title)) for path, title in (("/", "Home"), *lists, ("/sale", "Sale"), *guides, *products))


def _readings(catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Questions are asked in the words of the need; prices, shipping and returns have one page each."""
    return tuple(tuple(_reading(kind, one.name, one.term) for one in catalogue.assortment.categories) for kind in CONTENT)


def _reading(kind: str, category: str, term: str) -> str:
    pages = {
        "faq": (f"/faq/{term.replace(' ', '-')}", f"What helps: {term}"),
        "pricing": ("/pricing", "Prices and bundles"),
        "shipping": ("/shipping", "Shipping"),
        "returns": ("/returns", "Returns"),
    }
    path, title = pages.get(kind, (f"/{kind}/{category}", f"{category.capitalize()}: {kind.replace('_', ' ')}"))
    return f'"kind":"{kind}","path":"{path}","title":"{title}"'
