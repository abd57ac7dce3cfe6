"""Facts about the store as a whole, kept in the transaction that makes them true.

Reads   facts
Gives   facts: `layout`, the version of the map it follows; `order_keys_full`, once order keys cannot tell all ties apart
"""

from opportune.language.relations.map import LAYOUT

LAYOUT_FACT = "layout"
ORDER_KEYS_FULL = "order_keys_full"


def follows_the_map() -> list[str]:
    """The statements that note that the store follows the map as it is."""
    return [f"DELETE FROM facts WHERE name = '{LAYOUT_FACT}'", f"INSERT INTO facts VALUES ('{LAYOUT_FACT}', {LAYOUT})"]


def keys_are_full() -> str:
    """The statement that notes, once, that order keys cannot tell all ties apart."""
    return f"INSERT INTO facts SELECT '{ORDER_KEYS_FULL}', 1 WHERE NOT EXISTS (SELECT 1 FROM facts WHERE name = '{ORDER_KEYS_FULL}')"


def keys_are_not_full() -> str:
    """The statement that takes that back: for a store whose keys are ranked anew."""
    return f"DELETE FROM facts WHERE name = '{ORDER_KEYS_FULL}'"


def value_of(name: str) -> str:
    """The query that gives a fact's value, or no row."""
    return f"SELECT value FROM facts WHERE name = '{name}'"
