"""Connector and mapping files: every mistake at once with its line; whatever is written, reading ends without a traceback."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.project.shop import written

from opportune.adapters.project.connectors import CONNECTOR_KEYS, built_in, connector_in, connector_named
from opportune.adapters.project.form import Form
from opportune.adapters.project.mapping_files import _KEYS
from opportune.adapters.project.project import read_project
from opportune.language.vocabulary.problems import ProblemsFound

SHOP = "shop: {name: Lamps, currency: EUR}\nsources:\n  desk: {webhook: desk.yml, secret_env: DESK}\n"
HEAD = "signature: {header: X-S}\n"
words = st.sampled_from(
    [*CONNECTOR_KEYS, *_KEYS["events"], "each", "header", "signs", "{body}", "{a.b}", "a[?b", "lower(x)", "`1`", "'x'", "null", "7", "- "]
)
lines = st.builds(
    lambda indent, key, value: " " * indent + f"{key}: {value}", st.integers(0, 6), words, words | st.text(max_size=12)
) | st.builds(lambda indent, value: " " * indent + f"- {value}", st.integers(0, 6), words)


def told(folder: Path, desk: str) -> list[str]:
    return [str(problem) for problem in read_project(written(folder, {"opportune.yml": SHOP, "desk.yml": desk})).problems]


@pytest.mark.parametrize("name", built_in())
def test_a_built_in_connector_has_no_problem(name: str) -> None:
    assert connector_named(name, {}).name


def test_a_mapping_file_of_the_project_is_no_definition(tmp_path: Path) -> None:
    assert told(tmp_path, f'{HEAD}events:\n  - event: Call Ended\n    event_id: "{{id}}"\n    anonymous_id: "{{from}}"\n') == []


def test_every_mistake_of_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    desk = """signature: {header: X-S}
events:
  - event: Call Ended
    evnt_id: "{id}"
  - event: Product Purchased
    event_id: "{id}"
    of: calls[
    properties: {n: "lenght(x)"}
    lists: {products: {each: {a: b}}}
customers:
  - event_id: "{id}"
    traits: {email: email}
colour: red
"""
    found = "\n".join(told(tmp_path, desk))
    for wanted in (
        "desk.yml:3: an entry of events has no 'event_id' [E124]",
        "desk.yml:4: an entry of events has no key 'evnt_id' [E123]\n  Did you mean 'event_id'?",
        "desk.yml:5: event is 'Product Purchased', which is derived from 'Order Completed' [E125]",
        "desk.yml:7: of is no expression: it is not finished [E161]",
        "desk.yml:8: properties.n calls lenght(), which there is not. Did you mean 'length'? [E161]",
        "desk.yml:9: lists.products has no 'of' [E124]",
        "desk.yml:11: an entry of customers has no 'customer_id', 'anonymous_id' or 'link' [E124]",
        "desk.yml:13: desk.yml has no key 'colour' [E123]",
    ):
        assert wanted in found, f"{wanted}\n\nis not in\n\n{found}"


def test_a_connector_that_nobody_wrote_is_told_with_those_there_are(tmp_path: Path) -> None:
    text = SHOP.replace("desk.yml", "shopfy")
    found = [str(problem) for problem in read_project(written(tmp_path, {"opportune.yml": text})).problems]
    assert found == ["opportune.yml:3: no connector is called 'shopfy' [E160]\n  Did you mean 'shopify'?"]
    with pytest.raises(ProblemsFound):
        connector_named("shopfy", {})


def test_a_setting_that_a_connector_does_not_have_is_a_problem(tmp_path: Path) -> None:
    text = SHOP.replace("desk.yml, secret_env: DESK", "shopify, secret_env: DESK, with: {idprefix: x}")
    found = [str(problem) for problem in read_project(written(tmp_path, {"opportune.yml": text})).problems]
    assert found == ["opportune.yml:3: shopify has no setting 'idprefix' [E123]\n  Did you mean 'id_prefix'?"]


@given(text=st.lists(lines, max_size=12).map("\n".join) | st.text(max_size=200))
def test_whatever_is_written_reading_ends_in_a_connector_or_in_problems(text: str) -> None:
    form = Form()
    found = connector_in(text, "any.yml", form)
    assert found is not None or form.problems or not text.strip()
