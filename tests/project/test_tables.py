"""`tables:` out of files and events: kinds of columns, rows since when, and what is refused."""

# ruff: noqa: E501  # messages stand here as people see them

from pathlib import Path

import pytest
from tests.project.shop import project, written

from opportune.adapters.project.project import Project, read_project
from opportune.adapters.project.tables import TableFile
from opportune.language.tree.expressions import Lookup, Table
from opportune.language.tree.walking import walk
from opportune.language.vocabulary.instants import EARLIEST, parse_instant
from opportune.language.vocabulary.kinds import Kind

PRODUCT = "tables:\n  product: {file: products.csv, key: product_id}\n"


def shop(folder: Path, table: str, text: str = PRODUCT) -> Project:
    return read_project(written(folder, {"a.yml": text, "products.csv": table}))


def product(found: Project) -> TableFile:
    """The one table of a project that is a file, whatever name it is stored under."""
    (table,) = found.tables.values()
    return table


def test_a_column_is_of_the_kind_that_all_its_values_are(tmp_path: Path) -> None:
    table = "product_id,price,size,fragile,lead,code,mixed,empty\n7,9.90,3,true,2d,007,3,\nlamp,,-1.5,FALSE,1w,12,x,\n"
    found = shop(tmp_path, table)
    assert found.problems == ()
    assert product(found).columns == {
        "product_id": Kind.TEXT, "price": Kind.MONEY, "size": Kind.NUMBER, "fragile": Kind.BOOLEAN, "lead": Kind.DURATION,
        "code": Kind.TEXT, "mixed": Kind.TEXT, "empty": Kind.TEXT,
    }  # fmt: skip
    first, second = product(found).rows
    assert first.values == {
        "product_id": "7",
        "price": 9.9,
        "size": 3,
        "fragile": True,
        "lead": 172800.0,
        "code": "007",
        "mixed": "3",
        "empty": None,
    }
    assert (second.key, second.values["price"], second.values["size"], second.values["fragile"]) == ("lamp", None, -1.5, False)


def test_a_row_holds_always_without_ts_and_since_its_ts_with_one(tmp_path: Path) -> None:
    found = shop(tmp_path, "product_id,ts,stock\na,2026-03-01,3\na,2026-03-02T10:00:00+01:00,4\nb,,5\n")
    assert found.problems == ()
    assert [(row.key, row.ts) for row in product(found).rows] == [
        ("a", parse_instant("2026-03-01T00:00:00Z")), ("a", parse_instant("2026-03-02T09:00:00Z")), ("b", EARLIEST)
    ]  # fmt: skip
    assert "ts" not in product(found).columns


def test_tables_are_read_with_the_kinds_of_their_columns(tmp_path: Path) -> None:
    text = (
        PRODUCT
        + '  shelf: {event: Stock Changed, key: product_id}\nmetrics:\n  price: product[last("Product Viewed", product_id)].price\n  stock: shelf["lamp"].stock\n'
    )
    found = shop(tmp_path, "product_id,price\na,1\n", text)
    assert found.problems == ()
    assert found.definitions.kinds == {"metric.price": Kind.MONEY, "metric.stock": Kind.NUMBER}
    assert found.definitions.tables["shelf"] == Table("shelf", "product_id", "Stock Changed")
    assert (found.definitions.tables["product"].key, found.definitions.tables["product"].event) == ("product_id", None)
    (stock,) = [node for node in walk(found.definitions.metrics["stock"]) if isinstance(node, Lookup)]
    assert stock.source == Table("shelf", "product_id", "Stock Changed")


def test_a_table_is_part_of_the_version_of_a_project(tmp_path: Path) -> None:
    one = shop(tmp_path / "1", "product_id,price\na,1\n")
    other = shop(tmp_path / "2", "product_id,price\na,2\n")
    assert one.hash != other.hash
    assert set(one.files) == {"a.yml", "opportune.yml", "products.csv"}


@pytest.mark.parametrize(
    "table, message",
    [
        ("sku,price\na,1\n", "products.csv:1: this table has no column 'product_id', its key [E152]\n  There are sku, price."),
        ("product_ids,price\na,1\n", "products.csv:1: this table has no column 'product_id', its key [E152]\n  Did you mean 'product_ids'?"),
        ("product_id,a,a\nx,1,2\n", "products.csv:1: the column 'a' stands twice or has no name [E152]\n  Give each column a name of its own."),
        ("product_id,price\na,1,2\n", "products.csv:2: this row has 3 values for 2 columns [E152]\n  Put a value with a comma in double quotes."),
        ("product_id,ts\na,yesterday\n", "products.csv:2: 'yesterday' is no time [E152]\n  Write ts as ISO 8601, such as 2026-03-01T00:00:00Z."),
        ("product_id,price\n,1\n", "products.csv:2: this row has no 'product_id', its key [E152]"),
        ("product_id,price\na,1\nb,1\na,2\n", "products.csv:4: warning: 'a' stands here and on line 2: this row counts [E152]\n  Keep one, or say with a column `ts` since when each holds."),
        ('product_id\n"a\n', "products.csv:2: this is no CSV: unexpected end of data [E152]"),
        ("", "products.csv: this is no CSV: it is empty [E152]"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_told_word_for_word(tmp_path: Path, table: str, message: str) -> None:
    assert message in [str(problem) for problem in shop(tmp_path, table).problems]


@pytest.mark.parametrize("path", ["../products.csv", "/etc/passwd.csv", ".opportune/x.csv", "none.csv", "a.yml", "x/../products.csv"])
def test_a_table_is_read_from_the_project_and_from_nowhere_else(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "shop"
    (folder / ".opportune").mkdir(parents=True)
    for place in (tmp_path / "products.csv", folder / ".opportune" / "x.csv", folder / "products.csv"):
        place.write_text("product_id\na\n")
    found = project(folder, a=f"tables:\n  product: {{file: {path}, key: product_id}}\n")
    assert [problem.code for problem in found.problems] == ["E127"]
    assert product(found).rows == ()


def test_a_table_may_not_lead_out_of_the_project_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("product_id\na\n")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "products.csv").symlink_to(tmp_path / "secret.csv")
    found = project(folder, a=PRODUCT)
    assert [problem.code for problem in found.problems] == ["E127"]
    assert product(found).rows == ()


@pytest.mark.parametrize(
    "text, message",
    [
        ("tables:\n  t: {key: x}\n", "a.yml:2: table 't' has either 'file' or 'event' [E124]\n  Add the one that is missing, or leave one out."),
        ("tables:\n  t: {event: Stock Changed}\n", "a.yml:2: table 't' has no 'key' [E124]\n  Add `key:`."),
        ("tables:\n  t: {event: Stock Change, key: product_id}\n", "a.yml:2: no event is called 'Stock Change' [E103]\n  Did you mean 'Stock Changed'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_of_tables_is_told_word_for_word(tmp_path: Path, text: str, message: str) -> None:
    assert message in [str(problem) for problem in project(tmp_path, a=text).problems]


@pytest.mark.parametrize(
    "table, message",
    [
        ("product_id,lat\na,1\n", "a.yml:4: table 'product' has no column called 'latitude' [E104]\n  km_to() reads it, in degrees."),
        ("product_id,latitude,longitud\na,1,2\n", "a.yml:4: table 'product' has no column called 'longitude' [E104]\n  Did you mean 'longitud'?"),
        ("product_id,latitude,longitude\na,1,\n", "a.yml:4: column 'longitude' of table 'product' is no number [E108]\n  km_to() reads it, in degrees such as 52.52."),
    ],
)  # fmt: skip
def test_a_table_whose_rows_have_no_place_is_told_so(tmp_path: Path, table: str, message: str) -> None:
    text = PRODUCT + "metrics:\n  km: km_to(product, trait.latitude, trait.longitude)\n"
    assert message in [str(problem) for problem in shop(tmp_path, table, text).problems]


def test_rows_with_a_place_can_be_measured_to_and_only_from_numbers(tmp_path: Path) -> None:
    table = "product_id,latitude,longitude\na,52.5,13.4\n"
    text = PRODUCT + "metrics:\n  km: km_to(product, trait.latitude, 13)\n"
    assert shop(tmp_path / "1", table, text).definitions.kinds == {"metric.km": Kind.NUMBER}
    wrong = PRODUCT + "metrics:\n  km: km_to(product, at, 13)\n"
    assert [str(problem) for problem in shop(tmp_path / "2", table, wrong).problems] == [
        "a.yml:4: km_to() wants degrees as numbers, and this is a time [E108]"
    ]
