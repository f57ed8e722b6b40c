"""The sensors of a bus: what the cars draw together, what there is for them, how the line is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from .entity import TwcEntityDescription
from .snapshot import HomeSnapshot, Snapshot


@dataclass(frozen=True, kw_only=True)
class TwcBusSensorDescription(TwcEntityDescription, SensorEntityDescription):
    """A sensor of the bus."""

    value_fn: Callable[[Snapshot], StateType]
    needs_line: bool = False
    """Whether it means nothing while the port is lost."""


def _health(key: str, value_fn: Callable[[Snapshot], int]) -> TwcBusSensorDescription:
    """Return the description of a counter of the bus' health."""
    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        interval_s=60,
        value_fn=value_fn,
    )


def _answer_time(
    key: str, value_fn: Callable[[Snapshot], float]
) -> TwcBusSensorDescription:
    """Return the description of how fast units answer."""
    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        dead_band=1,
        interval_s=60,
        value_fn=lambda data: round(value_fn(data) * 1000, 1),
    )


BUS_SENSORS: Final = (
    TwcBusSensorDescription(
        key="total_current",
        translation_key="total_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        # Whatever any of the cars does shows here, too.
        dead_band=0.5,
        interval_s=10,
        needs_line=True,
        value_fn=lambda data: round(data.total_current_a, 2),
    ),
    TwcBusSensorDescription(
        key="surplus",
        translation_key="surplus",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        dead_band=50,
        interval_s=10,
        value_fn=lambda data: None if data.surplus_w is None else round(data.surplus_w),
    ),
    TwcBusSensorDescription(
        key="cars_charging",
        translation_key="cars_charging",
        state_class=SensorStateClass.MEASUREMENT,
        needs_line=True,
        value_fn=lambda data: data.cars_charging,
    ),
    TwcBusSensorDescription(
        key="meter_delay",
        translation_key="meter_delay",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        dead_band=1,
        interval_s=60,
        value_fn=lambda data: data.meter_delay_s,
    ),
    _health("frames", lambda data: data.health.frames),
    _health("checksum_errors", lambda data: data.health.checksum_errors),
    _health("noise_bytes", lambda data: data.health.noise_bytes),
    _health("timeouts", lambda data: data.health.timeouts),
    _health("echoes", lambda data: data.health.echoes),
    _health("reconnects", lambda data: data.reconnects),
    _answer_time("answer_time", lambda data: data.health.answer_mean_s),
    _answer_time("answer_time_worst", lambda data: data.health.answer_worst_s),
)


def _fuse_room(line: int) -> Callable[[Snapshot], StateType]:
    def value(data: Snapshot) -> StateType:
        room_a = data.fuse_room_a
        return round(room_a[line], 1) if room_a and line < len(room_a) else None

    return value


FUSE_SENSORS: Final = tuple(
    TwcBusSensorDescription(
        key=f"main_fuse_room_l{line + 1}",
        translation_key="main_fuse_room",
        translation_placeholders={"line": f"L{line + 1}"},
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        dead_band=0.5,
        interval_s=10,
        value_fn=_fuse_room(line),
    )
    for line in range(3)
)


def _home_power(
    key: str,
    value_fn: Callable[[HomeSnapshot], float | None],
    *,
    dead_band: float = 0.0,
    interval_s: float = 0.0,
) -> TwcBusSensorDescription:
    """Return the description of one of the simulated home's power meters."""

    def value(data: Snapshot) -> StateType:
        power_w = value_fn(data.home) if data.home else None
        return None if power_w is None else round(power_w)

    return TwcBusSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        dead_band=dead_band,
        interval_s=interval_s,
        value_fn=value,
    )


HOME_SENSORS: Final = (
    # Decisions are made from this one: always as fresh as its meter.
    _home_power("grid_power", lambda home: home.grid_w),
    _home_power("solar_power", lambda home: home.solar_w, dead_band=20, interval_s=5),
    _home_power("house_power", lambda home: home.house_w, dead_band=20, interval_s=5),
)
