"""Definitions as relations: the same meaning as `meaning/`, for everybody at once (values, moments, watch)."""
