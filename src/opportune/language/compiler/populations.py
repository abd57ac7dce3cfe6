"""Where `pairs`, `columns` and `properties` say what this file once said; gone when nobody reads it here any more."""

from opportune.language.compiler.columns import Columns
from opportune.language.compiler.pairs import with_leaves
from opportune.language.compiler.properties import selected
from opportune.language.compiler.scans import follows

__all__ = ["Columns", "follows", "selected", "with_leaves"]
