"""Values are shown as they were sent, and what may be personal by its shape alone."""

import pytest

from opportune.stages.events.specimens import LONGEST, specimen


@pytest.mark.parametrize(
    "name, value, shown",
    [
        ("wishes", "three", "three"),
        ("total", "12,50 €", "12,50 €"),
        ("first_name", "Ada", "Aaa"),
        ("firstName", "Ada Löve", "Aaa Aaaa"),
        ("email", "ada@example.org", "aaa@aaaaaaa.aaa"),
        ("odd", "ada@example.org", "aaa@aaaaaaa.aaa"),
        ("odd", "call +49 30 1234567", "aaaa +99 99 9999999"),
        ("IPAddress", "10.0.0.1", "99.9.9.9"),
        ("zip", "10115", "99999"),
        ("order_id", "1001", "1001"),
    ],
)
def test_a_value_is_shown_by_its_shape_where_it_may_be_somebodys(name: str, value: str, shown: str) -> None:
    assert specimen(name, value) == shown


def test_long_values_are_cut() -> None:
    assert specimen("wishes", "w" * 500) == "w" * LONGEST + "…"
