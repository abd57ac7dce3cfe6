"""The mail that asks for a second yes looks at nobody, even where everybody may be tracked."""

from email import message_from_bytes
from pathlib import Path

from tests.stories.town import Town

JOURNEYS = """
journeys:
  asking: {when: event("Consent Requested"), kind: transactional, reentry: 1h, holdout: 0%, steps: [{send: asking}]}
  other: {when: event("Product Added"), kind: transactional, reentry: 1h, holdout: 0%, steps: [{send: asking}]}
"""
TEMPLATE = """
---
subject: Is it you?
---
<p><a href="{{ confirm_url }}">Yes</a> <a href="https://shop.example/">shop</a> {{ shop.address }} {{ why_url }} {{ unsubscribe_url }}</p>
"""


def letter(town: Town, event: str) -> str:
    """The HTML of the mail that follows an event."""
    town.at("2026-03-01T10:00:00Z").identify("ann", email="ann@example.com").track(event, "ann", purpose="email", product_id="lamp")
    town.at("2026-03-01T10:01:00Z").tick()
    assert town.post() == 1
    (content,) = town.channel.letters  # type: ignore[attr-defined]
    parts = message_from_bytes(content).walk()
    return next(part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/html")  # type: ignore[union-attr]


def test_it_has_no_pixel_and_no_tracked_link_and_another_of_the_same_words_has(tmp_path: Path) -> None:
    files = {"journeys.yml": JOURNEYS, "templates/asking.html": TEMPLATE}
    with Town(tmp_path / "asking", files, start="2026-03-01T00:00:00Z") as town:
        asking = letter(town, "Consent Requested")
    with Town(tmp_path / "other", files, start="2026-03-01T00:00:00Z") as town:
        other = letter(town, "Product Added")
    assert ["/o/" in asking, "/c/" in asking, "/d/" in asking] == [False, False, True]
    assert ["/o/" in other, "/c/" in other] == [True, True]
