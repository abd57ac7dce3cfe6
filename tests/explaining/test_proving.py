"""What somebody agreed to, and the proof of it."""

from tests.meaning.small_shop import DAY, HOUR, event, instant

from opportune.language.meaning.history import History, TraitSet
from opportune.language.vocabulary.instants import Instant
from opportune.shell.explaining import Subject
from opportune.shell.proving import consent_lines

WORDS = {"wording": "Yes, write to me", "wording_version": "7", "page": "https://shop.example/news"}
ASKED = event("Consent Requested", -2 * DAY, id="r", purpose="email", method="form", **WORDS)
GIVEN = event(
    "Consent Given", -DAY, id="g", purpose="email", method="double_opt_in", request_id="r", user_agent="Firefox", region="DE", **WORDS
)


def told(*events: object, opt_in: tuple[str, ...] = ("EU",), home: str | None = None, country: str | None = None) -> list[str]:
    traits = () if country is None else (_trait(country),)
    history = History(events=events, traits=traits)  # type: ignore[arg-type]
    return consent_lines(Subject("ada", instant(0), history), opt_in, home)


def _trait(country: str) -> TraitSet:
    at = Instant(instant(-DAY))
    return TraitSet(event_id="t", identity="ada", name="country", value=country, ts=at, received_at=at)


def line_of(purpose: str, lines: list[str]) -> str:
    (found,) = (line for line in lines if line.startswith("├─") and f" {purpose}:" in line)
    return found


def test_who_said_nothing_is_told_what_silence_means() -> None:
    lines = told()
    assert [line_of(purpose, lines) for purpose in ("email", "sms", "push", "tracking", "profiling", "ads")] == [
        "├─ ✗ email: nothing said, so denied",
        "├─ ✗ sms: nothing said, so denied",
        "├─ ✗ push: nothing said, so denied",
        "├─ ✗ tracking: nothing said, so denied",
        "├─ ✓ profiling: nothing said, so allowed",
        "├─ ✗ ads: nothing said, so denied",
    ]


def test_silence_about_tracking_is_read_by_her_country_and_else_by_the_shops() -> None:
    assert line_of("tracking", told(country="US")) == "├─ ✓ tracking: nothing said, so allowed"
    assert line_of("tracking", told(home="US")) == "├─ ✓ tracking: nothing said, so allowed"
    assert line_of("tracking", told(home="US", country="FR")) == "├─ ✗ tracking: nothing said, so denied"


def test_a_consent_shows_when_how_where_to_which_words_and_what_it_answers() -> None:
    lines = told(ASKED, GIVEN)
    begin = lines.index("├─ ✓ email: given")
    assert lines[begin + 1 : begin + 6] == [
        "│     2026-02-28 12:00:00 UTC: given by double_opt_in on https://shop.example/news [g]",
        "│       “Yes, write to me” (version 7)",
        "│       in DE, answers the request r, with Firefox",
        "│     2026-02-27 12:00:00 UTC: asked for, not yet confirmed by form on https://shop.example/news [r]",
        "│       “Yes, write to me” (version 7)",
    ]


def test_a_request_alone_is_no_consent() -> None:
    assert line_of("email", told(ASKED)) == "├─ ✗ email: asked for, not yet confirmed"


def test_a_withdrawal_and_unsubscribing_stand_beside_what_they_end() -> None:
    left = event("Unsubscribed", -HOUR, id="u", channel="email")
    back = event("Consent Withdrawn", -HOUR, id="w", purpose="email", method="one-click")
    lines = told(GIVEN, left, back)
    assert line_of("email", lines) == "├─ ✗ email: withdrawn"
    assert sum("[u]" in line for line in lines) == 1
    assert any("withdrawn by one-click [w]" in line for line in lines)


def test_a_consent_of_which_nobody_knows_how_it_was_given_says_so() -> None:
    assert any("given, nobody said how [x]" in line for line in told(event("Consent Given", -DAY, id="x", purpose="sms")))
