"""Rendering: escaping, links, footer, limits; what an attacker types stays text."""

import pytest
from tests.content.mails import LINKS, PIXEL, UNSUBSCRIBE, VALUES, WHY, rendered, tried

from opportune.stages.content.links import as_location
from opportune.stages.content.refusal import Reason, Refusal
from opportune.stages.content.rendered import Link


def test_what_a_customer_typed_is_escaped_in_html_and_not_in_text():
    values = {**VALUES, "customer": {"first_name": "<script>alert('x')</script>"}}
    mail = rendered("<p>{{ customer.first_name }}</p>", values=values, subject="{{ customer.first_name }}")
    assert "<script" not in mail.html
    assert mail.subject == "<script>alert('x')</script>"
    assert "<script>" in mail.text


def test_a_value_cannot_leave_its_attribute():
    values = {**VALUES, "customer": {"first_name": '"><img src=x onerror=alert(1)>'}}
    mail = rendered('<p title="{{ customer.first_name }}">x</p>', values=values)
    assert "<img src=x" not in mail.html


def test_control_characters_in_a_subject_become_one_space():
    values = {**VALUES, "customer": {"first_name": "Zoë\r\nBcc: all@example.test\x00!"}}
    assert rendered("x", values=values, subject="Hi {{ customer.first_name }}").subject == "Hi Zoë Bcc: all@example.test !"


def test_an_unknown_variable_is_empty():
    assert "<p>[]</p>" in rendered("<p>[{{ customer.nothing.at.all }}{{ nobody }}]</p>").html


@pytest.mark.parametrize(
    "attack",
    [
        "{{ customer.__class__.__mro__ }}",
        "{{ customer['__class__'] }}",
        "{{ customer.first_name.__init__.__globals__ }}",
        "{{ customer.keys }}{{ products.append }}",
        "{{ customer | map: '__class__' }}",
    ],
)
def test_no_python_object_is_reached(attack):
    outcome = tried(f"<p>[{attack}]</p>")
    assert isinstance(outcome, Refusal) or "<p>[]</p>" in outcome.html


@pytest.mark.parametrize(
    "attack",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..5000) %}{% for j in (1..5000) %}x{% endfor %}{% endfor %}",
        "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a | size }}",
        "{{ 'x' | append: '" + "x" * 9000 + "' | replace: 'x', '" + "y" * 9000 + "' | size }}",
        "{{ (1..1000000000) | join: ',' | size }}",
        "{{ (1..1000000000) | reverse | size }}",
        "{% assign n = 99999999 %}{% for i in (1..40) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
        "{% for i in (1..9000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
    ],
)
@pytest.mark.timeout(20)
def test_what_would_grow_without_end_is_refused(attack):
    outcome = tried(attack)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.reason in (Reason.LIMIT, Reason.TEMPLATE)


def test_a_failing_template_refuses_this_mail_and_says_why():
    assert tried("{{ 1 | divided_by: customer.zero }}") == Refusal(Reason.TEMPLATE, "template 'hello': divided_by: can't divide by 0")


def test_links_are_numbered_tracked_and_kept():
    mail = rendered(
        '<a href="https://lumen.test/?a=1&amp;b=ü">1</a> <A HREF="/lamp">2</A> <a href="mailto:x@y.test">3</a> <a href="#top">4</a>'
    )
    assert mail.links == (Link(1, "https://lumen.test/?a=1&b=ü"), Link(2, "https://lumen.test/lamp"))
    assert 'href="https://mail.test/c/1"' in mail.html
    assert 'href="https://mail.test/c/2"' in mail.html
    assert 'href="mailto:x@y.test"' in mail.html
    assert 'href="#top"' in mail.html


def test_a_link_in_the_text_part_has_the_number_it_has_in_html():
    mail = rendered("<a href='https://a.test/x'>x</a>", text="See https://a.test/x. Or https://b.test/y!")
    assert mail.text.startswith("See https://mail.test/c/1. Or https://mail.test/c/2!")
    assert [link.url for link in mail.links] == ["https://a.test/x", "https://b.test/y"]


def test_unsubscribe_and_why_are_never_tracked():
    mail = rendered("<a href='{{ unsubscribe_url }}'>u</a><a href='{{ why_url }}'>w</a>{{ shop.address }}")
    assert mail.links == ()
    assert UNSUBSCRIBE in mail.html
    assert WHY in mail.text
    assert mail.warnings == ()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_a_link_that_is_not_for_the_web_leads_nowhere(url):
    values = {**VALUES, "shop": {}, "trigger": {"url": url}}
    mail = rendered("<a href='{{ trigger.url }}'>x</a><img src='{{ trigger.url }}'>", values=values)
    assert '<a href="#">' in mail.html
    assert mail.links == ()
    assert any("taken out" in warning for warning in mail.warnings)


def test_what_is_missing_is_added_as_a_footer_with_a_warning():
    mail = rendered("<p>x</p>", text="x")
    for part in (mail.html, mail.text):
        assert UNSUBSCRIBE in part
        assert WHY in part
        assert "1 Main Street, Springfield" in part
    assert len(mail.warnings) == 3


def test_a_link_inside_a_condition_that_was_false_is_missing_too():
    mail = rendered("{% if customer.nope %}{{ unsubscribe_url }}{% endif %}{{ why_url }}{{ shop.address }}")
    assert mail.warnings == ("the unsubscribe link was missing and a footer with it was added",)


def test_a_transactional_mail_has_no_unsubscribe_footer():
    assert "Unsubscribe" not in rendered("<p>x</p>", unsubscribe_url="", preferences_url="").html


def test_the_pixel_is_there_only_when_opens_may_be_tracked():
    assert PIXEL in rendered(LINKS).html
    assert "<img" not in rendered(LINKS, pixel_url="").html


def test_the_text_part_is_never_empty():
    assert rendered("<img src='https://a.test/x.png'>", subject="Only a picture").text.startswith("Only a picture")


@pytest.mark.parametrize(
    "written, expected",
    [
        ("{{ 19.9 | money }}", "€19.90"),
        ("{{ '1234.5' | money: 'USD' }}", "$1,234.50"),
        ("{{ -3 | money: 'JPY' }}", "-¥3"),
        ("{{ 'dear' | money }}", "dear"),
        ("{{ nothing | money }}", ""),
        ("{{ 'now' | date: '%d.%m.%Y %H:%M' }}", "01.03.2026 09:30"),
        ("{{ '2026-07-01T10:00:00Z' | date: '%Y' }}", "2026"),
        ("{{ 'soon' | date: '%Y' }}", "soon"),
        ("{{ '2026-03-01' | date: '%-d. März' }}", "1. März"),
    ],
)
def test_money_and_dates_are_written_for_people(written, expected):
    assert rendered("x", subject=f"<{written}>").subject == f"<{expected}>"


def test_now_is_the_instant_given_and_dates_are_in_the_shops_zone():
    values = {**VALUES, "shop": {"timezone": "America/New_York"}, "now": 0}
    assert rendered("x", values=values, subject="{{ 'now' | date: '%H:%M' }}").subject == "04:30"


def test_lone_surrogates_do_no_harm():
    mail = rendered("<p>{{ customer.x }}</p>", values={**VALUES, "customer": {"x": "a\ud800b"}}, subject="{{ customer.x }}")
    mail.html.encode(), mail.text.encode(), mail.subject.encode()


@pytest.mark.parametrize(
    "url, location",
    [
        ("https://a.test/ü?q=ä b", None),
        ("https://a.test/ü?q=ä", "https://a.test/%C3%BC?q=%C3%A4"),
        ("https://müller.test:8080/x%20y", "https://xn--mller-kva.test:8080/x%20y"),
        ("https://a.test/\r\nSet-Cookie: x", None),
        ("javascript:alert(1)", None),
        ("//a.test", None),
    ],
)
def test_a_location_header_is_ascii_and_for_the_web(url, location):
    assert as_location(url) == location
