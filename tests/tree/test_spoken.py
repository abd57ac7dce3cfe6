"""One row for each word of the language: its text, and the Python that builds the very same tree."""

from datetime import timedelta

import pytest
from tests.tree.names import NAMES

from opportune.language.tree import spoken as say
from opportune.language.tree.calls import FUNCTIONS, METHODS
from opportune.language.tree.expressions import Expr
from opportune.language.tree.moments import Moment
from opportune.language.tree.parse import expression, moment
from opportune.language.tree.print import text_of
from opportune.language.tree.rooms import ROOMS
from opportune.language.tree.translate_moments import MOMENTS
from opportune.language.vocabulary.problems import Place

HERE = Place("segments.yml", 7)
total, kind = say.prop("total"), say.prop("kind")

EXPRESSIONS = {
    'count("A")': say.count("A"),
    'count("A", total > 0, within="7d", since=entry)': say.count("A", total > 0, within="7d", since=say.entry),
    "count(order)": say.count(say.named("order")),
    'count(any("A", "B", order))': say.count(say.any_of("A", say.named("order"), "B")),
    "count(any())": say.count(say.any_of()),
    'did("A", since="2026-01-01")': say.did("A", since="2026-01-01"),
    'did("A", since=time("B"))': say.did("A", since=say.time("B")),
    'did("A", since=previous)': say.did("A", since=say.previous),
    'sum("A", total)': say.sum_("A", "total"),
    'sum("A", prop("any name"), kind == "x")': say.sum_("A", "any name", kind == "x"),
    'avg("A", total, within="2w")': say.avg("A", total, within="14d"),
    'median("A", total)': say.median("A", total),
    'min("A", total)': say.min_("A", total),
    'max("A", total)': say.max_("A", total),
    'distinct("A", kind)': say.distinct("A", kind),
    'first("A", kind)': say.first("A", kind),
    'last("A", kind)': say.last("A", kind),
    'top("A", kind)': say.top("A", kind),
    'age("A", total > 0)': say.age("A", total > 0),
    'tenure("A")': say.tenure("A"),
    'time("A")': say.time("A"),
    'first_time("A")': say.first_time("A"),
    'decayed("A", half_life="30d", within="1d")': say.decayed("A", half_life="30d", within=timedelta(days=1)),
    'gap("A")': say.gap("A"),
    'active("A", since=entry)': say.active("A", since=say.entry),
    'ago(count("A"), "7d")': say.ago(say.count("A"), "7d"),
    "quantile(metric.x, 0.9)": say.quantile(say.metric("x"), 0.9),
    'quantile(metric.x, 1, positive=True, by=trait.a, every="week")': say.quantile(
        say.metric("x"), 1, positive=True, by=say.trait("a"), every="week"
    ),
    'mean(metric.x, every="day")': say.mean(say.metric("x"), every="day"),
    "year(at)": say.year(say.at),
    'month(at, tz="customer")': say.month(say.at, tz="customer"),
    'weekday(time("A"), tz="Europe/Berlin")': say.weekday(say.time("A"), tz="Europe/Berlin"),
    'hour("2026-01-01", tz="shop")': say.hour("2026-01-01"),
    "known(trait.a)": say.known(say.trait("a")),
    "coalesce(trait.a, 1)": say.coalesce(say.trait("a"), 1),
    "clamp(trait.a, 0, 1)": say.clamp(say.trait("a"), 0, 1),
    "least(trait.a, 1, 2)": say.least(say.trait("a"), 1, 2),
    "greatest(trait.a, 1)": say.greatest(say.trait("a"), 1),
    'did("A", prop("any name") == None)': say.did("A", say.prop("any name") == None),  # noqa: E711  # builds a comparison
    'trait.a.contains("x")': say.trait("a").contains("x"),
    'trait.a.startswith("x")': say.trait("a").startswith("x"),
    'trait.a.matches("x*")': say.trait("a").matches("x*"),
    'trait.a.lower() == "x"': say.trait("a").lower() == "x",
    'trait["any name"]': say.trait("any name"),
    "consent.email": say.consent("email"),
    "segment.vip": say.segment("vip"),
    "score.s.coverage": say.score("s.coverage"),
    "ladder.l.tone": say.ladder("l.tone"),
    "tier.value": say.tier("value"),
    "prediction.churn_30d": say.prediction("churn_30d"),
    "setting.x": say.setting("x"),
    "trigger.total": say.trigger("total"),
    'trigger["any name"]': say.trigger("any name"),
    "entry.id": say.entry_id,
    "entry.at": say.entry_at,
    "product[trigger.product_id].stock": say.lookup("product", say.trigger("product_id"), "stock"),
    "km_to(store, trait.latitude, 13.4)": say.km_to("store", say.trait("latitude"), 13.4),
    "product[term_in(trait.wish)].name": say.lookup("product", say.trait("wish"), "name", by_term=True),
    'store["s1"]["open until"]': say.lookup("store", "s1", "open until"),
    'did("A", product[product_id].stock > 0)': say.did("A", say.lookup("product", say.prop("product_id"), "stock") > 0),
    "trait.a + 1 - 2 * trait.b / 3": say.trait("a") + 1 - 2 * say.trait("b") / 3,
    "1 + trait.a": 1 + say.trait("a"),
    "1 - trait.a": 1 - say.trait("a"),
    "1 / trait.a": 1 / say.trait("a"),
    "trait.a ** 2": say.trait("a") ** 2,
    "2 ** trait.a": 2 ** say.trait("a"),
    "-trait.a": -say.trait("a"),
    "trait.a < 1": say.trait("a") < 1,
    "trait.a <= 1": say.trait("a") <= 1,
    "trait.a > 1": say.trait("a") > 1,
    "trait.a >= 1": say.trait("a") >= 1,
    "trait.a != 1": say.trait("a") != 1,
    "trait.a and trait.b and not trait.c": say.trait("a") & say.trait("b") & ~say.trait("c"),
    "trait.a or trait.b or True": say.trait("a") | say.trait("b") | True,
    "True and trait.a": True & say.trait("a"),
    "False or trait.a": False | say.trait("a"),
    'trait.a in ["x", "y"]': say.trait("a").is_in(["x", "y"]),
    'trait.a not in ["x"]': say.trait("a").not_in(["x"]),
    "trait.a if trait.b else None": say.trait("a").if_(say.trait("b"), None),
}

MOMENT_ROWS = {
    'event("A")': say.event("A"),
    'event("A", total > 0)': say.event("A", total > 0),
    'event("Stock Changed", stock > 0, reaching=order, same="product_id", within="30d")': say.event(
        "Stock Changed", say.prop("stock") > 0, reaching=say.named("order"), same="product_id", within="30d"
    ),
    'nth("A", n=2)': say.nth("A", n=2),
    'reaches("A", n=3, within="7d")': say.reaches("A", n=3, within="7d"),
    'lapse("A", within="2h")': say.lapse("A", within="2h"),
    'lapse("A", total > 0, unless=any("B", order), within="2h", same=product_id, at_most="1d")': say.lapse(
        "A", total > 0, unless=say.any_of("B", say.named("order")), within="2h", same="product_id", at_most="1d"
    ),
    'enters(vip, hold="1d")': say.enters(say.segment("vip"), hold="1d"),
    'enters(count("A") > 3, sample="1h")': say.enters(say.count("A") > 3, sample="1h"),
    "leaves(segment.vip)": say.leaves(say.segment("vip")),
    'changes(ladder.lifecycle, hold="2d")': say.changes(say.ladder("lifecycle"), hold="2d"),
    'before(trait.renewal, "7d")': say.before(say.trait("renewal"), "7d"),
    'after("2026-01-01", "7d")': say.after("2026-01-01", "7d"),
    'every("mon 09:00")': say.every("mon 09:00"),
    'every("thu,mon 09:00", tz="Europe/Berlin")': say.every("mon,thu 09:00", tz="Europe/Berlin"),
    'every("daily 09:00", tz="customer")': say.every("09:00", tz="customer"),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_in_python_is_the_tree_of_its_text(text: str) -> None:
    tree, problems = expression(text, HERE, names=NAMES)
    assert problems == []
    assert tree == EXPRESSIONS[text].tree
    assert expression(text_of(tree), HERE, names=NAMES) == (tree, [])


@pytest.mark.parametrize("text", MOMENT_ROWS)
def test_a_moment_in_python_is_the_tree_of_its_text(text: str) -> None:
    tree, problems = moment(text, HERE, names=NAMES)
    assert problems == []
    assert tree == MOMENT_ROWS[text]
    assert moment(text_of(tree), HERE, names=NAMES) == (tree, [])


def test_every_word_of_the_language_has_a_row_here() -> None:
    rows = "\n".join((*EXPRESSIONS, *MOMENT_ROWS))
    words = [f"{name}(" for name in (*FUNCTIONS, *MOMENTS)]
    words += [f".{name}(" for name in (*METHODS, "lower")] + [f"{room}." for room in ROOMS]
    keywords = [f"{keyword}=" for given in MOMENTS.values() for keyword in given]
    assert [word for word in (*words, *keywords, "half_life=", "since=", "positive=", "by=", "every=") if word not in rows] == []


def test_an_expression_is_neither_true_nor_false_before_it_is_evaluated() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(say.trait("a") == 1)


def test_an_expression_shows_its_canonical_text() -> None:
    assert repr((say.count("A", within="2w") >= 3) & ~say.trait("b")) == 'count("A", within="14d") >= 3 and not trait.b'


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: say.count("A", within="7x"),
        lambda: say.count("A", within=timedelta(0)),
        lambda: say.sum_("A", say.trait("a")),
        lambda: say.any_of("A", say.any_of()),
        lambda: say.every("noon"),
        lambda: say.event("A", same="x"),
    ],
)
def test_what_no_text_could_say_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        wrong()  # type: ignore[operator]


def test_trees_are_told_apart() -> None:
    trees: list[Expr | Moment] = [*(spoken.tree for spoken in EXPRESSIONS.values()), *MOMENT_ROWS.values()]
    assert len({repr(tree) for tree in trees}) == len(trees)
