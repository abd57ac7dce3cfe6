"""What the sample shop sells: eight categories of things for the home, about two hundred products, and what people search for.

The brand is made up. Prices are whole US cents; `product_id` is the category and a number, such as `lamps-07`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BRAND = "Halden & Wick"
ADDRESS = "https://halden-wick.example"
CURRENCY = "USD"
PER_CATEGORY = 25

CATEGORIES = ("lamps", "rugs", "cushions", "throws", "vases", "tableware", "candles", "mirrors")
_NOUNS = {
    "lamps": (("table lamp", "floor lamp", "pendant", "wall light", "desk lamp"), 45, 240),
    "rugs": (("wool rug", "runner", "jute rug", "flatweave", "kilim"), 80, 420),
    "cushions": (("linen cushion", "velvet cushion", "floor cushion", "bolster", "cushion pair"), 24, 80),
    "throws": (("wool throw", "knitted throw", "bedspread", "quilt", "picnic blanket"), 45, 190),
    "vases": (("bud vase", "tall vase", "glass vase", "stoneware vase", "jug"), 18, 120),
    "tableware": (("dinner set", "bowl set", "serving board", "carafe", "mug pair"), 22, 160),
    "candles": (("scented candle", "pillar candle", "candle trio", "candlestick", "diffuser"), 12, 58),
    "mirrors": (("round mirror", "arched mirror", "wall mirror", "standing mirror", "mirror tray"), 39, 320),
}
_SERIES = (
    "Aster", "Birke", "Cove", "Dune", "Ember", "Fjell", "Grove", "Hazel", "Isle", "Juno", "Kelp", "Linden", "Moss",
    "Nora", "Oslo", "Petal", "Quill", "Reed", "Sable", "Tarn", "Umber", "Vale", "Wharf", "Yarrow", "Zephyr",
)  # fmt: skip
_COLOURS = ("#c8553d", "#588b8b", "#f2c14e", "#93748a", "#4a5859", "#b5c2b7", "#e3b5a4", "#2f4858", "#86a59c", "#d9ae94")
_WISHES = ("{one}", "{noun}", "small {noun}", "{series} {noun}", "{one} sale", "blue {one}")
_UNKNOWN = ("gift card", "curtains", "outdoor sofa", "paint", "bunk bed", "washable cover")


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing the shop sells. `price` in cents, `colour` as `#rrggbb` for the drawn picture."""

    product_id: str
    name: str
    category: str
    price: int
    stock: int
    colour: str


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

    products: tuple[Product, ...]
    queries: tuple[Query, ...]
    prices: npt.NDArray[np.int64]
    popularity: npt.NDArray[np.float64]

    @classmethod
    def build(cls, rng: np.random.Generator) -> "Catalogue":
        """The catalogue this generator draws."""
        products = tuple(
            _product(rng, category, place, series)
            for category in CATEGORIES
            for place, series in enumerate(rng.permutation(list(_SERIES))[:PER_CATEGORY].tolist())
        )
        weights = 1 / np.arange(1, PER_CATEGORY + 1) ** 0.7
        return cls(
            products=products,
            queries=_queries(rng),
            prices=np.array([product.price for product in products], dtype=np.int64),
            popularity=np.cumsum(weights) / weights.sum(),
        )


def _product(rng: np.random.Generator, category: str, place: int, series: str) -> Product:
    nouns, cheapest, dearest = _NOUNS[category]
    dollars = round(float(cheapest * (dearest / cheapest) ** rng.random()))
    return Product(
        product_id=f"{category}-{place + 1:02d}",
        name=f"{series} {nouns[place % len(nouns)]}",
        category=category,
        price=dollars * 100 - (5 if rng.random() < 0.5 else 0),
        stock=int(rng.integers(0, 240)),
        colour=_COLOURS[int(rng.integers(len(_COLOURS)))],
    )


def _queries(rng: np.random.Generator) -> tuple[Query, ...]:
    found = [
        Query(
            text=wish.format(one=category.rstrip("s"), noun=_NOUNS[category][0][place % 5], series=_SERIES[(number * 7 + place) % 25]),
            category=number,
            results=int(rng.integers(1, PER_CATEGORY)),
        )
        for number, category in enumerate(CATEGORIES)
        for place, wish in enumerate(_WISHES)
    ]
    return (*found, *(Query(text=text, category=None, results=0) for text in _UNKNOWN))
