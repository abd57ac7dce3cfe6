"""What the sample shop sells: some two hundred products with their prices and stocks over time, and what people search for.

Brands are made up (assortments.py). Prices are whole US cents; `product_id` is the category and a number, such as `lamps-07`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from opportune.samples.assortments import HOME, Assortment, Category
from opportune.samples.shelves import Shelves
from opportune.samples.truth import Habits

BRAND = HOME.brand
ADDRESS = HOME.address
CURRENCY = "USD"
PER_CATEGORY = 25

_SERIES = (
    "Aster", "Birke", "Cove", "Dune", "Ember", "Fjell", "Grove", "Hazel", "Isle", "Juno", "Kelp", "Linden", "Moss",
    "Nora", "Oslo", "Petal", "Quill", "Reed", "Sable", "Tarn", "Umber", "Vale", "Wharf", "Yarrow", "Zephyr",
)  # fmt: skip
_COLOURS = ("#c8553d", "#588b8b", "#f2c14e", "#93748a", "#4a5859", "#b5c2b7", "#e3b5a4", "#2f4858", "#86a59c", "#d9ae94")
_WISHES = ("{one}", "{noun}", "small {noun}", "{series} {noun}", "{one} sale", "blue {one}", "{term}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing the shop sells. `price` in cents and `stock` are those of the beginning; `colour` is `#rrggbb` for the drawn picture."""

    product_id: str
    name: str
    category: str
    price: int
    stock: int
    colour: str
    url: str
    image_url: str
    lasts_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Words people type into the search box. `category` is None where nothing is found."""

    text: str
    category: int | None
    results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All products, `PER_CATEGORY` for each category in order, and the queries with their number of results.

    `popularity` is the cumulative share of views inside a category by place, the same for every category.
    """

    assortment: Assortment
    products: tuple[Product, ...]
    queries: tuple[Query, ...]
    prices: npt.NDArray[np.int64]
    """Of the beginning; `shelves` has those of any instant."""
    popularity: npt.NDArray[np.float64]
    shelves: Shelves

    @classmethod
    def build(cls, rng: np.random.Generator, *, assortment: Assortment, start: int, end: int, habits: Habits) -> "Catalogue":
        """The catalogue this generator draws, with shelves from `start` to beyond `end`."""
        products = tuple(
            _product(rng, assortment, category, place, series)
            for category in assortment.categories
            for place, series in enumerate(rng.permutation(list(_SERIES))[:PER_CATEGORY].tolist())
        )
        weights = 1 / np.arange(1, PER_CATEGORY + 1) ** 0.7
        prices = np.array([product.price for product in products], dtype=np.int64)
        stocks = np.array([product.stock for product in products], dtype=np.int64)
        return cls(
            assortment=assortment,
            products=products,
            queries=_queries(rng, assortment),
            prices=prices,
            popularity=np.cumsum(weights) / weights.sum(),
            shelves=Shelves.build(rng, prices=prices, stocks=stocks, start=start, end=end, habits=habits),
        )

    @property
    def categories(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(category.name for category in self.assortment.categories)

    @property
    def found_queries(self) -> int:
        """How many of the queries, the first ones, find something."""
        return sum(query.category is not None for query in self.queries)


def write_products(products: tuple[Product, ...], path: Path) -> None:
    """The products as CSV, as a project reads them for a table; prices in units."""
    names = ("product_id", "name", "category", "price", "url", "image_url")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(names)
        for product in products:
            told = (product.product_id, product.name, product.category, f"{product.price / 100:.2f}", product.url, product.image_url)
            rows.writerow(told)


def write_supply(products: tuple[Product, ...], path: Path) -> None:
    """How long a piece of each product lasts that is used up, as CSV. No file where nothing is: a table without rows has no kinds."""
    lines = [f"{product.product_id},{product.lasts_days}d" for product in products if product.lasts_days]
    if lines:
        path.write_text("\n".join(["product_id,lasts", *lines, ""]), encoding="utf-8")


def _product(rng: np.random.Generator, assortment: Assortment, category: Category, place: int, series: str) -> Product:
    dollars = round(float(category.cheapest * (category.dearest / category.cheapest) ** rng.random()))
    product_id = f"{category.name}-{place + 1:02d}"
    return Product(
        product_id=product_id,
        name=f"{series} {category.kinds[place % len(category.kinds)]}",
        category=category.name,
        price=dollars * 100 - (5 if rng.random() < 0.5 else 0),
        stock=int(rng.integers(0, 240)),
        colour=_COLOURS[int(rng.integers(len(_COLOURS)))],
        url=f"{assortment.address}/p/{product_id}",
        image_url=f"{assortment.address}/images/{product_id}.png",
        lasts_days=category.lasts_days,
    )


def _queries(rng: np.random.Generator, assortment: Assortment) -> tuple[Query, ...]:
    found = [
        Query(
            text=wish.format(
                one=category.one,
                noun=category.kinds[place % len(category.kinds)],
                series=_SERIES[(number * 7 + place) % 25],
                term=category.term,
            ),
            category=number,
            results=int(rng.integers(1, PER_CATEGORY)),
        )
        for number, category in enumerate(assortment.categories)
        for place, wish in enumerate(_WISHES)
    ]
    return (*found, *(Query(text=text, category=None, results=0) for text in assortment.missing))
