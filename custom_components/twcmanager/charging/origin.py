"""Where the cars' energy comes from, and what it costs, at one moment."""

from dataclasses import dataclass

from .model import GridReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a kWh costs and earns; None where nobody knows."""

    import_price: float | None = None
    export_price: float | None = None
    currency: str | None = None
    """What these are in; None if neither is known."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which shares of what the cars draw are sun and battery; the rest is imported."""

    solar: float
    battery: float


def origin(
    cars_w: float, grid: GridReading | None, now: float, *, meter_sees_cars: bool
) -> Origin | None:
    """Return where the power of all cars comes from, None if nothing tells.

    The cars come last: what is imported is on their account, as it would not be without them,
    then what the battery gives. What is left is sun. Each car has its part of all three.
    """
    if grid is None or not grid.counts(now) or cars_w <= 0:
        return None
    import_w = grid.power_w if meter_sees_cars else grid.power_w + cars_w
    imported_w = min(cars_w, max(0.0, import_w))
    discharged_w = min(cars_w - imported_w, max(0.0, grid.battery_w))
    return Origin(
        solar=(cars_w - imported_w - discharged_w) / cars_w,
        battery=discharged_w / cars_w,
    )
