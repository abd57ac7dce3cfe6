"""The starter pack: what `opportune init` writes."""

from opportune.starter.writing import AlreadyThere, write

__all__ = ["AlreadyThere", "write"]
