"""Files of spreadsheets in a folder that is pulled: read in whatever dialect, their rows somewhere."""

from pathlib import Path

import pytest
from tests.pulls.shop import PulledShop

TILL = '  till: {folder: sales, pattern: "*.csv"}\n'
TEXT = (
    "sep=;\r\nevent_id;customer_id;name;ts;total;ort\r\n"
    "1;ada;Order Completed;09.03.2026 10:00;12,50;Köln\r\n"
    "2;ada;;09.03.2026 10:00;1,00;Málaga\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_file_of_a_spreadsheet_is_told_in_whatever_encoding(tmp_path: Path, encoding: str) -> None:
    opened = PulledShop(tmp_path, TILL)
    opened.put("sales/a.csv", TEXT.encode(encoding))
    found = opened.pull("till")
    assert (found.calls, opened.asides(found)) == (1, [("a.csv", 4, "name is missing")])
    assert opened.rows("SELECT total, rest FROM events") == [(125_000, '{"ort":"Köln"}')]
    opened.close()
