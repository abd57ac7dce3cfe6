"""How much of a soak to run: `OPPORTUNE_SOAK_SHARE=0.05 make soak` draws a twentieth of the examples; the report says so."""

import os

SHARE = float(os.environ.get("OPPORTUNE_SOAK_SHARE", "1"))


def share_of(number: int) -> int:
    """So many of `number` examples, at least one."""
    return max(1, round(number * SHARE))
