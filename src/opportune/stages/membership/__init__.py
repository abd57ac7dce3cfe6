"""Membership: which customers definitions hold for, and what has to be known of all of them for it."""
