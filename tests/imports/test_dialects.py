"""CSV as spreadsheets write it: read where it can be, refused by file, line and remedy where not; every row is somewhere."""

import codecs
import json
from pathlib import Path

import pytest
from tests.imports.test_files import asked, imported, reasons

from opportune.adapters.engines.duckdb import DuckDB
from opportune.adapters.sources.tables import SourceFault

HEADER = "event_id;customer_id;name;ts;total;gewicht;stück;ort"
ROWS = (
    "1;c1;Order Completed;2026-03-01T10:00:00Z;1.234,50;0,75;3;Köln",
    "2;c1;Order Completed;2026-03-02T10:00:00Z;12;1,5;1.000;Málaga",
)
TEXT = "\r\n".join((HEADER, *ROWS, ""))


def stored(path: Path, content: bytes, lines: int) -> list[tuple]:
    """(event id, total in ten thousandths, other properties) of each order in the file, none of whose rows is lost."""
    engine = DuckDB.open(None)
    path.write_bytes(content)
    report = imported(engine, path)
    assert report.loaded + report.repeated + len(report.set_aside) == lines
    found = asked(engine, "SELECT event_id, total, rest FROM events WHERE line = 0 ORDER BY 1")
    return [(event_id, total, json.loads(rest)) for event_id, total, rest in found]


AS_WRITTEN = [
    ("1", 12_345_000, {"gewicht": 0.75, "stück": 3, "ort": "Köln"}),
    ("2", 120_000, {"gewicht": 1.5, "stück": 1000, "ort": "Málaga"}),
]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
        TEXT.replace(";", "\t").encode("utf-16"),
        TEXT.replace(";", "|").encode(),
        ("sep=;\r\n" + TEXT).encode("cp1252"),
        ('"sep=;"\r\n' + TEXT).encode("utf-8-sig"),
        ("SEP=\t\r\n" + TEXT.replace(";", "\t")).encode("utf-16"),
        TEXT.replace("\r\n", "\r").encode("cp1252"),
        TEXT.replace("\r\n", "\n").encode(),
        "\r\n".join(line + ";;;" for line in TEXT.splitlines()).encode(),
        "\r\n".join(";".join(f'"{cell}"' for cell in line.split(";")) for line in TEXT.splitlines()).encode(),
    ],
    ids=[
        "utf-8", "utf-8 with mark", "utf-16", "utf-16 le without mark", "utf-16 be", "utf-16 be without mark", "utf-32", "windows-1252",
        "Excel's Unicode", "bars", "sep line", "sep line in quotes", "sep line with tab", "old Mac", "Unix", "blank columns", "quoted",
    ],
)  # fmt: skip
def test_the_same_table_is_read_the_same_in_whatever_dialect(tmp_path: Path, content: bytes):
    assert stored(tmp_path / "orders.csv", content, lines=2) == AS_WRITTEN


def test_what_was_assumed_of_a_file_is_told(tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    assert imported(DuckDB.open(None), path).remarks == (
        f"{path} is not UTF-8 and was read as Windows-1252; if names look wrong, save it as CSV UTF-8",
    )
    path.write_bytes(TEXT.encode("utf-16"))
    assert imported(DuckDB.open(None), path).remarks == ()


def test_a_few_broken_bytes_in_a_file_of_utf_8_set_their_row_aside_and_no_more(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "orders.csv"
    path.write_bytes(
        TEXT.encode() + b"3;c2;Order Completed;2026-03-02T10:00:00Z;1,00;1,0;1;K\xf6ln\r\n" + ROWS[1].replace("2;", "4;", 1).encode()
    )
    report = imported(engine, path)
    assert (report.loaded, [line for line, _ in reasons(report)]) == (3, [4])


def test_bytes_that_windows_1252_has_not_are_no_windows_1252(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "orders.csv"
    path.write_bytes(b"customer_id,name,ts\nann,A,2026-03-01\n\x81\x8d,A,2026-03-01\nbob,A,2026-03-01\n")
    report = imported(engine, path)
    assert (report.loaded, [line for line, _ in reasons(report)], report.remarks) == (2, [3], ())


def test_a_file_of_utf_16_that_is_cut_off_or_broken_gives_its_other_rows(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "orders.csv"
    lines = "customer_id,name,ts\nann,A,2026-03-01\n\ud800,A,2026-03-01\nbob,A,2026-03-01\ncleo,A,2026"
    path.write_bytes(lines.encode("utf-16", "surrogatepass") + b"-")
    report = imported(engine, path)
    assert (report.loaded, [line for line, _ in reasons(report)]) == (2, [3, 5])


def test_a_quoted_cell_may_hold_line_breaks_separators_and_quotes_and_lines_are_still_counted(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "orders.csv"
    path.write_bytes(
        b'customer_id;name;ts;"note; of the day"\r\n'
        b'ann;A;2026-03-01;"one\r\ntwo; ""three""\n"\r\n'
        b"bob;A;never;x\r\n"
        b'cleo;A;2026-03-01;"\n\n"\r\n'
        b"dora;A\r\n"
    )
    report = imported(engine, path)
    assert (report.loaded, [line for line, _ in reasons(report)]) == (2, [5, 9])
    (rest,) = asked(engine, "SELECT rest FROM events JOIN identities USING (identity_key) WHERE identity = 'ann'")
    assert json.loads(rest[0]) == {"note; of the day": 'one\ntwo; "three"\n'}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 30 1234", "-x", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\tx", "1,2,3", "1.2.3.4", "0,5 kg"]
)
def test_what_looks_like_a_formula_or_nearly_like_a_number_stays_the_text_it_is(tmp_path: Path, cell: str):
    quoted = '"' + cell.replace('"', '""') + '"'
    content = f"customer_id;name;ts;note;weight\r\nann;A;2026-03-01;{quoted};0,5\r\n".encode()
    ((_, _, rest),) = stored(tmp_path / "a.csv", content, lines=1)
    assert rest == {"note": cell, "weight": 0.5}


def test_in_a_file_with_commas_between_columns_a_comma_is_never_a_decimal_one(tmp_path: Path):
    content = b'customer_id,name,ts,size,weight\nann,A,2026-03-01,"1,5",1.234\n'
    ((_, _, rest),) = stored(tmp_path / "a.csv", content, lines=1)
    assert rest == {"size": "1,5", "weight": 1.234}


def test_points_and_blanks_between_thousands_are_no_decimal_points_where_another_column_has_decimal_commas(tmp_path: Path):
    content = "customer_id;name;ts;a;b;c;d\nann;A;2026-03-01;1.234;1 234,5;12\u202f345\u00a0678;1.5\n".encode()
    ((_, _, rest),) = stored(tmp_path / "a.csv", content, lines=1)
    assert rest == {"a": 1234, "b": 1234.5, "c": 12345678, "d": 1.5}


def test_days_written_with_points_are_times_and_a_day_there_is_not_is_set_aside(tmp_path: Path):
    engine, path = DuckDB.open(None), tmp_path / "a.csv"
    path.write_text(
        "customer_id;name;ts;geliefert\nann;A;1.3.2026;02.03.2026 14:05\nbob;A;31.12.2025 23:59:58;1.1.2026\ncleo;A;31.02.2026;1.1.2026\n"
    )
    report = imported(engine, path)
    assert (report.loaded, reasons(report)) == (2, [(4, "ts is missing or no ISO 8601 time")])
    found = asked(engine, "SELECT ts::VARCHAR, rest FROM events ORDER BY ts")
    assert [(str(ts)[:10], json.loads(rest)) for ts, rest in found] == [
        (str(found[0][0])[:10], {"geliefert": "2026-01-01T00:00:00.000000Z"}),
        (str(found[1][0])[:10], {"geliefert": "2026-03-02T14:05:00.000000Z"}),
    ]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"sep=:\ncustomer_id:name:ts\n", "'sep=:' names a separator that is not read; write it with a comma, semicolon, tab or bar"),
        (b"customer_id,name,ts,,\nann,A,2026-03-01,,x\n", "1 rows have something in column 5 without a name; the first line must name"),
        (b"customer_id,name,name\n", "the first line must name every column, each once"),
        (
            b'customer_id;name;"note\nof; the\nday"\n',
            "a name in the first line has a line break: 'customer_id;name;note of; the day'; take it out",
        ),
        (b"sep=;\n", "the first line must name every column"),
        (b"", "the first line must name every column"),
        (b"\n\n", "the first line must name every column"),
        (b"\xff\xfe", "the first line must name every column"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_file_and_the_remedy(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SourceFault) as fault:
        imported(DuckDB.open(None), path)
    assert str(fault.value).startswith(f"{path}: ") or str(path.name) in str(fault.value)
    assert words in str(fault.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_lines_may_begin_with_a_mark(tmp_path: Path, encoding: str):
    path, engine = tmp_path / "a.ndjson", DuckDB.open(None)
    path.write_bytes('{"customer_id": "ann", "name": "Ä", "ts": "2026-03-01"}\n{"customer_id": "bob"}\n'.encode(encoding))
    report = imported(engine, path)
    assert (report.loaded, [line for line, _ in reasons(report)]) == (1, [2])
