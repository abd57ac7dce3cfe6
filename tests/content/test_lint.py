"""What good mail does not do is noticed, and nothing else is."""

import pytest

from opportune.language.vocabulary.problems import Place
from opportune.stages.content.lint import Linted, lint, own_words, shared
from opportune.stages.content.template_source import read_template
from opportune.stages.content.urgency import unbound

WORDS = "alder birch cedar damson elder fir gorse hazel ivy juniper kapok larch maple nettle oak pine quince rowan spruce".split()


def linted(name: str, body: str, *, text: str | None = None, subject: str = "Hello", **pieces: str) -> Linted:
    files = {f"templates/_{piece}.html": markup for piece, markup in pieces.items()}
    source, place = f"---\nsubject: {subject}\n---\n{body}", Place(f"templates/{name}.html", 1)
    text_place = Place(f"templates/{name}.txt", 1) if text is not None else None
    template, problems = read_template(name, source, place, text=text, text_place=text_place, pieces=files)
    assert template is not None, problems
    return Linted(template, source, place, text or "", text_place, files)


def codes(*templates: Linted) -> list[str]:
    return [problem.code for problem in lint(templates)]


def test_two_templates_may_share_sixty_percent_of_their_words_and_no_more() -> None:
    one = linted("one", f"<p>{' '.join(WORDS)}</p>", subject="Trees")
    same = [*WORDS[:12], *(f"{word}x" for word in WORDS[12:])]
    assert codes(one, linted("two", f"<p>{' '.join(same)}</p>", subject="Other")) == []
    found = lint([one, linted("two", f"<p>{' '.join([*WORDS[:13], *same[13:]])}</p>", subject="Other")])
    assert [str(problem).split("\n")[0] for problem in found] == [
        "templates/two.html: warning: this says nearly the same as template 'one': they share 65% of their words [E610]"
    ]


def test_words_are_counted_against_the_template_that_has_fewer() -> None:
    assert shared(frozenset("abcd"), frozenset("abxyzuvw")) == 0.5
    assert shared(frozenset(), frozenset("a")) == 0


def test_own_words_are_those_a_reader_reads_and_no_piece_link_tag_or_liquid_counts() -> None:
    body = '<p class="tone">Hello {{ customer.name }} {% include "foot" %}<a href="https://shop.example/way">Dear&nbsp;Zoë</a></p>'
    assert own_words(linted("one", body, text="Extra https://x.example/no", subject="Subject {{ trigger.x }}", foot="small print")) == {
        "hello", "dear", "zoë", "extra", "subject",
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "Hurry, it is cold", "Last chance", "Only 3 left", "only {{ trigger.x }} left", "Today only", "Sale ends tonight",
        "It ends on Sunday",         "Your code expires soon", "almost gone",
        "selling fast", "while stocks last", "a limited-time offer", "don't miss it", "act now",
        "{{ n }} of {{ m }} left", "{% if offer %}Ends on Sunday{% endif %}", "{% if offer.ends %}x{% else %}Hurry{% endif %}",
        "{% unless offer.ends %}Ends today{% endunless %}", "{% if offer.ends %}fine{% endif %} Hurry", "Before it’s gone",
    ],
)  # fmt: skip
def test_words_that_press_are_noticed_unless_a_real_end_or_stock_stands_behind_them(said: str) -> None:
    assert list(unbound(said))


@pytest.mark.parametrize(
    "said",
    [
        "No hurry at all", "Your last order", "It lasts longer", "two steps to the end", "what is left of the wood", "the last page",
        "{% if offer.ends %}Ends on {{ offer.ends }}{% endif %}", "{% if offer.left < 9 %}only {{ offer.left }} left{% endif %}",
        "{% if trigger.stock > 0 %}{% if customer.x %}just 3 in stock{% else %}hurry{% endif %}{% endif %}",
        "{% if a %}x{% elsif offer.ends %}ends tonight{% endif %}", "the offer at its best", "limited edition print",
    ],
)  # fmt: skip
def test_words_that_do_not_press_and_those_that_are_bound_are_left_alone(said: str) -> None:
    assert list(unbound(said)) == []


def test_pressing_words_are_told_with_their_line_in_subject_text_and_pieces_once() -> None:
    one = linted("one", '<p>Fine</p>\n{% include "foot" %}', subject="Last chance", text="a\nact now", foot="<p>fine</p>\n<p>Hurry</p>")
    other = linted("two", '{% include "foot" %}', foot="<p>fine</p>\n<p>Hurry</p>")
    found = [(str(problem.place), problem.what.split("'")[1]) for problem in lint([one, other]) if problem.code == "E611"]
    assert found == [("templates/one.html:2", "Last chance"), ("templates/one.txt:2", "act now"), ("templates/_foot.html:2", "Hurry")]


def test_a_picture_needs_words_even_if_they_are_none() -> None:
    assert codes(linted("one", '<p>Lamp</p>\n<img src="a.png">')) == ["E612"]
    assert codes(linted("one", '<p>Lamp</p><img src="a.png" alt=""><img alt="x > y" src="b.png">')) == []


def test_a_mail_longer_than_a_mailbox_shows_is_noticed() -> None:
    assert codes(linted("one", "{% for n in (1..9000) %}<p>Hello again</p>{% endfor %}")) == ["E613", "E613"]
    assert codes(linted("one", "{% for n in (1..900) %}<p>Hello again</p>{% endfor %}")) == []


def test_a_text_part_must_say_something() -> None:
    assert codes(linted("one", '<img src="a.png" alt="">')) == ["E614"]
    assert codes(linted("one", "<p>Words</p>", text="{{ shop.url }}\n--\n")) == ["E614"]
    assert codes(linted("one", '<img src="a.png" alt="A lamp">')) == []
    assert codes(linted("one", '<img src="a.png" alt="">', text="{% for p in products %}{{ p.name }}{% endfor %}")) == []
