"""Order files with faults: what is refused, what is told about it, and what may be skipped."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from sim.demand.trace import read_orders
from sim.errors import InputError
from sim.scenario.demand import Demand
from sim.scenario.scenario import Scenario
from tests import order_files
from tests.order_files import HEADER, read, refused

write = order_files.write  # a fixture

# --- bad input


def test_file_that_is_not_there(tmp_path: Path, write: Any) -> None:
    write("x", "orders.csv")
    assert "did you mean 'orders.csv'?" in refused(tmp_path / "order.csv")
    assert "there is no folder" in refused(tmp_path / "nowhere" / "orders.csv")
    assert "a directory" in refused(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n  \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"order_id,placed", "a header and no rows"),
        (b"order_id,placed\n\n\n", "a header and no rows"),
        (b"just some text\nand more\n", "one column only"),
        (b'{"orders": [1, 2]}', "has no column 'order_id'"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x00\x01\x02\x03", "neither a text file nor Parquet"),
        ("order_id,placed\nA,B".encode("utf-16-le"), "neither a text file nor Parquet"),
        (b"PAR1 and nothing else", "a Parquet file that can't be read"),
        (gzip.compress(b"order_id,placed\nA,2025-11-10 09:00\n" * 99, mtime=0)[:-20], "damaged"),
        (b'order_id,placed,note\nA,2025-11-10 09:00,"x\nB,2025-11-10 09:00,y\n', "stays open"),
        (b'order_id,placed,note\n"A,2025-11-10 09:00,x\nB,2025-11-10 09:00,y\n', "stays open"),
    ],
)
@pytest.mark.parametrize("bad_rows", ["stop", "skip"])
def test_not_an_order_file(write: Any, content: bytes, message: str, bad_rows: str) -> None:
    assert message in refused(write(content), bad_rows=bad_rows)


def test_not_parquet(write: Any) -> None:
    assert "not a Parquet file" in refused(write("order_id,placed\n", "orders.parquet"))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["latin-1", "big5"])
def test_wrong_encoding(write: Any, encoding: str, packed: bool) -> None:
    name = "Andr\u00e9" if encoding == "latin-1" else "\u8a02\u55ae"
    rows = "".join(f"{i},2025-11-10 09:00,x\n" for i in range(100_000))
    content = (f"order_id,placed,customer\n{rows}A,2025-11-10 09:00,{name}\n").encode(encoding)
    message = refused(write(gzip.compress(content, 1) if packed else content))
    assert "line 100002 = byte 0x" in message
    assert "save it as UTF-8" in message


def test_wrong_encoding_in_the_header(write: Any) -> None:
    content = "Bestellnummer für,Zeit\nA,2025-11-10 09:00\n".encode("latin-1")
    assert "line 1 = byte 0xfc" in refused(write(content), columns={"order_id": "Bestellnummer für", "placed": "Zeit"})


def test_unpaired_quotation_mark_inside_a_cell_is_harmless(write: Any) -> None:
    path = write('order_id,placed,note\nA,2025-11-10 09:00,12" vinyl\nB,2025-11-10 09:00,y\n')
    assert read(path).order_id.tolist() == ["A", "B"]


@pytest.mark.parametrize("cells", ["A,2025-11-10 09:00,1,9,9", "A,2025-11-10 09:00"])
def test_a_file_in_which_every_row_is_ragged_is_told(tmp_path: Path, cells: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(f"order_id,placed,units\n{cells}\n{cells}\n", encoding="utf-8")
    given = Demand.model_validate({"file": str(file), "from": "2025-11-10", "to": "2025-11-10"})
    world = Scenario(demand=given, site={"picking": {"setup_min": 1.0}})
    with pytest.raises(InputError, match="cells where the header has 3"):
        read_orders(world)
    lenient = world.model_copy(update={"demand": given.model_copy(update={"bad_rows": "skip"})})
    with pytest.raises(InputError, match="no order is left"):
        read_orders(lenient)


def test_all_bad_rows_are_listed_by_number_and_reason(write: Any) -> None:
    text = refused(
        write(
            HEADER
            + "A,2025-11-10 09:00,1,1\n"
            + "B,soon,x,1\n"
            + "C,2025-11-10 09:00\n"
            + ",2025-11-10 09:00,1,1\n"
            + "D,2025-11-10 09:00,NaN,1\n"
            + "E,2025-11-10 09:00,1.5,1\n"
            + 'F,2025-11-10 09:00,1,"1,50"\n'
            + "G,2025-11-10 09:00,,1\n"
            + "H,2025-11-10 09:00,1e9,1\n"
            + "A,2025-11-10 11:00,1,1\n"
        )
    )
    assert text.splitlines()[0].startswith("orders.csv has 9 bad rows (the header is row 1)")
    for line in (
        "row 3: placed 'soon': is no date that can be read; write it as 2025-11-11 10:05:23; units 'x': is no number",
        "row 4: 2 cells where the header has 4",
        "row 5: order_id: is empty",
        "row 6: units 'NaN': is no number",
        "row 7: units '1.5': must be a whole number",
        "row 8: price '1,50': is no number",
        "row 9: units: is empty",
        "row 10: units '1e9': must be at most 1,000,000",
        "row 11: order_id 'A' placed 2025-11-10 11:00:00, but 2025-11-10 09:00:00 in row 2",
    ):
        assert f"orders.csv, {line}" in text
    assert "demand.bad_rows=skip" in text


def test_at_most_twenty_bad_rows_are_shown(write: Any) -> None:
    path = write("order_id,placed\nA,2025-11-10 09:00\n" + "".join(f"B{i},never\n" for i in range(57)))
    with pytest.raises(InputError) as caught:
        read(path)
    assert len(caught.value.problems) == 21
    assert str(caught.value).splitlines()[1].startswith("  - orders.csv, row 3: ")
    assert "and 37 more" in str(caught.value.problems[-1])
    orders = read(path, bad_rows="skip")
    assert (orders.notes["bad_rows_skipped"], orders.notes["rows_read"], orders.notes["orders"]) == (57, 58, 1)


def test_nothing_left_after_skipping(write: Any) -> None:
    assert "no order is left" in refused(write("order_id,placed\nA,never\n"), bad_rows="skip")
    assert "no order is left" in refused(write("order_id,placed\nA\n"), bad_rows="skip")
    assert "cancelled_rows 1" in refused(write("order_id,placed,status\nA,2025-11-10 09:00,cancelled\n"))


def test_repeated_orders(write: Any) -> None:
    twice = "order_id,placed,lines\nA,2025-11-10 09:00,2\nA,2025-11-10 09:00,2\n"
    assert "row 3: order_id 'A' is already in row 2" in refused(write(twice))
    assert read(write(twice), bad_rows="skip").lines.tolist() == [2]
    later = "order_id,placed\nA,2025-11-10 09:00:00\nA,2025-11-10 09:01:00\nA,2025-11-10 09:01:01\n"
    assert "row 4: order_id 'A' placed 2025-11-10 09:01:01" in refused(write(later))
    assert read(write(later), bad_rows="skip").lines.tolist() == [2]


def test_an_order_too_large_to_count(write: Any) -> None:
    rows = "A,2025-11-10 09:00,1000000,0\n" * 2148
    assert "order_id = 'A': more than two thousand million units" in refused(write(HEADER + rows))


def test_partly_cancelled_order_keeps_its_other_lines(write: Any) -> None:
    path = write("order_id,placed,units,cancelled\nA,2025-11-10 09:00,1,no\nA,2025-11-10 09:00,5,2025-11-11\n")
    orders = read(path)
    assert (orders.lines.tolist(), orders.units.tolist()) == ([1], [1])
    assert (orders.notes["cancelled_rows"], orders.notes["cancelled_orders"]) == (1, 0)


def test_nothing_in_the_window_says_what_the_file_covers(write: Any) -> None:
    path = write("order_id,placed\nA,2025-10-01 09:00\nB,2025-11-09 09:00\n")
    assert "orders.csv covers 2025-10-01 to 2025-11-09" in refused(path)
    assert "no order lies there" in refused(path, lead_in_days=5)  # orders in the lead-in alone measure nothing
