"""Templates made of pieces: where they go, and where what is wrong in them was written."""

from tests.content.mails import AT, VALUES, addressing

from opportune.language.vocabulary.problems import Place, Problem
from opportune.stages.content.render import render
from opportune.stages.content.rendered import Rendered
from opportune.stages.content.template import Template
from opportune.stages.content.template_source import read_template

LAYOUT = "<mjml><mj-body><mj-section><mj-column>\n{{ content }}\n</mj-column></mj-section></mj-body></mjml>\n"


def read(body: str, pieces: dict[str, str], *, head: str = "", text: str | None = None) -> tuple[Template | None, list[Problem]]:
    files = {f"templates/{name}": piece for name, piece in pieces.items()}
    source = f"---\nsubject: Hello\n{head}---\n{body}"
    where = Place("templates/hello.txt", 1)
    return read_template("hello", source, Place("templates/hello.mjml", 1), text=text, text_place=where, pieces=files)


def mail(body: str, pieces: dict[str, str], *, head: str = "", text: str | None = None) -> Rendered:
    template, problems = read(body, pieces, head=head, text=text)
    assert template is not None, problems
    found = render(template, VALUES, addressing(), at=AT)
    assert isinstance(found, Rendered)
    return found


def errors(body: str, pieces: dict[str, str], **given: str) -> list[str]:
    return [str(problem).split("\n")[0] for problem in read(body, pieces, **given)[1] if problem.code not in ("E606", "E607")]


def test_a_layout_goes_around_the_template_and_another_around_its_text() -> None:
    pieces = {"_letter.mjml": LAYOUT, "_letter.txt": "Before\n{{ content }}\nAfter\n"}
    found = mail("<mj-text>Middle</mj-text>", pieces, head="layout: letter\n", text="Middle\n")
    assert "Middle</div>" in found.html
    assert found.text.startswith("Before\nMiddle\n\nAfter")


def test_a_text_part_goes_without_a_layout_that_has_none() -> None:
    assert mail("<mj-text>x</mj-text>", {"_letter.mjml": LAYOUT}, head="layout: letter\n", text="Alone").text.startswith("Alone")


def test_a_piece_reads_what_was_assigned_before_it_and_may_hold_others() -> None:
    pieces = {"_outer.mjml": '[{% include "inner" %}]', "_inner.mjml": "{{ word | upcase }}"}
    assert "[LAMP]" in mail('<p>{% assign word = "lamp" %}{%- include "outer" -%}</p>', pieces).html


def test_a_piece_without_markup_of_its_own_serves_both_parts() -> None:
    pieces = {"_name.txt": "{{ customer.first_name }}\n", "_both.html": "<b>html</b>", "_both.txt": "text"}
    found = mail('<p>{% include "name" %}, {% include "both" %}</p>', pieces, text='{% include "name" %}, {% include "both" %}')
    assert "<p>Zoë, <b>html</b></p>" in found.html.replace("\n", "")
    assert found.text.startswith("Zoë, text")


def test_what_a_customer_typed_is_no_include() -> None:
    values = {**VALUES, "trigger": {"query": '{% include "secret" %}'}}
    template, _ = read("<p>{{ trigger.query }}</p>", {"_secret.mjml": "SECRET"})
    assert template is not None
    found = render(template, values, addressing(), at=AT)
    assert isinstance(found, Rendered)
    assert "SECRET" not in found.html + found.text


def test_what_is_wrong_in_a_piece_is_told_at_its_own_line_and_below_it_lines_still_count() -> None:
    pieces = {"_letter.mjml": LAYOUT, "_block.mjml": "<mj-txt />\n<mj-txt />\n"}
    found = errors('<mj-text>\na</mj-text>\n{% include "block" %}\n<mj-buton />', pieces, head="layout: letter\n")
    assert found == [
        "templates/_block.mjml:1: MJML has no element <mj-txt> [E604]",
        "templates/_block.mjml:2: MJML has no element <mj-txt> [E604]",
        "templates/hello.mjml:8: MJML has no element <mj-buton> [E604]",
    ]


def test_a_filter_that_does_not_exist_is_found_inside_a_piece_of_the_text() -> None:
    assert errors("<p>x</p>", {"_end.txt": "a\n{{ b | upcas }}"}, text='one\ntwo\n{% include "end" %}') == [
        "templates/_end.txt:2: no filter is called 'upcas' [E603]"
    ]


def test_a_piece_that_is_not_there_is_told_with_its_neighbour() -> None:
    _, problems = read('<p>x</p>\n{% include "fot" %}', {"_foot.mjml": ""}, head="layout: leter\n")
    assert [str(problem) for problem in problems if problem.code == "E609"] == [
        "templates/hello.mjml:3: no piece of a template is called 'leter' [E609]\n"
        "  Write templates/_leter.mjml, and _leter.txt for the text part.",
        "templates/hello.mjml:6: no piece of a template is called 'fot' [E609]\n  Did you mean 'foot'?",
    ]


def test_a_layout_without_content_and_a_piece_that_holds_itself_are_problems() -> None:
    assert errors("<p>x</p>", {"_letter.mjml": "<p></p>"}, head="layout: letter\n") == [
        "templates/_letter.mjml:1: this layout has no {{ content }} [E609]"
    ]
    assert errors('{% include "a" %}', {"_a.mjml": "x\n{% include 'b' %}", "_b.mjml": "{% include 'a' %}"}) == [
        "templates/_b.mjml:1: the piece 'a' holds itself [E609]"
    ]


def test_definitions_it_reads_are_known_with_their_places_and_a_step_is_read_by_name() -> None:
    template, problems = read(
        "<p>{{ metric.orders }}</p>\n{{ tier.value.tone }} {{ tier.value.name }}", {}, head="offer: tier.value.gift\n"
    )
    assert template is not None, problems
    assert {path: place.line for path, place in template.reads.items()} == {
        "metric.orders": 5, "tier.value.tone": 6, "tier.value.name": 6, "tier.value.gift": 3,
    }  # fmt: skip
    _, problems = read("<p>{{ ladder.stage }}</p>", {})
    assert "  Write ladder.stage.name for its name." in [str(problem).split("\n")[-1] for problem in problems]
