"""`opportune demo`: the sample shop from its first year to live traffic. Start at show.py."""
