"""What rows of the program TWCManager's logs mean. Whatever has none is None."""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite
import re
from typing import Any, Final

from . import clock
from .charging.counter_history import Reading
from .charging.history import Flow, Logged
from .history_tables import Row

# Nobody logged anything before there were Wall Connectors; clocks that were not set did.
_EARLIEST_S: Final = 1_300_000_000.0
_TWC: Final = re.compile(r"(?:0x)?([0-9a-f]{1,4})", re.IGNORECASE)


def sessions_of(rows: Iterable[Row], *, now_s: float) -> list[Logged]:
    """Return the rows of charge_sessions."""
    return [
        Logged(
            unit=twc_id(row["slavetwc"]),
            began_at=_time_s(row["starttime"], now_s),
            ended_at=_time_s(row["endtime"], now_s),
            has_end=row["endtime"] not in {None, ""},
            before_kwh=_number(row["startkwh"]),
            after_kwh=_number(row["endkwh"]),
            vin=str(row.get("vehiclevin") or "").strip().upper() or None,
        )
        for row in rows
    ]


def flows_of(rows: Iterable[Row], *, with_cars: bool, now_s: float) -> list[Flow]:
    """Return the rows of green_energy, oldest first.

    ``with_cars`` tells whether what was logged as consumption is that of the cars, too.
    """
    flows = []
    for row in rows:
        at = _time_s(row["time"], now_s)
        solar_w, home_w, cars_w = (
            _number(row[each]) for each in ("genw", "conw", "chgw")
        )
        if None in {at, solar_w, home_w, cars_w}:
            continue
        assert at is not None
        assert solar_w is not None
        assert home_w is not None
        assert cars_w is not None
        home_w -= cars_w if with_cars else 0.0
        flows.append(Flow(at, solar_w, home_w, cars_w))
    return sorted(flows, key=lambda flow: flow.at)


def readings_of(rows: Iterable[Row], *, now_s: float) -> dict[str, list[Reading]]:
    """Return the counters in rows of slave_status, by the ids of the Wall Connectors."""
    readings: dict[str, list[Reading]] = {}
    for row in rows:
        at, kwh = _time_s(row["time"], now_s), _number(row["kwh"])
        if at is not None and kwh is not None:
            readings.setdefault(twc_id(row["slavetwc"]), []).append(Reading(at, kwh))
    return readings


def twc_id(value: Any) -> str:
    """Return the id of a Wall Connector as four hex digits, whatever is none as it is."""
    if isinstance(value, bytes):
        value = value.hex() if len(value) == 2 else value.decode(errors="replace")
    if isinstance(value, int):
        value = f"{value:04X}"
    text = str(value or "").strip()
    found = _TWC.fullmatch(text)
    return found[1].upper().zfill(4) if found else text


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except TypeError, ValueError:
        return None
    return number if isfinite(number) else None


def _time_s(value: Any, now_s: float) -> float | None:
    """Return a time in s since 1970; without a zone it is of this place."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = _number(value)
    if isinstance(value, datetime):
        value = clock.seconds_of(value)
    time_s = _number(value)
    return time_s if time_s is not None and _EARLIEST_S <= time_s <= now_s else None
