"""What is wrong with a call, as its sender reads it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One call, or with `field` None and no place in a batch the whole body, that is not stored."""

    field: str | None
    """Path of the offending field, as `properties.products[0].name`; None: the call as a whole."""
    message: str
    """What is wrong and what to do."""
