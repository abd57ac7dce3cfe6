"""Whether a term is one of some texts, without losing the order of the rows.

The engine makes a join of `IN` with five texts or more, and a join may give the rows of a large file in another order than they stand
in: lines of the log would lose their positions.
Held to tests/events/test_order_of_lines.py
"""

import re
from collections.abc import Collection

from opportune.language.relations.addresses import text


def is_one_of(term: str, values: Collection[str]) -> str:
    """The condition; null where the term is."""
    return f"regexp_full_match({term}, {text('|'.join(re.escape(value) for value in sorted(values)))})"
