"""A session in figures, as actions, events and files show it."""

from collections.abc import Iterable
import csv
from datetime import datetime
import io
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from .charging.session import Session

COLUMNS: Final = (
    "wall_connector",
    "unit",
    "vehicle",
    "vin",
    "start",
    "end",
    "duration_min",
    "charging_min",
    "energy_kwh",
    "solar_kwh",
    "battery_kwh",
    "import_kwh",
    "unmeasured_kwh",
    "solar_percent",
    "cost",
    "currency",
    "import_price",
    "unpriced_kwh",
    "highest_current_a",
    "mean_current_a",
    "contactor_closed",
    "contactor_opened",
    "limited_by",
    "imported",
)


def figures(session: Session, entry: ConfigEntry) -> dict[str, Any]:
    """Return a session in figures: energies in kWh, times in minutes and of this place.

    The entry knows the names of the vehicles.
    """
    share = session.solar_share
    vehicle = entry.subentries.get(session.vehicle or "")
    return {
        "unit": session.unit,
        "vehicle": vehicle.title if vehicle else session.vehicle,
        "vin": session.vin,
        "start": local_time(session.began_at),
        "end": None if session.ended_at is None else local_time(session.ended_at),
        "duration_min": round(session.duration_s / 60, 1),
        "charging_min": round(session.drawing_s / 60, 1),
        "energy_kwh": round(session.energy_kwh, 3),
        "solar_kwh": round(session.solar_kwh, 3),
        "battery_kwh": round(session.battery_kwh, 3),
        "import_kwh": round(session.import_kwh, 3),
        "unmeasured_kwh": round(session.unmeasured_kwh, 3),
        "solar_percent": None if share is None else round(share * 100, 1),
        "cost": _rounded(session.cost, 4),
        "currency": session.currency,
        "import_price": _rounded(session.import_price, 5),
        "unpriced_kwh": round(session.unpriced_kwh, 3),
        "highest_current_a": round(session.highest_a, 2),
        "mean_current_a": _rounded(session.mean_a, 2),
        "contactor_closed": session.starts,
        "contactor_opened": session.stops,
        "limited_by": session.limited_by,
        "imported": session.imported,
    }


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Return sessions as a file for spreadsheets: a line with the columns, then one for each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def local_time(at: float) -> str:
    """Return a time as people read it, with the zone of this place."""
    local: datetime = dt_util.as_local(dt_util.utc_from_timestamp(at))
    return local.isoformat(timespec="seconds")


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
