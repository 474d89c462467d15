"""Order files: what is read from small made-up ones, encodings, presets and columns, dates and zones."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.demand.timestamps import parse_stamps
from tests import order_files
from tests.order_files import DAY, HEADER, read, refused

write = order_files.write  # a fixture

# --- what is read


def test_rows_of_one_order_are_added_up(write: Any) -> None:
    orders = read(
        write(
            HEADER
            + "B,2025-11-10 10:00:30,2,1.50\n"
            + "A,2025-11-10 09:00:00,1,100\n"
            + "B,2025-11-10 10:00:30,3,0\n"
            + "C,2025-11-10 09:00:00,4,0.25\n"
        )
    )
    assert orders.order_id.tolist() == ["A", "C", "B"]  # by time, ties by first appearance
    assert orders.placed_min.tolist() == [540.0, 540.0, 600.5]
    assert orders.lines.tolist() == [1, 1, 2]
    assert orders.units.tolist() == [1, 4, 5]
    assert orders.value.tolist() == [100.0, 1.0, 3.0]
    assert orders.notes["rows_read"] == 4
    assert orders.notes["orders"] == 3


def test_types_and_read_only(write: Any) -> None:
    orders = read(write(HEADER + "A,2025-11-10 09:00:00,1,100\n"))
    kinds = {name: getattr(orders, name).dtype.str.lstrip("<|") for name in ("placed_min", "lines", "units", "value")}
    assert kinds == {"placed_min": "f8", "lines": "i4", "units": "i4", "value": "f8"}
    assert isinstance(orders.order_id[0], str)
    for name in ("order_id", *kinds):
        with pytest.raises(ValueError, match="read-only"):
            getattr(orders, name)[0] = getattr(orders, name)[0]


def test_one_row_per_order_with_sizes(write: Any) -> None:
    orders = read(write("order_id,placed,lines,units,value\nA,2025-11-10 09:00,3,7,21.5\nB,2025-11-10 10:00,1,1,\n"))
    assert (orders.lines.tolist(), orders.units.tolist()) == ([3, 1], [7, 1])
    assert orders.value[0] == 21.5
    assert np.isnan(orders.value[1])
    assert orders.notes["orders_without_price"] == 1


def test_without_sizes_an_order_is_one_line_of_one_unit(write: Any) -> None:
    orders = read(write("order_id,placed\nA,2025-11-10 09:00\n"))
    assert (orders.lines.tolist(), orders.units.tolist()) == ([1], [1])
    assert np.isnan(orders.value).all()


def test_times_are_multiples_of_the_tick(write: Any) -> None:
    orders = read(write("order_id,placed\nA,2025-11-10 09:00:00.123456\nB,2025-11-12 23:59:59.999999\n"))
    ticks = orders.placed_min * 2**20
    assert (ticks == np.round(ticks)).all()
    assert orders.placed_min[0] == pytest.approx(540 + 0.123456 / 60, abs=2**-20)
    assert orders.placed_min[1] < 3 * DAY


def test_window_with_lead_in_and_run_on(write: Any) -> None:
    path = write(
        "order_id,placed\n"
        + "".join(f"D{day},2025-11-{day:02d} 00:00:00\n" for day in range(1, 31))
        + "T,2025-11-10 08:00\n"
    )
    assert read(path).order_id.tolist() == ["D10", "T", "D11", "D12"]
    orders = read(path, lead_in_days=2, run_on_days=1)
    assert orders.order_id.tolist() == ["D8", "D9", "D10", "T", "D11", "D12", "D13"]
    assert orders.placed_min[0] == 0.0
    assert orders.notes["orders_outside_window"] == 24
    early = read(path, start="2025-11-07")
    assert early.order_id[0] == "D7"
    assert early.placed_min.tolist()[3] == 3 * DAY
    assert (early.notes["file_from"], early.notes["file_to"]) == ("2025-11-01", "2025-11-30")


def test_days_without_orders_are_told(write: Any) -> None:
    assert read(write("order_id,placed\nA,2025-11-11 09:00\n")).notes["days_without_orders"] == 2


def test_formulas_and_odd_ids_stay_text(write: Any) -> None:
    path = write('order_id,placed\n"=1+1",2025-11-10 09:00\n007,2025-11-10 09:01\n"x, ""y""",2025-11-10 09:02\n')
    assert read(path).order_id.tolist() == ["=1+1", "007", 'x, "y"']


# --- the file itself


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_separators_line_ends(write: Any, encoding: str, separator: str, line_end: str) -> None:
    rows = ["訂單,時間,units", "甲,2025-11-10 09:00,2", "乙,2025-11-10 10:00,3"]
    text = line_end.join(rows).replace(",", separator)
    path = write((b"\xff\xfe" if encoding == "utf-16-le" else b"") + text.encode(encoding))
    orders = read(path, columns={"order_id": "訂單", "placed": "時間"})
    assert orders.order_id.tolist() == ["甲", "乙"]
    assert orders.units.tolist() == [2, 3]


def test_long_utf16_file(write: Any) -> None:
    lines = ["order_id,placed,note", *(f"訂單{i},2025-11-10 09:00,{'雙十一' * 50}" for i in range(30_000))]
    orders = read(write("\n".join(lines).encode("utf-16")))
    assert len(orders.order_id) == 30_000
    assert orders.order_id[-1] == "訂單29999"


def test_gzip_is_known_by_its_content(write: Any) -> None:
    packed = gzip.compress((HEADER + "A,2025-11-10 09:00,1,1\n").encode())
    assert read(write(packed, "orders.csv.gz")).order_id.tolist() == ["A"]
    assert read(write(packed, "orders.csv")).order_id.tolist() == ["A"]


def test_parquet_types(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    moment = datetime(2025, 11, 10, 1, 0, 30, tzinfo=UTC)
    table = pa.table(
        {
            "order_id": pa.array([536365.0, 536366.0, None]),
            "placed": pa.array([moment] * 3, type=pa.timestamp("ns", tz="Europe/London")),
            "units": pa.array([2, 3, 4], type=pa.int16()),
            "price": pa.array([1.25, None, 1.0]),
        }
    )
    parquet.write_table(table, tmp_path / "orders.parquet")
    assert "row 3: order_id: is empty" in refused(tmp_path / "orders.parquet")
    parquet.write_table(table.slice(0, 2), tmp_path / "orders.parquet")
    orders = read(tmp_path / "orders.parquet")
    assert orders.order_id.tolist() == ["536365", "536366"]
    assert orders.placed_min.tolist() == [540.5, 540.5]
    assert orders.value[0] == 2.5
    assert np.isnan(orders.value[1])


def test_parquet_with_naive_times_and_categories(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "order_id": pa.array(["A", "B"]).dictionary_encode(),
            "placed": pa.array([datetime(2025, 11, 10, 9), datetime(2025, 11, 10, 10)]),
            "tags": pa.array([["x"], []]),
        }
    )
    parquet.write_table(table, tmp_path / "orders.pq")
    assert read(tmp_path / "orders.pq").placed_min.tolist() == [540.0, 600.0]
    assert "type list" in refused(tmp_path / "orders.pq", columns={"units": "tags"})


def test_cells_over_several_lines_and_blank_rows_keep_row_numbers(write: Any) -> None:
    text = '\n\norder_id,note,placed\nA,"two\nlines",2025-11-10 09:00\n\n,,\nB,x,2025-11-10 10:00\nC,y,never\n\n'
    assert "orders.csv, row 8: placed 'never'" in refused(write(text))
    orders = read(write(text), bad_rows="skip")
    assert orders.order_id.tolist() == ["A", "B"]
    assert (orders.notes["rows_read"], orders.notes["bad_rows_skipped"]) == (3, 1)


def test_changed_file_is_read_again_and_notes_are_not_shared(write: Any) -> None:
    path = write("order_id,placed\nA,2025-11-10 09:00\n")
    first = read(path)
    first.notes["orders"] = -1
    again = read(path)
    assert again.order_id is first.order_id
    assert again.notes["orders"] == 1
    path.write_text("order_id,placed\nB,2025-11-10 09:00\n")
    os.utime(path, ns=(1, 1))
    assert read(path).order_id.tolist() == ["B"]


# --- presets and columns


def test_columns_on_top_of_the_preset(write: Any) -> None:
    path = write("Nr;When;Qty;Each;State\nA;2025-11-10 09:00;2;1.5;ok\nB;2025-11-10 09:30;1;1;Cancelled\n")
    mapped = {"order_id": "Nr", "placed": "when ", "quantity": "Qty", "price": "Each", "status": "State"}
    orders = read(path, columns=mapped)
    assert orders.order_id.tolist() == ["A"]
    assert (orders.units.tolist(), orders.value.tolist()) == ([2], [3.0])
    assert (orders.notes["cancelled_rows"], orders.notes["cancelled_orders_in_window"]) == (1, 1)
    assert read(path, columns=mapped | {"status": ""}).order_id.tolist() == ["A", "B"]


def test_shopify(write: Any) -> None:
    columns = "Name,Financial Status,Created at,Lineitem quantity,Lineitem price,Cancelled at,Notes\n"
    orders = read(
        write(
            columns
            + '#1,paid,2025-11-11 00:05:00 +0800,2,10.00,,"gift,\nplease"\n'
            + "#1,,,1,5.00,,\n"
            + "#1,,2025-11-11 00:05:00 +0800,3,0.00,,\n"
            + "#2,paid,2025-11-10 12:00:00 -0500,1,7.00,2025-11-10 13:00:00 -0500,\n"
            + "#2,,,4,1.00,,\n"
            + "#3,voided,2025-11-10 12:00:00 -0500,1,7.00,,\n"
            + "#4,refunded,2025-11-10 12:00:00 -0500,1,7.00,,\n"
        ),
        preset="shopify",
    )
    assert orders.order_id.tolist() == ["#1", "#4"]
    assert orders.placed_min.tolist() == [DAY + 5, DAY + 60]  # 12:00 at -05:00 is 01:00 of the next day in Taipei
    assert (orders.lines.tolist(), orders.units.tolist()) == ([3, 1], [6, 1])
    assert orders.value.tolist() == [25.0, 7.0]
    assert (orders.notes["cancelled_orders"], orders.notes["cancelled_rows"]) == (2, 3)


def test_shopify_order_without_any_time(write: Any) -> None:
    path = write("Name,Created at,Lineitem quantity\n#1,2025-11-11 00:05:00 +0800,2\n#2,,1\n#2,,1\n")
    text = refused(path, preset="shopify")
    assert "row 3: placed: is empty" in text
    assert "row 4: placed: is empty" in text


def test_online_retail_rules(write: Any) -> None:
    orders = read(
        write(
            "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n"
            "1,A,6,2025-11-10 08:26:00,2.55\n"
            "1,A,6,2025-11-10 08:27:00,2.55\n"
            "1,POST,1,2025-11-10 08:26:00,18\n"
            "1,B,2,2025-11-10 08:26:00,0\n"
            "1,C,-3,2025-11-10 08:26:00,0\n"
            "C2,A,-6,2025-11-10 09:00:00,2.55\n"
            "C2,B,1,no date,2.55\n"
            "3,A,0,2025-11-10 09:00:00,2.55\n"
        ),
        preset="online_retail",
    )
    assert orders.order_id.tolist() == ["1"]
    assert orders.placed_min.tolist() == [506.0]  # the earliest of lines a minute apart
    assert (orders.lines.tolist(), orders.units.tolist()) == ([4], [15])
    assert orders.value.tolist() == [pytest.approx(48.6)]
    expected = {
        "cancelled_rows": 2,
        "cancelled_orders": 1,
        "rows_without_positive_quantity": 2,
        "orders_without_positive_quantity": 1,
        "orders_with_lines_a_minute_apart": 1,
    }
    assert {key: orders.notes[key] for key in expected} == expected


def test_olist_has_one_row_per_order(write: Any) -> None:
    text = "order_id,order_status,order_purchase_timestamp\n"
    text += "a,delivered,2025-11-10 09:00:01\nb,canceled,2025-11-10 09:00:01\n"
    assert read(write(text), preset="olist").order_id.tolist() == ["a"]
    assert "'a' is already in row 2" in refused(write(text + "a,delivered,2025-11-10 09:00:01\n"), preset="olist")


def test_column_errors_come_all_at_once_with_the_nearest_name(write: Any) -> None:
    path = write("order_id,Placed_at,qty\nA,2025-11-10 09:00,1\n")
    text = refused(path, columns={"units": "qyt", "statsu": "qty"})
    assert "demand.columns.statsu = 'qty': no such role; did you mean 'status'?" in text
    assert "demand.columns.units = 'qyt': orders.csv has no such column; did you mean 'qty'?" in text
    assert "demand.columns.placed: orders.csv has no column 'placed'; did you mean 'Placed_at'?" in text
    assert "3 problems" in text


def test_wrong_preset_is_recognised(write: Any) -> None:
    path = write("InvoiceNo,Quantity,InvoiceDate\n1,1,2025-11-10 09:00\n")
    assert "looks like demand.preset=online_retail" in refused(path)


def test_one_role_twice_and_a_column_twice(write: Any) -> None:
    path = write("order_id,placed,units,quantity\nA,2025-11-10 09:00,1,2\n")
    assert "has both" in refused(path)
    assert read(path, columns={"units": "quantity"}).units.tolist() == [2]
    assert "are one role" in refused(path, columns={"units": "units", "quantity": "quantity"})
    assert "has both" in refused(write("order_id,placed,placed\nA,2025-11-10 09:00,2025-11-10 09:00\n"))


# --- dates and zones


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-10 20:05",
        "2025-11-10T20:05:00",
        "2025-11-10T20:05:00.000",
        "2025/11/10 20:05:00",
        "2025.11.10 20:05",
        "2025/11/10 8:05 PM",
        "2025/11/10 下午 08:05:00",
        "20251110 200500",
        "20251110200500",
        "20251110T200500",
        "10 Nov 2025 20:05",
        "10-Nov-2025 20:05:00",
        "Nov 10, 2025 8:05 pm",
        "November 10, 2025, 8:05 p.m.",
        "Mon, 10 Nov 2025 20:05:00",
        "2025-11-10T12:05:00Z",
        "2025-11-10 12:05:00 UTC",
        "2025-11-10 20:05:00+08:00",
        "2025-11-10 20:05:00 +0800",
        "2025-11-10T20:05:00+08",
        "2025-11-10 07:05:00 -0500",
        "Mon, 10 Nov 2025 12:05:00 GMT",
        "Mon, 10 Nov 2025 12:05:00 +0000",
    ],
)
def test_date_formats(write: Any, text: str) -> None:
    assert read(write(f'order_id,placed\nA,"{text}"\n')).placed_min.tolist() == [20 * 60 + 5]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2025-02-29 10:00", "no such day"),
        ("2025-13-01 10:00", "no such day"),
        ("2025-11-10 24:00", "no such day"),
        ("2025-11-10 10:60", "no such day"),
        ("2025-11-10 13:00 PM", "no such day"),
        ("2025-11-10 10:00 +2500", "no such day"),
        ("10/11/25 10:00", "two digits"),
        ("1762740000", "bare number"),
        ("45971.5", "bare number"),
        ("yesterday", "no date that can be read"),
        ("2025-11-10 10:00 EST", "no date that can be read"),
        ("10 Foo 2025 10:00", "no date that can be read"),
        ("NaT", "no date that can be read"),
        ("", "is empty"),
    ],
)
def test_bad_dates(write: Any, text: str, reason: str) -> None:
    message = refused(write(f"order_id,placed\nA,2025-11-10 10:00\nB,{text}\n"))
    assert "orders.csv, row 3: placed" in message
    assert reason in message
    assert read(write(f"order_id,placed\nA,2025-11-10 10:00\nB,{text}\n"), bad_rows="skip").order_id.tolist() == ["A"]


def test_day_or_month_first_is_found_out_for_the_whole_column(write: Any) -> None:
    month_first = read(write("order_id,placed\nA,11/10/2025 9:00\nB,11/13/2025 9:00\n"))
    assert month_first.order_id.tolist() == ["A"]
    assert month_first.notes["date_order"] == "month first"
    day_first = read(write("order_id,placed\nA,10.11.2025 9:00\nB,13.11.2025 9:00\n"))
    assert day_first.order_id.tolist() == ["A"]
    assert day_first.notes["date_order"] == "day first"
    assert read(write("order_id,placed\nA,11/11/2025 9:00\n")).placed_min.tolist() == [DAY + 540]


def test_day_and_month_are_never_guessed(write: Any) -> None:
    text = refused(write("order_id,placed\nA,10/11/2025 9:00\nB,11/11/2025 9:00\n"))
    assert "'10/11/2025 9:00': no date in the file tells whether day or month comes first" in text
    assert "write dates year first" in text
    both = refused(write("order_id,placed\nA,14/11/2025 9:00\nB,11/15/2025 9:00\n"), bad_rows="skip")
    assert "'14/11/2025 9:00' and '11/15/2025 9:00'" in both


def test_days_without_time_of_day_are_refused(write: Any) -> None:
    assert "without a time of day" in refused(write("order_id,placed\nA,2025-11-10\nB,2025-11-11\n"))
    # a midnight order written short among others is an order at midnight
    assert read(write("order_id,placed\nA,2025-11-10\nB,2025-11-11 09:00\n")).placed_min.tolist() == [0.0, DAY + 540]


def test_naive_times_in_the_zone_of_the_file(write: Any) -> None:
    path = write("order_id,placed\nA,2025-11-10 20:00\nB,2025-11-10T20:00Z\n")
    assert read(path).placed_min.tolist() == [1200.0, DAY + 240]
    london = read(path, file_timezone="Europe/London")
    assert london.placed_min.tolist() == [DAY + 240, DAY + 240]
    assert "not a time zone name" in refused(path, file_timezone="Mars/Olympus")


def test_clock_changes_of_the_file(write: Any) -> None:
    # London 2025: 01:00-02:00 skipped on 30 March, had twice on 26 October; Taipei is 7 h ahead of summer time
    path = write("order_id,placed\nA,2025-03-30 00:59\nB,2025-03-30 01:30\nC,2025-03-30 02:15\n")
    spring = read(path, file_timezone="Europe/London", first="2025-03-30", last="2025-03-30")
    assert dict(zip(spring.order_id, spring.placed_min, strict=True)) == {"A": 539.0, "B": 570.0, "C": 555.0}
    assert spring.notes["times_skipped_by_clock_change"] == 1
    path = write("order_id,placed\nA,2025-10-26 00:59\nB,2025-10-26 01:30\nC,2025-10-26 02:00\n")
    autumn = read(path, file_timezone="Europe/London", first="2025-10-26", last="2025-10-26")
    assert dict(zip(autumn.order_id, autumn.placed_min, strict=True)) == {"A": 479.0, "B": 510.0, "C": 600.0}
    assert autumn.notes["times_twice_by_clock_change"] == 1


def test_clock_changes_of_the_scenario(write: Any) -> None:
    path = write("order_id,placed\nA,2025-10-26T00:30Z\nB,2025-10-26T01:30Z\n")
    orders = read(path, timezone="Europe/London", first="2025-10-26", last="2025-10-26")
    assert orders.placed_min.tolist() == [90.0, 90.0]  # two hours of instants fall on one of the wall clock
    path = write("order_id,placed\nA,2025-03-30 01:30\n")
    as_written = read(path, timezone="Europe/London", first="2025-03-30", last="2025-03-30")
    assert as_written.placed_min.tolist() == [90.0]


def test_parsed_times_agree_with_the_standard_library() -> None:
    rng = np.random.default_rng(7)
    moments = [
        datetime(1999, 1, 1) + np.timedelta64(int(s), "s").item() for s in rng.integers(0, 40 * 365 * 86400, 2000)
    ]
    forms = ("%Y-%m-%d %H:%M:%S", "%d %b %Y %H:%M:%S", "%B %d, %Y %I:%M:%S %p", "%d/%m/%Y %H:%M:%S", "%Y%m%dT%H%M%S")
    for form in forms:
        stamps = parse_stamps([moment.strftime(form) for moment in moments])
        assert stamps.problem is None
        assert stamps.fault.tolist() == [0] * len(moments)
        assert stamps.micros.tolist() == [
            int((moment - datetime(1970, 1, 1)).total_seconds()) * 1_000_000 for moment in moments
        ]
