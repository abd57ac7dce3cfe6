"""The sample shop: a seeded simulator with a known truth, for the demo, tests and benchmarks. Start at shop.py."""

from opportune.samples.live import Live
from opportune.samples.reactions import Deed, Mail, Reaction
from opportune.samples.shop import Shop
from opportune.samples.truth import Habits, Truth, read_truth

__all__ = ["Deed", "Habits", "Live", "Mail", "Reaction", "Shop", "Truth", "read_truth"]
