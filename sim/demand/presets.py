"""Presets of order files: which column plays which role, and the conventions of the shop system that wrote it.

Roles are our own names for what a column says; `demand.columns` maps them to the file's columns, on top of the
preset, and an empty name switches a role of the preset off. A row is one order, or one line of an order: rows
with the same order id are added up either way. :data:`ROLES` says what each role means.

A column is found by its exact name or, failing that, by its name without regard to case and outer blanks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.errors import InputError, Problem, nearest

ROLES: dict[str, str] = {
    "order_id": "order number; rows with the same number are lines of one order (needed)",
    "placed": "when the order was placed, with or without an offset from UTC (needed)",
    "units": "units on this row, whole; also called quantity. Default: one per line",
    "lines": "order lines on this row, for files with one row per order. Default: each row is one line",
    "sku": "product on this row; read where the scenario has stock, and there each row is one line",
    "price": "price of one unit; the value of a row is units * price",
    "value": "price of everything on this row; where a file has both, it is read in place of price",
    "status": "a word for the state of the order or line; see CANCELLED_WORDS",
    "cancelled": "filled (a date, true, yes, 1) where the order or line was cancelled; see NOT_CANCELLED_WORDS",
}
SYNONYMS = {"quantity": "units"}
NEEDED = ("order_id", "placed")

CANCELLED_WORDS = frozenset({"cancelled", "canceled", "cancel", "cancellation", "void", "voided", "取消", "已取消"})
NOT_CANCELLED_WORDS = frozenset({"", "0", "0.0", "false", "f", "no", "n", "none", "null", "nan", "nat", "否"})


@dataclass(frozen=True, slots=True)
class Convention:
    """How one shop system writes its orders.

    Parameters
    ----------
    columns
        Role -> names under which its column goes; one of them is expected.
    needed
        Roles without which the file is not what the preset says it is.
    cancelled_prefix
        Order numbers that begin so are cancellation documents; empty: there are none.
    order_fields_once
        Only the first row of an order carries what belongs to the order (time, state); the others inherit it.
    one_row_per_order
        A repeated order number is a mistake, not a further line.
    """

    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...] = NEEDED
    cancelled_prefix: str = ""
    order_fields_once: bool = False
    one_row_per_order: bool = False


PRESETS: dict[str, Convention] = {
    "generic": Convention({role: (role,) for role in ROLES} | {"units": ("units", "quantity")}),
    # Shopify admin, Orders > Export: one row per line, order-level cells filled on the first row of an order
    "shopify": Convention(
        {
            "order_id": ("Name",),
            "placed": ("Created at",),
            "units": ("Lineitem quantity",),
            "sku": ("Lineitem sku",),
            "price": ("Lineitem price",),
            "status": ("Financial Status",),
            "cancelled": ("Cancelled at",),
        },
        needed=("order_id", "placed", "units"),
        order_fields_once=True,
    ),
    # UCI Online Retail (Chen 2015) and Online Retail II: invoices that begin with C are cancellations
    "online_retail": Convention(
        {
            "order_id": ("InvoiceNo", "Invoice"),
            "placed": ("InvoiceDate",),
            "units": ("Quantity",),
            "sku": ("StockCode",),
            "price": ("UnitPrice", "Price"),
        },
        needed=("order_id", "placed", "units"),
        cancelled_prefix="C",
    ),
    # Olist's orders table: one row per order, without its size
    "olist": Convention(
        {
            "order_id": ("order_id",),
            "placed": ("order_purchase_timestamp",),
            "status": ("order_status",),
        },
        one_row_per_order=True,
    ),
}


def _find(names: Sequence[str], available: Sequence[str]) -> list[int]:
    """Positions of the columns that go by one of the names."""
    exact = [index for index, column in enumerate(available) if column in names]
    if exact:
        return exact
    loose = {name.strip().casefold() for name in names}
    return [index for index, column in enumerate(available) if column.strip().casefold() in loose]


def _shown(available: Sequence[str]) -> str:
    more = f" and {len(available) - 30} more" if len(available) > 30 else ""
    return ", ".join(repr(name[:40]) for name in available[:30]) + more


def _better_preset(preset: str, available: Sequence[str]) -> str:
    fits = [
        name
        for name, convention in PRESETS.items()
        if name != preset and all(_find(convention.columns[role], available) for role in convention.needed)
    ]
    return f"; the file looks like demand.preset={fits[0]}" if fits else ""


def _mapped_roles(mapped: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The user's mapping with synonyms resolved; unknown and doubled roles go to `problems`."""
    roles: dict[str, str] = {}
    for key, column in mapped.items():
        role = SYNONYMS.get(key, key)
        place = f"demand.columns.{key}"
        if role not in ROLES:
            valid = [*ROLES, *SYNONYMS]
            hint = nearest(key, valid)
            problems.append(Problem(place, repr(column), f"no such role{hint}; roles are {', '.join(valid)}"))
        elif role in roles:
            problems.append(Problem(place, repr(column), f"{' and '.join(sorted({key, role}))} are one role: give one"))
        else:
            roles[role] = column
    return roles


def choose_columns(preset: str, mapped: Mapping[str, str], available: Sequence[str], file_name: str) -> dict[str, int]:
    """Which column of the file plays which role.

    Parameters
    ----------
    preset
        Name in :data:`PRESETS`.
    mapped
        Role -> the file's column, as in `demand.columns`.
    available
        The file's columns, in order.
    file_name
        Short name for messages.

    Returns
    -------
    Role -> position in `available`; roles that the file doesn't have are absent.

    Raises
    ------
    InputError
        Unknown roles, columns that aren't there or are there twice, needed roles without a column: all at once.
    """
    convention = PRESETS[preset]
    problems: list[Problem] = []
    own = _mapped_roles(mapped, problems)
    chosen: dict[str, int] = {}
    for role in ROLES:
        names = (own[role],) if role in own else convention.columns.get(role, ())
        found = _find(names, available) if names and names[0] else []
        place = f"demand.columns.{role}"
        if len(found) > 1:
            which = " and ".join(repr(available[index]) for index in found)
            problems.append(Problem(place, which, f"{file_name} has both; name the one to read, and name it once"))
        elif found:
            chosen[role] = found[0]
        elif own.get(role):
            hint = nearest(own[role], available)
            remedy = f"{file_name} has no such column{hint}; its columns are {_shown(available)}"
            problems.append(Problem(place, repr(own[role]), remedy))
        elif role in convention.needed:
            problems.append(_missing(role, names, preset, available, file_name))
    if problems:
        raise InputError(problems, f"the columns of {file_name} can't be used")
    return chosen


def _missing(role: str, names: Sequence[str], preset: str, available: Sequence[str], file_name: str) -> Problem:
    wanted = " or ".join(repr(name) for name in names if name) or repr(role)
    hint = nearest(names[0], available) if names else ""
    remedy = (
        f"{file_name} has no column {wanted}{hint}{_better_preset(preset, available)}; "
        f"say which column it is with demand.columns.{role}; the file's columns are {_shown(available)}"
    )
    return Problem(f"demand.columns.{role}", "", remedy)
