"""Every mail of the starter pack, for a customer of whom everything is known and for one of whom nothing is."""

import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from opportune.adapters.project.files import read_files
from opportune.language.vocabulary.problems import Place
from opportune.stages.content.lint import CLIPPED_BYTES, Linted, lint
from opportune.stages.content.render import render
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.specimens import AT, KNOWN, SPECIMENS, UNKNOWN, addressing
from opportune.stages.content.template_source import read_template

PACK = Path(__file__).parents[2] / "src/opportune/starter/files"
CONTRACT = """
product-details product-related search-results search-nothing-found search-category cart-reminder cart-help cart-last-call
checkout-reminder checkout-help pricing-plans pricing-offer open-more open-again click-continue click-objections welcome welcome-story
welcome-offer first-order-tips second-use order-tips goes-with-it review-and-referral replenish replenish-offer premium-pick we-noticed
come-back come-back-more win-back-hello win-back-news win-back-offer still-interested last-letter nps-survey nps-review nps-offer
nps-support back-in-stock price-drop confirm-address
""".split()


@cache
def pack() -> Mapping[str, Linted]:
    files = read_files(PACK, ".opportune").templates
    pieces = {path: text for path, text in files.items() if Path(path).name.startswith("_")}
    found: dict[str, Linted] = {}
    for path in sorted(files.keys() - pieces.keys()):
        name = Path(path).stem
        if path.endswith(".mjml"):
            text, text_place = files[f"templates/{name}.txt"], Place(f"templates/{name}.txt", 1)
            template, problems = read_template(name, files[path], Place(path, 1), text=text, text_place=text_place, pieces=pieces)
            assert problems == []
            assert template is not None
            found[name] = Linted(template, files[path], Place(path, 1), text, text_place, pieces)
    return found


def mail(name: str, customer: str) -> Rendered:
    found = render(pack()[name].template, SPECIMENS[customer], addressing(), at=AT)
    assert isinstance(found, Rendered), found
    return found


each = pytest.mark.parametrize("name", CONTRACT)
either = pytest.mark.parametrize("customer", SPECIMENS)


def test_the_pack_has_these_mails_each_with_a_text_part() -> None:
    assert set(pack()) == set(CONTRACT)


def test_no_two_say_the_same_and_none_does_what_good_mail_does_not() -> None:
    assert lint(list(pack().values())) == []


@each
@either
def test_a_mail_is_whole_in_subject_preheader_markup_and_text(name: str, customer: str) -> None:
    found = mail(name, customer)
    assert 0 < len(found.subject) <= 70
    assert 0 < len(found.preheader) <= 110
    assert found.warnings == ()
    assert len(found.html.encode()) < CLIPPED_BYTES / 2
    for part in (found.subject, found.preheader, found.html, found.text):
        assert not re.search(r"\{[{%]|[%}]\}|\bNone\b|\bnil\b", part)
    assert not re.search(r" ,| \.(?!\w)|\(\)|““|: :|,,", found.text)


@each
@either
def test_a_mail_carries_what_the_law_wants_in_both_parts(name: str, customer: str) -> None:
    found, given = mail(name, customer), addressing()
    for part in (unescape(found.html), found.text):
        assert given.unsubscribe_url in part
        assert given.why_url in part
        assert "14 Harbour Street" in part
    assert found.html.index("prefers-color-scheme: dark") < found.html.index("<body")
    assert '<meta content="light dark" name="color-scheme"' in found.html


@each
@either
def test_the_text_part_leads_wherever_the_markup_leads_and_holds_no_markup(name: str, customer: str) -> None:
    found = mail(name, customer)
    links = {unescape(url) for url in re.findall(r'<a\b[^>]*\shref="([^"]*)"', found.html)}
    assert links
    assert {url for url in links if url not in found.text} == set()
    assert "#" not in links
    assert not re.search(r"<[a-z/!][^>]*>|&(amp|quot|nbsp|#39);", found.text)


@each
def test_words_of_the_markup_are_in_the_text_part_too(name: str) -> None:
    def words(text: str) -> set[str]:
        said = re.sub(r"<!--.*?-->|<style.*?</style>|<[^>]*>|https?://\S+", " ", text, flags=re.DOTALL).lower()
        return set(re.findall(r"[^\W\d_]{5,}", said))

    found = mail(name, "a customer of whom everything is known")
    body = unescape(found.html[found.html.index("</head>") :]).replace(found.preheader, "")
    assert words(body) - words(found.text) <= {"halden"}


@each
def test_an_offer_that_is_not_there_leaves_no_trace(name: str) -> None:
    without = render(pack()[name].template, {**KNOWN, "offer": None}, addressing(), at=AT)
    assert isinstance(without, Rendered)
    for part in (without.subject, without.preheader, without.text):
        assert not re.search(r"% off|\bcode:|BACK20|Ends on|\bleft\.", part)


def test_an_offer_is_shown_with_its_code_its_end_and_what_is_left() -> None:
    found = mail("win-back-offer", "a customer of whom everything is known")
    assert "20% off, with the code BACK20. Ends on 8 March at 22:00. 143 of 200 left." in found.text
    assert "<strong>BACK20</strong>" in found.html


@pytest.mark.parametrize(
    "tone, hello, regards",
    [
        ("vip", "Dear Ada,", "With thanks for your loyalty,"),
        ("expert", "Hello Ada,", "Glad to go into any detail,"),
        ("encouraging", "Hello Ada,", "Glad that you are with us,"),
        ("direct", "Hi Ada,", "Kind regards,"),
        (None, "Hello Ada,", "Kind regards,"),
    ],
)
def test_the_tone_is_that_of_the_value_tier(tone: str | None, hello: str, regards: str) -> None:
    values = {**KNOWN, "tier": {"value": {"tone": tone}}}
    found = render(pack()["come-back"].template, values, addressing(), at=AT)
    assert isinstance(found, Rendered)
    assert hello in found.text and regards in found.text
    assert hello in found.html and regards in found.html


def test_reviews_are_shown_from_three_on() -> None:
    said = {"rating": 4.0, "count": 2, "quotes": []}
    for count, is_shown in ((2, False), (3, True)):
        values = {**KNOWN, "reviews": {**said, "count": count}}
        found = render(pack()["product-details"].template, values, addressing(), at=AT)
        assert isinstance(found, Rendered)
        assert (f"4.0 of 5 from {count} reviews" in found.text) == is_shown


def test_the_logo_takes_the_place_of_the_name_and_has_words() -> None:
    looks = KNOWN["brand"]
    assert isinstance(looks, dict)
    values = {**UNKNOWN, "brand": {**looks, "logo": "https://halden-wick.example/logo.png"}}
    found = render(pack()["welcome"].template, values, addressing(), at=AT)
    assert isinstance(found, Rendered)
    assert re.search(r'<img alt="Halden &amp; Wick"[^>]* src="https://halden-wick.example/logo.png"', found.html)
