"""Metrics, segments, scores, settings and named events out of files."""

# ruff: noqa: E501  # messages stand here as people see them

from pathlib import Path

import pytest
from tests.project.shop import project, said, written

from opportune.adapters.project.project import read_project
from opportune.language.tree.expressions import Any, Coverage, Literal, Metric, Reference, Score
from opportune.language.tree.parse import expression
from opportune.language.tree.print import text_of
from opportune.language.tree.resolve import references_in
from opportune.language.tree.schema import USUAL
from opportune.language.tree.types import checked
from opportune.language.vocabulary.kinds import Kind
from opportune.language.vocabulary.problems import Place


def tree(text: str) -> object:
    parsed, problems = expression(text, Place("x", 1))
    assert parsed is not None, problems
    return checked(parsed, place=Place("x", 1))[0]


def test_references_and_settings_are_inlined(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        a="""
settings: {recent: 90d, many: 3}
metrics:
  recent: count("Order Completed", within=setting.recent)
segments:
  vip: {where: 'metric.recent >= setting.many and not segment.lapsed', label: Very important}
  lapsed: age("Order Completed") >= setting.recent
""",
    )
    assert found.problems == ()
    written = 'count("Order Completed", within="90d") >= 3 and not age("Order Completed") >= "90d"'
    assert found.definitions.segments["vip"] == tree(written)
    assert found.definitions.labels == {"vip": "Very important"}
    assert found.definitions.kinds["metric.recent"] is Kind.NUMBER


SAID = 'consent.tracking or not did(any("Consent Given", "Consent Withdrawn"), purpose == "tracking")'


@pytest.mark.parametrize(
    "opt_in, meant",
    [
        ("[CH]", f'{SAID} and coalesce(trait.country, trait.geo_country).lower() not in ["ch"]'),
        ("[UK, NO]", f'{SAID} and coalesce(trait.country, trait.geo_country).lower() not in ["gb", "no", "uk"]'),
        ("[]", SAID),
    ],
)
def test_silence_about_tracking_is_a_no_where_people_are_asked_first(tmp_path: Path, opt_in: str, meant: str) -> None:
    settings = f"shop: {{name: Shop, currency: USD, consent: {{opt_in: {opt_in}}}}}\n"
    written(tmp_path, {"opportune.yml": settings, "a.yml": "segments: {tracked: consent.tracking, told: consent.ads}\n"})
    found = read_project(tmp_path)
    assert found.problems == ()
    assert found.definitions.segments == {"tracked": tree(meant), "told": tree("consent.ads")}


@pytest.mark.parametrize(
    "home, meant",
    [
        ("US", f'{SAID} and not coalesce(trait.country, trait.geo_country).lower() in ["ch"]'),
        ("CH", f'{SAID} and coalesce(trait.country, trait.geo_country).lower() not in ["ch"]'),
    ],
)
def test_where_a_country_is_not_known_it_is_the_shops_own(tmp_path: Path, home: str, meant: str) -> None:
    settings = f"shop: {{name: Shop, currency: USD, country: {home}, consent: {{opt_in: [CH]}}}}\n"
    written(tmp_path, {"opportune.yml": settings, "a.yml": "segments: {tracked: consent.tracking}\n"})
    assert read_project(tmp_path).definitions.segments == {"tracked": tree(meant)}


def test_named_events_stand_bare_in_selectors(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        a="""
events:
  order: {of: Order Completed, where: total > 0}
  look: {of: [Page Viewed, Product Viewed]}
  either: {of: 'any(look, "Cart Viewed")'}
  Wishlist Added: {properties: {color: text, size: number}}
metrics:
  orders: count(order)
  looks: count(either)
  reds: count("Wishlist Added", color == "red")
""",
    )
    assert found.problems == ()
    assert text_of(found.definitions.metrics["orders"]) == 'count("Order Completed", total > 0)'
    assert text_of(found.definitions.metrics["looks"]) == 'count(any("Cart Viewed", "Page Viewed", "Product Viewed"))'


def test_lists_under_any_and_all_are_or_and_and(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        a="""
segments:
  active:
    any:
      - did("Page Viewed")
      - label: bought
        where: did("Order Completed")
      - all:
          - consent.email
          - trait.vip
""",
    )
    assert found.problems == ()
    parts = found.definitions.segments["active"]
    assert isinstance(parts, Any)
    assert text_of(parts) == 'did("Page Viewed") or did("Order Completed") or consent.email and trait.vip'


def test_a_score_nests_and_gives_its_coverage(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        a="""
scores:
  heat:
    parts:
      - {weight: 40, name: web, parts: [{weight: 100, name: views, value: 'count("Page Viewed") / 50'}]}
      - weight: 60
        name: orders
        value: count("Order Completed") / 5
segments:
  hot: score.heat > 6 and score.heat.coverage >= 0.5
""",
    )
    assert found.problems == ()
    assert isinstance(found.definitions.scores["heat"], Score)
    hot = found.definitions.segments["hot"]
    assert not list(references_in(hot))
    assert Coverage(found.definitions.scores["heat"]) in [part.left for part in hot.parts]  # type: ignore[union-attr]


def test_multi_line_expressions_keep_their_lines(tmp_path: Path) -> None:
    text = """metrics:
  plain: count("Order Completed",
      totl > 3)
  block: |
    count("Order Completed",
      # why not
      coupn == "A")
  folded: >-
    count("Order Completed",

      couponn == "A")
"""
    assert [line.split(" [")[0] for line in said(tmp_path, a=text)] == [
        "a.yml:3: 'Order Completed' has no property called 'totl'",
        "a.yml:7: 'Order Completed' has no property called 'coupn'",
        "a.yml:11: 'Order Completed' has no property called 'couponn'",
    ]


def test_every_problem_of_a_project_is_told_at_once_in_the_order_of_its_places(tmp_path: Path) -> None:
    found = said(tmp_path, b="segmnts: {}\n", a='metrics:\n  x: did("Order Complete")\n  y: count("A"\n  z: metric.q\n')
    assert found == [
        "a.yml:2: no event is called 'Order Complete' [E103]\n  Did you mean 'Order Completed'?",
        "a.yml:3: this is no expression: brackets do not pair up [E101]\n  Close every ( and [ that is opened, and open every one that is closed.",
        "a.yml:4: no metric is called 'q' [E110]\n  Define it under `metrics:`.",
        "b.yml:1: b.yml has no key 'segmnts' [E123]\n  Did you mean 'segments'?",
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ("metrics:\n  a: metric.b\n  b: metric.a\n", "a.yml:2: these definitions go round in a loop: metric.a → metric.b → metric.a [E111]\n  Let one of them stand alone."),
        ("segments:\n  a: segment.a\n", "a.yml:2: these definitions go round in a loop: segment.a → segment.a [E111]\n  Let one of them stand alone."),
        ("events:\n  a: {of: b}\n  b: {of: a}\n", "a.yml:2: these definitions go round in a loop: event a → event b → event a [E111]\n  Let one of them stand alone."),
        ("metrics:\n  a:\n", "a.yml:2: metric 'a' has no value [E122]\n  Inside { } an expression stands in quotes, and so does one that begins with a quote or holds ': ' or ' #'."),
        ('metrics: {a: count("A", within="7d")}\n', "a.yml:1: the key 'within=\"7d\")' looks like an expression [E122]\n  Inside { } an expression stands in quotes, and so does one that begins with a quote or holds ': ' or ' #'."),
        ("metrics:\n  a: 1\n  a: 2\n", "a.yml:3: 'a' stands here twice [E121]\n  It is first on line 2; keep one."),
        ("metrics:\n  Big-Name: 1\n", "a.yml:2: 'Big-Name' cannot be a name in metrics: [E126]\n  Names are small letters, digits and _, beginning with a letter."),
        ("segments:\n  a: {were: 'consent.email'}\n", "a.yml:2: segment 'a' has no key 'were' [E123]\n  Did you mean 'where'?"),
        ("segments:\n  a: {label: x}\n", "a.yml:2: segment 'a' has no 'where' [E124]\n  Add `where:`."),
        ("segments:\n  a: [1, 2]\n", "a.yml:2: segment 'a' must be an expression [E125]\n  A list of conditions stands under any: or all:."),
        ("scores:\n  a: {parts: [{weight: 1, name: x}]}\n", "a.yml:2: a part of score 'a' has either 'value' or 'parts' [E124]\n  Add the one that is missing, or leave one out."),
        ("scores:\n  a: {parts: [{weight: 90, name: x, value: 1}]}\n", "a.yml:2: warning: the weights of score 'a' add to 90, not to 100 [E142]\n  They count as shares of their sum; let them add to 100 to be read as percent."),
        ("events:\n  x: {where: total > 0}\n", "a.yml:2: event 'x' has no 'of' [E124]\n  Add `of:` with the events it names."),
        ("events:\n  X: {properties: {price: text}}\n", "a.yml:2: 'price' is money in every event [E108]\n  Write money."),
        ("events:\n  x: {of: Order Complete}\n", "a.yml:2: no event is called 'Order Complete' [E103]\n  Did you mean 'Order Completed'?"),
        ("metrics:\n  a: count('X', within='1d',\n    since=entry)\n", "a.yml:2: warning: since=entry has a value in journeys only [E145]\n  Elsewhere it is null (since=entry: everything); write it in the journey itself if that is not meant."),
        ("shop: {name: x}\n", "a.yml:1: a.yml has no key 'shop' [E123]\n  Move it to opportune.yml."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_definition_is_told_word_for_word(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(tmp_path, a=text)


def test_a_name_defined_in_two_files_is_a_problem_with_both_places(tmp_path: Path) -> None:
    assert said(tmp_path, a="metrics: {x: 1}\n", b="metrics: {x: 2}\n") == [
        "b.yml:1: 'x' is defined twice in metrics: [E128]\n  It is first at a.yml:1; keep one."
    ]


def test_a_broken_definition_is_told_once_and_not_by_those_that_use_it(tmp_path: Path) -> None:
    assert len(said(tmp_path, a='segments:\n  a: did("Order Complete")\n  b: segment.a and consent.email\n  c: not segment.b\n')) == 1


def test_definitions_that_double_are_refused_in_no_time(tmp_path: Path) -> None:
    lines = "".join(f"  m{n}: metric.m{n - 1} + metric.m{n - 1}\n" for n in range(1, 60))
    found = said(tmp_path, a=f"metrics:\n  m0: 1\n{lines}")
    assert found[0].startswith("a.yml:18: metric.m16 is too large with all it refers to [E102]")


def test_references_in_predicates_and_numbers_of_settings_are_kept(tmp_path: Path) -> None:
    found = project(tmp_path, a='settings: {low: 2.5}\nmetrics:\n  a: count("Order Completed", total > setting.low and consent.email)\n')
    metric = found.definitions.metrics["a"]
    assert isinstance(metric, Metric)
    assert Literal(2.5) in [part.right for part in metric.where.parts if hasattr(part, "right")]  # type: ignore[union-attr]
    assert Reference("setting", "low") not in list(references_in(metric))


def test_equal_files_have_equal_hashes_and_a_changed_character_another(tmp_path: Path) -> None:
    one = project(tmp_path / "1", a="metrics: {x: 1}\n")
    same = project(tmp_path / "2", a="metrics: {x: 1}\n")
    other = project(tmp_path / "3", a="metrics: {x: 2}\n")
    assert one.hash == same.hash != other.hash
    assert set(one.files) == {"a.yml", "opportune.yml"}


def test_what_the_data_taught_makes_names_known_and_typing_slips_errors(tmp_path: Path) -> None:
    learned = USUAL.learning({"Lamp Rubbed": ["genie"]}, {"country": Kind.TEXT})
    text = 'metrics:\n  a: count("Lamp Rubbed", genie == "x")\n  b: count("Lamp Rubed")\n  c: count("Lamp Rubbed", geni == "x")\n  d: trait.contry\n'
    found = read_project(written(tmp_path, {"a.yml": text}), learned)
    assert [str(problem).split("[")[0] for problem in found.problems] == [
        "a.yml:3: no event is called 'Lamp Rubed' ",
        "a.yml:4: 'Lamp Rubbed' has no property called 'geni' ",
        "a.yml:5: no trait is called 'contry' ",
    ]
