"""Reading templates: what is wrong is said with its place, what is right survives MJML and inlining."""

import pytest
from tests.content.mails import LINKS, read, rendered, template_of

from opportune.language.vocabulary.problems import Severity

MJML = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


def errors(source: str, **given: object) -> list[str]:
    return [str(problem) for problem in read(source, **given)[1] if problem.severity is Severity.ERROR]


def test_front_matter_may_begin_with_liquid_hold_colons_and_be_quoted():
    template = template_of(
        "<p>x</p>", subject="{{ customer.first_name }}: your cart", more='preheader: "Still there: 3"\n# note\ntopic: offers\n'
    )
    assert (template.subject, template.preheader, template.topic) == ("{{ customer.first_name }}: your cart", "Still there: 3", "offers")


def test_every_problem_of_a_template_is_found_at_once_with_its_line():
    source = "---\nsubjekt: x\n---\n<p>\n{{ a | upcasse }}\n"
    assert errors(source) == [
        "templates/hello.mjml:2: front matter has no key 'subjekt' [E601]\n  Did you mean 'subject'?",
        "templates/hello.mjml:1: the template has no subject [E602]\n  Add 'subject: ...' to the front matter.",
        "templates/hello.mjml:5: no filter is called 'upcasse' [E603]\n  Did you mean 'upcase'?",
    ]


def test_a_file_without_front_matter_says_how_to_begin():
    assert errors("<p>hello</p>") == [
        "templates/hello.mjml:1: the template has no front matter [E601]\n"
        "  Begin with a line '---', then 'subject: ...', then a line '---'."
    ]


def test_a_broken_tag_is_reported_on_its_line_of_the_file():
    assert errors("---\nsubject: x\n---\n<p>a</p>\n\n{% if %}b{% endif %}")[0].startswith(
        "templates/hello.mjml:6: Liquid: missing expression [E603]"
    )


@pytest.mark.parametrize(
    "inner, expected",
    [
        ("\n<mj-txt>x</mj-txt>", "templates/hello.mjml:5: MJML has no element <mj-txt> [E604]\n  Did you mean 'mj-text'?"),
        ("\n\n<mj-text>x", "templates/hello.mjml:6: <mj-text> is never closed [E604]\n  Add </mj-text>."),
        ("{{ a\n\n}}\n<mj-include path='/etc/passwd' />", "templates/hello.mjml:7: a template may not include files [E605]"),
    ],
)
def test_mjml_problems_have_their_line_though_the_compiler_knows_none(inner, expected):
    found = errors("---\nsubject: x\n---\n" + MJML.format(inner))
    assert any(problem.startswith(expected) for problem in found), found


def test_before_any_data_arrived_no_variable_is_an_error():
    assert errors("---\nsubject: x\n---\n{{ custmer.name }} {{ customer.frist_name }}") == []


def test_once_data_arrived_a_near_miss_is_an_error_and_a_stranger_a_warning():
    known = {"customer": {"first_name"}, "trigger": {"price"}}
    _, problems = read(
        f"---\nsubject: x\n---\n{LINKS}{{{{ customer.frist_name }}}}{{{{ customer.shoe_size }}}}{{{{ custmer.x }}}}", known=known
    )
    assert sorted((problem.severity.value, problem.what) for problem in problems) == [
        ("error", "no template variable is called 'custmer'"),
        ("error", "no template variable is called 'customer.frist_name'"),
        ("warning", "no template variable is called 'customer.shoe_size'"),
    ]


def test_a_template_without_unsubscribe_address_or_why_is_warned_about():
    warned = {problem.what for problem in read("---\nsubject: x\n---\n<p>x</p>")[1]}
    assert len(warned) == 3
    assert read(f"---\nsubject: x\n---\n{LINKS}")[1] == []


def test_liquid_between_mjml_elements_and_in_table_rows_keeps_its_place():
    body = MJML.format('{% for p in products %}<mj-text>{{ p.title }}</mj-text>{% endfor %}<mj-image src="{{ p.src | default: "a>b" }}" />')
    mail = rendered(body)
    assert mail.html.count("<td") == rendered(body, values={}).html.count("<td") + 2, "a row for each product, in the table"
    assert mail.html.index("Lamp") < mail.html.index("Shade")
    assert 'src="a>b"' in mail.html


def test_liquid_before_mjml_is_kept():
    assert "[3]" in rendered("{% assign three = 3 %}\n" + MJML.format("<mj-text>[{{ three }}]</mj-text>")).html


@pytest.mark.parametrize(
    "source, line, inside",
    [("<mjml>{}<mj-body></mj-body></mjml>", 4, "mjml"), ("<mjml><mj-head>\n\n{}</mj-head><mj-body></mj-body></mjml>", 6, "mj-head")],
)
def test_liquid_where_mjml_would_lose_it_is_a_problem_with_its_line(source, line, inside):
    (found,) = errors("---\nsubject: x\n---\n" + source.format("{% assign three = 3 %}"))
    assert found.startswith(f"templates/hello.mjml:{line}: Liquid directly inside <{inside}> would be lost [E604]")


@pytest.mark.parametrize(
    "body",
    [
        "{}<mj-section><mj-column><mj-text>{{ p.title }}</mj-text></mj-column></mj-section>{}",
        "<mj-wrapper>{}<mj-section><mj-column><mj-text>{{ p.title }}</mj-text></mj-column></mj-section>{}</mj-wrapper>",
        "<mj-section>{}<mj-column><mj-text>{{ p.title }}</mj-text></mj-column>{}</mj-section>",
        "<mj-section><mj-column><mj-table>{}<tr><td>{{ p.title }}</td></tr>{}</mj-table></mj-column></mj-section>",
        "<mj-section><mj-column><mj-navbar>{}<mj-navbar-link>{{ p.title }}</mj-navbar-link>{}</mj-navbar></mj-column></mj-section>",
    ],
)
def test_a_loop_works_at_every_level_of_mjml(body):
    looped = body.replace("{}", "{% for p in products %}", 1).replace("{}", "{% endfor %}", 1)
    html = rendered(f"<mjml><mj-body>{looped}</mj-body></mjml>").html
    assert (html.count("Lamp"), html.count("Shade")) == (1, 1)


def test_comparisons_survive_parsers_that_escape_them():
    body = MJML.format("<mj-text>{% if trigger.price > 10 and trigger.price < 20 %}in range{% endif %}</mj-text>")
    assert "in range" in rendered(body).html


def test_styles_are_inlined_and_media_queries_kept():
    mail = rendered("<style>p { color: red } @media (max-width: 1px) { p { color: blue } }</style><p>x</p>")
    assert '<p style="color: red' in mail.html
    assert "@media" in mail.html


def test_no_font_is_loaded_from_elsewhere_unless_asked_for():
    assert "fonts.googleapis" not in rendered(MJML.format("<mj-text>x</mj-text>")).html


def test_the_preheader_is_the_first_thing_in_the_body():
    template = template_of("<body><p>x</p></body>", more="preheader: Hi {{ customer.first_name }}\n")
    assert template.html.index("{{ preheader }}") < template.html.index("<p>")


def test_the_text_part_is_read_off_the_html_with_its_loops():
    listed = "<ul>{% for p in products %}<li><a href='{{ p.url }}'>{{ p.title }}</a></li>{% endfor %}</ul>"
    body = f"<style>p{{}}</style><h1>Hi</h1>{listed}<div style='display:none'>no</div>"
    text = rendered(body, track=lambda _, url: url).text
    assert text.startswith("Hi\n\n- Lamp: https://lumen.test/lamp\n")
    assert "no" not in text.split("--")[0]
