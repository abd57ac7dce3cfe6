"""Ladders and tiers out of files: chains of choices, their data, and what is wrong with them."""

# ruff: noqa: E501  # messages stand here as people see them

from datetime import timedelta
from pathlib import Path

import pytest
from tests.project.shop import project, said

from opportune.language.tree.expressions import Census, Choice, Consent, Expr, Known, Literal, Population, Rhythm, Trait
from opportune.language.tree.print import text_of
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.kinds import Kind

LIFECYCLE = """
ladders:
  lifecycle:
    rungs:
      - churned: age("Order Completed") >= "90d"
      - loyal:
          when: count("Order Completed") >= 5
          tone: advocate
          pause: 2d
      - watched:
          any:
            - consent.email
            - Signed up: did("Page Viewed")
    otherwise: {anonymous: {tone: plain}}
"""
VALUE = """
tiers:
  value:
    by: sum("Order Completed", total) if did("Order Completed") else None
    bands:
      - high: {share: 10%, weekly: 7, tone: vip}
      - medium: 30%
      - low: {share: 0.6, weekly: 2}
    otherwise: unranked
    calibrate: daily
"""


def steps(tree: Expr) -> list[tuple[str, object]]:
    """(condition, value) of a chain of choices; `else` last."""
    found: list[tuple[str, object]] = []
    while isinstance(tree, Choice):
        assert isinstance(tree.then, Literal)
        found.append((text_of(tree.condition), tree.then.value))
        tree = tree.otherwise
    assert isinstance(tree, Literal)
    return [*found, ("else", tree.value)]


def test_a_ladder_is_a_chain_of_choices_in_the_order_of_its_rungs(tmp_path: Path) -> None:
    found = project(tmp_path, a=LIFECYCLE)
    assert found.problems == ()
    conditions = ['age("Order Completed") >= "90d"', 'count("Order Completed") >= 5', 'consent.email or did("Page Viewed")', "else"]
    definitions = found.definitions
    assert steps(definitions.ladders["lifecycle"]) == list(zip(conditions, ["churned", "loyal", "watched", "anonymous"], strict=True))
    assert definitions.steps_of["ladder.lifecycle"] == ("churned", "loyal", "watched", "anonymous")
    assert definitions.kinds["ladder.lifecycle"] is Kind.TEXT


def test_data_of_rungs_are_chains_too_with_null_where_a_rung_lacks_them(tmp_path: Path) -> None:
    definitions = project(tmp_path, a=LIFECYCLE).definitions
    assert [value for _, value in steps(definitions.attached["ladder.lifecycle"]["tone"])] == [None, "advocate", None, "plain"]
    assert [value for _, value in steps(definitions.attached["ladder.lifecycle"]["pause"])] == [None, timedelta(days=2), None, None]
    assert definitions.kinds["ladder.lifecycle.pause"] is Kind.DURATION


def test_the_short_form_takes_the_largest_cut_that_is_not_above_the_value(tmp_path: Path) -> None:
    text = (
        'settings: {warm: 4}\nladders:\n  heat: {by: count("Page Viewed"), from: {cold: 0, hot: 8, warm: setting.warm}, otherwise: none}\n'
    )
    found = project(tmp_path, a=text.replace('count("Page Viewed")', "'count(\"Page Viewed\")'"))
    assert found.problems == ()
    wanted = [("8", "hot"), ("4", "warm"), ("0", "cold")]
    assert steps(found.definitions.ladders["heat"]) == [(f'count("Page Viewed") >= {cut}', name) for cut, name in wanted] + [
        ("else", "none")
    ]


def test_the_short_form_takes_durations_and_gives_null_below_the_last_cut(tmp_path: Path) -> None:
    text = 'ladders:\n  rest:\n    by: age("Page Viewed")\n    from: {cold: 90d, cool: 2w}\n'
    found = project(tmp_path, a=text)
    assert found.problems == ()
    assert steps(found.definitions.ladders["rest"]) == [
        ('age("Page Viewed") >= "90d"', "cold"), ('age("Page Viewed") >= "14d"', "cool"), ("else", None)
    ]  # fmt: skip


def test_a_tier_compares_with_cuts_from_the_top_and_is_null_without_profiling(tmp_path: Path) -> None:
    found = project(tmp_path, a=VALUE)
    assert found.problems == ()
    whole = found.definitions.tiers["value"]
    assert isinstance(whole, Choice)
    assert (whole.condition, whole.otherwise) == (Consent("profiling"), Literal(None))
    ranked = whole.then
    assert isinstance(ranked, Choice)
    assert isinstance(ranked.condition, Known)
    assert ranked.otherwise == Literal("unranked")
    chain = steps(ranked.then)
    assert [value for _, value in chain] == ["high", "medium", "low"]
    cuts = [node for node in walk(ranked.then) if isinstance(node, Population)]
    assert [(cut.census, cut.share, cut.every, cut.of) for cut in cuts] == [
        (Census.CUT, share, Rhythm.DAY, ranked.condition.part) for share in (0.1, 0.4)
    ]
    assert found.definitions.steps_of["tier.value"] == ("high", "medium", "low", "unranked")


def test_a_trait_nobody_declared_is_ranked_as_a_number_everywhere_in_the_tier(tmp_path: Path) -> None:
    found = project(tmp_path, a="tiers:\n  t: {by: trait.points, bands: [{a: 50%}, {b: 50%}]}\n")
    assert found.problems == ()
    assert {node.kind for node in walk(found.definitions.tiers["t"]) if isinstance(node, Trait)} == {Kind.NUMBER}


def test_data_of_bands_follow_the_bands(tmp_path: Path) -> None:
    whole = project(tmp_path, a=VALUE).definitions.attached["tier.value"]["weekly"]
    assert isinstance(whole, Choice)
    assert isinstance(whole.then, Choice)
    assert [value for _, value in steps(whole.then.then)] == [7, None, 2]
    assert whole.then.otherwise == Literal(None)


def test_shares_are_added_as_written_and_not_as_fractions_of_two(tmp_path: Path) -> None:
    bands = "".join(f"      - b{number}: 0.1\n" for number in range(10))
    found = project(tmp_path, a=f'tiers:\n  t:\n    by: count("Page Viewed")\n    bands:\n{bands}')
    assert found.problems == ()
    cuts = [node.share for node in walk(found.definitions.tiers["t"]) if isinstance(node, Population)]
    assert cuts == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@pytest.mark.parametrize("setting, rhythm", [("", Rhythm.WEEK), ("calibrate: {tiers: monthly}\n", Rhythm.MONTH)])
def test_a_tier_that_says_nothing_is_calibrated_as_the_settings_say(tmp_path: Path, setting: str, rhythm: Rhythm) -> None:
    text = 'tiers:\n  t:\n    by: count("Page Viewed")\n    bands: [{a: 50%}, {b: 50%}]\n'
    found = project(tmp_path, opportune=f"shop: {{name: L, currency: EUR}}\n{setting}", a=text)
    assert {node.every for node in walk(found.definitions.tiers["t"]) if isinstance(node, Population)} == {rhythm}


def test_ladders_and_tiers_and_their_data_can_be_read_by_other_definitions(tmp_path: Path) -> None:
    text = (
        LIFECYCLE + VALUE + 'segments:\n  dear: tier.value.weekly >= 7 and ladder.lifecycle.tone == "advocate" and tier.value == "high"\n'
    )
    found = project(tmp_path, a=text)
    assert found.problems == ()


def test_a_definition_is_sampled_as_often_as_any_it_reads_asks_for(tmp_path: Path) -> None:
    text = """metrics:
  warmth: {value: 'decayed("Page Viewed", half_life="7d")', sample: 1h}
  slow: {value: 'decayed("Page Viewed", half_life="9d")', sample: 2h}
segments:
  both: metric.warmth > metric.slow
  warm: metric.warmth > 3
  cool: not segment.warm
  other: consent.email
"""
    found = project(tmp_path, a=text)
    assert found.problems == ()
    hour = timedelta(hours=1)
    hourly = dict.fromkeys(("metric.warmth", "segment.both", "segment.warm", "segment.cool"), hour)
    assert found.definitions.samples == {"metric.slow": 2 * hour, **hourly}
    assert found.moment("enters(segment.cool)", "here")[0].sample == hour  # type: ignore[union-attr]
    assert found.moment("enters(segment.other)", "here")[0].sample is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text, message",
    [
        ("ladders:\n  x: {rungs: []}\n", "a.yml:2: rungs of ladder 'x' must be a list of at least one rung [E125]"),
        ("ladders:\n  x: {otherwise: a}\n", "a.yml:2: ladder 'x' has either 'rungs', or 'by' and 'from' [E124]\n  Add what is missing, or leave one out."),
        ("ladders:\n  x: {rungs: [{a: consent.email, b: consent.sms}]}\n", "a.yml:2: a rung of ladder 'x' must be one name and what it stands for [E125]\n  Write - loyal: count(order) >= 5, or - loyal: with when: and its data below it."),
        ("ladders:\n  x: {rungs: [{a: {tone: b}}]}\n", "a.yml:2: rung 'a' of ladder 'x' has no 'when' [E124]\n  Add `when:`."),
        ("ladders:\n  x: {rungs: [{A: consent.email}]}\n", "a.yml:2: 'A' cannot be a name in ladder 'x' [E126]\n  Names are small letters, digits and _, beginning with a letter."),
        ("ladders:\n  x: {rungs: [{a: consent.email}, {a: consent.sms}]}\n", "a.yml:2: 'a' stands twice in ladder 'x' [E128]\n  It is first on line 2; give each a name of its own."),
        ("ladders:\n  x: {rungs: [{a: {when: consent.email, n: 1}}, {b: {when: consent.sms, n: few}}]}\n", "a.yml:2: 'n' of ladder 'x' is number in 'a' and text in 'b' [E151]\n  Give it one kind: all numbers, all texts, all durations, or all true and false."),
        ("ladders:\n  x: {rungs: [{a: 3}]}\n", "a.yml:2: a condition is wanted here, and this is a number [E108]\n  Compare it with something, as in ... > 0."),
        ("ladders:\n  x: {rungs: [{a: consent.email}], sample: 1ms}\n", "a.yml:2: sample of ladder 'x' must be at least 1s [E125]"),
        ("ladders:\n  x: {by: score.y, from: {a: 1, b: 1}}\n", "a.yml:2: from of ladder 'x' must give each rung a cut of its own, all numbers or all durations [E125]\n  Write from: {hot: 8, warm: 4, cold: 0}."),
        ("ladders:\n  x: {by: score.y, from: {a: many}}\n", "a.yml:2: cut 'a' of ladder 'x' must be a number, or a duration such as 90d [E125]"),
        ("ladders:\n  x: {rungs: [{a: ladder.x == 'b'}]}\n", "a.yml:2: these definitions go round in a loop: ladder.x → ladder.x [E111]\n  Let one of them stand alone."),
        ("tiers:\n  x: {by: trait.n > 1, bands: [{a: 50%}, {b: 40%}]}\n", "a.yml:2: the shares of tier 'x' add to 90%, not to 100% [E150]\n  Every customer with a value is in one band: let the shares add to 100%."),
        ("tiers:\n  x: {by: trait.n, bands: [{a: 0%}, {b: 100%}]}\n", "a.yml:2: the share of band 'a' of tier 'x' must be a share above 0% and up to 100%, such as 10% [E125]"),
        ("tiers:\n  x: {by: trait.n, bands: [{a: {weekly: 3}}]}\n", "a.yml:2: band 'a' of tier 'x' has no 'share' [E124]\n  Add `share:`."),
        ("tiers:\n  x: {by: trait.n, bands: [{a: 100%}], calibrate: yearly}\n", "a.yml:2: calibrate of tier 'x' must be daily or weekly or monthly [E125]"),
        ("tiers:\n  x: {by: consent.email, bands: [{a: 100%}]}\n", "a.yml:2: tier 'x' ranks by boolean [E108]\n  Rank by a number, money or a duration, such as sum(order, total)."),
        ("tiers:\n  x: {by: trait.n}\n", "a.yml:2: tier 'x' has no 'bands' [E124]\n  Add `bands:`."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_ladder_or_tier_is_told_word_for_word(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(tmp_path, a=text)


def test_a_condition_that_is_wrong_is_told_once_however_many_data_hang_on_it(tmp_path: Path) -> None:
    text = "ladders:\n  x:\n    rungs:\n      - a: {when: 'count(\"Order Complete\") > 3', tone: b, weekly: 3}\n"
    assert said(tmp_path, a=text) == ["a.yml:4: no event is called 'Order Complete' [E103]\n  Did you mean 'Order Completed'?"]
