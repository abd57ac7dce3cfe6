"""Quiet hours: each day from one time to another by the customer's clock, marketing waits.

A time that the clocks skip on a day is taken at the first instant after the gap, one that comes twice at the first of the two.
Held to tests/sending/test_quiet_hours.py.
"""

from datetime import timedelta

from opportune.language.tree.sending import QuietHours
from opportune.language.vocabulary.instants import Instant
from opportune.language.vocabulary.zones import instant_of_wall_time, wall_clock


def quiet_until(hours: QuietHours, zone: str, at: Instant) -> Instant:
    """`at` itself where it is not quiet there, else the first instant after it that is not. Raises ValueError for an unknown zone."""
    clock = wall_clock(at, zone)
    if clock is None:
        return at
    nights = timedelta(days=1) if hours.ends < hours.begins else timedelta(0)
    # What began yesterday may go on, and on days on which the clocks change one night may begin where another ends.
    for number in (-1, 0, 1):
        day = clock.date() + timedelta(days=number)
        if instant_of_wall_time(day, hours.begins, zone) <= at < (ends := instant_of_wall_time(day + nights, hours.ends, zone)):
            at = ends
    return at
