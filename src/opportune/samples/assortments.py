"""What four made-up shops sell: categories with their nouns, prices, needs and search terms, and what they have not got. Tables only.

A need is what a customer wants solved; each category answers one. `term` is how people search and ask for it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """Things of a kind: from `cheapest` to `dearest` dollars; goods that are used up last `lasts_days`."""

    name: str
    nouns: str
    """Kinds of it, with commas between."""
    cheapest: int
    dearest: int
    need: str
    term: str
    lasts_days: int | None = None

    @property
    def kinds(self) -> list[str]:
        """The nouns one by one."""
        return self.nouns.split(", ")

    @property
    def one(self) -> str:
        """The name of one of them, as people type it."""
        return self.name.removesuffix("s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assortment:
    """A brand, its address and what it sells. `missing` is searched for in vain."""

    brand: str
    address: str
    categories: tuple[Category, ...]
    missing: tuple[str, ...]


HOME = Assortment(
    brand="Halden & Wick",
    address="https://halden-wick.example",
    categories=(
        Category("lamps", "table lamp, floor lamp, pendant, wall light, desk lamp", 45, 240, "more light", "reading light"),
        Category("rugs", "wool rug, runner, jute rug, flatweave, kilim", 80, 420, "a warm floor", "warm floor"),
        Category("cushions", "linen cushion, velvet cushion, floor cushion, bolster, cushion pair", 24, 80, "things for children", "kids"),
        Category("throws", "wool throw, knitted throw, bedspread, quilt, picnic blanket", 45, 190, "better sleep", "sleep"),
        Category("vases", "bud vase, tall vase, glass vase, stoneware vase, jug", 18, 120, "a gift", "gift"),
        Category("tableware", "dinner set, bowl set, serving board, carafe, mug pair", 22, 160, "easy care", "washable"),
        Category("candles", "scented candle, pillar candle, candle trio, candlestick, diffuser", 12, 58, "calm", "relaxing scent"),
        Category("mirrors", "round mirror, arched mirror, wall mirror, standing mirror, mirror tray", 39, 320, "saving space", "small"),
    ),
    missing=("gift card", "curtains", "outdoor sofa", "paint", "bunk bed", "washable cover"),
)

FURNITURE = Assortment(
    brand="Nordal Timber",
    address="https://nordal-timber.example",
    categories=(
        Category("sofas", "two-seater, corner sofa, sofa bed, daybed, love seat", 690, 3_400, "saving space", "small"),
        Category("beds", "oak bed, box bed, canopy bed, storage bed, guest bed", 480, 2_300, "better sleep", "sleep"),
        Category("tables", "dining table, folding table, side table, console, desk", 140, 1_900, "room for guests", "table for eight"),
        Category("wardrobes", "sliding wardrobe, open wardrobe, chest, dresser, hall unit", 260, 1_700, "saving space", "storage"),
        Category("chairs", "dining chair, armchair, rocking chair, stool, bench", 70, 890, "comfort", "reading chair"),
        Category("desks", "standing desk, writing desk, corner desk, desk shelf, filing cabinet", 120, 980, "a home office", "home office"),
    ),
    missing=("curtains", "mattress topper", "garden shed", "used furniture", "fitted kitchen"),
)

REPLENISH = Assortment(
    brand="Morrow Coffee & Care",
    address="https://morrow-care.example",
    categories=(
        Category("beans", "espresso beans, filter beans, decaf, single origin, house blend", 11, 24, "energy", "strong coffee", 28),
        Category("capsules", "lungo box, espresso box, decaf box, capsule box, sampler", 6, 42, "a quick cup", "quick cup", 24),
        Category("teas", "green tea, mint tea, earl grey, rooibos, chai", 7, 19, "better sleep", "sleep", 45),
        Category("creams", "day cream, night cream, hand cream, eye cream, sun cream", 14, 68, "dry skin", "dry skin", 56),
        Category("cleansers", "foam, cleansing oil, soap bar, micellar water, scrub", 8, 34, "pure skin", "blemishes", 42),
    ),
    missing=("coffee machine", "perfume", "gift card", "oat milk"),
)

GIFTS = Assortment(
    brand="Ribbon Row",
    address="https://ribbon-row.example",
    categories=(
        Category("hampers", "breakfast hamper, cheese hamper, sweet hamper, spa hamper, tea hamper", 39, 160, "a gift", "gift"),
        Category("flowers", "peonies, tulips, roses, dried bouquet, orchid", 25, 90, "an anniversary", "anniversary"),
        Category("toys", "wooden train, puzzle, soft bear, kite, building set", 12, 75, "things for children", "kids"),
        Category("jewellery", "silver ring, pendant chain, ear studs, bracelet, brooch", 29, 280, "a wedding", "bridesmaid gift"),
        Category("prints", "photo book, star map, city print, calendar, poster", 15, 70, "a keepsake", "baby keepsake"),
        Category("sweets", "truffles, fudge, nougat, biscuit tin, advent calendar", 9, 49, "colleagues", "secret santa"),
    ),
    missing=("same day delivery", "wine", "concert ticket", "gift wrap only"),
)
