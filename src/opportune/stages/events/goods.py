"""What became of the goods of a shop: `Price Changed` and `Stock Changed`, derived from the `Product Updated` a catalogue sends.

A `Product Updated` says how a product, or one variant of it, stands. Its figures are held against the last known ones, and where the price
or the stock of the *product* differs, that is an event of its own, with the old value: line 1 the price, line 2 the stock of the same
`event_id`. It is derived at load, in the order in which updates were received, so live, a replay and a backtest read the same rows.

- The price of a product with variants is the least of theirs, its stock the sum of theirs; where some are told and others not, of the told.
- What an update leaves out stays as it was. `deleted` takes a variant, or without a variant all of the product, off the shelf: stock 0.
- The first figures known of a product or a variant are told without an old value: another size that costs less is no lower price.
- An update older than one already known of the same variant changes nothing; it stays an event.
- A change is dated when the update happened, but later than the change before it, so that the latest in time is what holds.

Held to tests/pulls/test_goods.py
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from opportune.language.vocabulary.instants import EARLIEST, Instant

PRICE, STOCK = "Price Changed", "Stock Changed"
WHOLE = ""
"""The variant of an update that names none: it speaks of the product as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A `Product Updated` as it arrived. `price` is in 1/10000 units."""

    event_id: str
    ts: Instant
    received_at: Instant
    is_imported: bool
    product_id: str
    variant_id: str = WHOLE
    category: str | None = None
    price: int | None = None
    stock: float | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The last known of a variant. `changed_at` dates the last change told of its product."""

    ts: Instant
    price: int | None
    stock: float | None
    is_gone: bool
    changed_at: Instant | None


_UNKNOWN = Known(ts=EARLIEST, price=None, stock=None, is_gone=False, changed_at=None)
Shelf = dict[str, dict[str, Known]]
"""product_id → variant_id → what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The price or the stock of a product is another now, and was `old`; None: it was not known."""

    of: Update
    name: str
    ts: Instant
    now: float
    old: float | None


def changes(updates: Iterable[Update], shelf: Shelf) -> Iterator[Change]:
    """What the updates, in the order in which they were received, change; `shelf` is brought up to them."""
    for update in updates:
        variants = shelf.setdefault(update.product_id, {})
        known = variants.get(update.variant_id)
        if known is not None and known.ts > update.ts:
            continue
        before = _figures(variants)
        dated = max((each.changed_at for each in variants.values() if each.changed_at is not None), default=None)
        told = _taken_in(update, variants)
        ts = update.ts if dated is None else Instant(max(update.ts, dated + 1))
        was = known or _UNKNOWN
        was_known = (was.price is not None or update.is_gone, was.stock is not None or update.is_gone)
        changed = [
            Change(of=update, name=name, ts=ts, now=now, old=old if is_change else None)
            for name, old, now, is_change in zip((PRICE, STOCK), before, _figures(variants), was_known, strict=True)
            if now is not None and now != old
        ]
        variants[update.variant_id] = replace(told, changed_at=ts if changed else dated)
        yield from changed


def _taken_in(update: Update, variants: dict[str, Known]) -> Known:
    """The variant as it is now, put among `variants`."""
    known = variants.get(update.variant_id) or _UNKNOWN
    if update.is_gone and update.variant_id == WHOLE:
        for name, each in variants.items():
            variants[name] = replace(each, is_gone=True)
    told = Known(
        ts=update.ts,
        price=known.price if update.price is None else update.price,
        stock=known.stock if update.stock is None else update.stock,
        is_gone=update.is_gone,
        changed_at=known.changed_at,
    )
    variants[update.variant_id] = told
    return told


def _figures(variants: Mapping[str, Known]) -> tuple[float | None, float | None]:
    """Price and stock of the product; None where nothing is known of it."""
    told = {name: each for name, each in variants.items() if name != WHOLE} or variants
    there = [each for each in told.values() if not each.is_gone]
    prices = [each.price for each in there if each.price is not None]
    stocks = [each.stock for each in there if each.stock is not None]
    is_gone = bool(told) and not there
    return min(prices, default=None), sum(stocks) if stocks else 0.0 if is_gone else None
