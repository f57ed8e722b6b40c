"""The sensors about sessions: the one that goes on, or else the last; the last; and all."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfEnergy, UnitOfTime
from homeassistant.helpers.typing import StateType

from .charging.session import Session
from .snapshot import UnitSnapshot
from .unit_sensors import TwcUnitSensorDescription


def _share(session: Session) -> float | None:
    share = session.solar_share
    return None if share is None else round(share * 100)


def _cost(session: Session) -> float | None:
    cost = session.cost
    return None if cost is None else round(cost, 2)


def _minutes(session: Session) -> int:
    return int(session.duration_s // 60)


def _current(
    value_fn: Callable[[Session], StateType],
) -> Callable[[UnitSnapshot], StateType]:
    """Return what is asked of the session that goes on, or else of the last one."""

    def value(unit: UnitSnapshot) -> StateType:
        session = unit.charged.session
        return value_fn(session) if session else None

    return value


def _last(
    value_fn: Callable[[Session], StateType],
) -> Callable[[UnitSnapshot], StateType]:
    """Return what is asked of the last session that has ended."""

    def value(unit: UnitSnapshot) -> StateType:
        session = unit.charged.last
        return value_fn(session) if session else None

    return value


# A figure that is replaced as a whole is none to add up: most have no state class. What has one
# is shown as often as it is kept, which is at most once a minute.
_ENERGY: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 2,
}
_SHARE: Final[dict[str, Any]] = {
    "native_unit_of_measurement": PERCENTAGE,
    "suggested_display_precision": 0,
}
# Their unit is that of the home.
_COST: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.MONETARY,
    "suggested_display_precision": 2,
}
_DURATION: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.MINUTES,
    "suggested_display_precision": 0,
}

SESSION_SENSORS: Final = (
    TwcUnitSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        **_ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda unit: round(unit.charged.kept_session_kwh, 3),
    ),
    TwcUnitSensorDescription(
        key="session_solar_share",
        translation_key="session_solar_share",
        **_SHARE,
        interval_s=60,
        value_fn=_current(_share),
    ),
    TwcUnitSensorDescription(
        key="session_cost",
        translation_key="session_cost",
        **_COST,
        interval_s=60,
        value_fn=_current(_cost),
    ),
    TwcUnitSensorDescription(
        key="session_duration",
        translation_key="session_duration",
        **_DURATION,
        # Without a dead band, so that in the end it is right.
        interval_s=300,
        value_fn=_current(_minutes),
    ),
    TwcUnitSensorDescription(
        key="last_session_energy",
        translation_key="last_session_energy",
        **_ENERGY,
        entity_registry_enabled_default=False,
        value_fn=_last(lambda session: round(session.energy_kwh, 3)),
    ),
    TwcUnitSensorDescription(
        key="last_session_solar_share",
        translation_key="last_session_solar_share",
        **_SHARE,
        entity_registry_enabled_default=False,
        value_fn=_last(_share),
    ),
    TwcUnitSensorDescription(
        key="last_session_cost",
        translation_key="last_session_cost",
        **_COST,
        entity_registry_enabled_default=False,
        value_fn=_last(_cost),
    ),
    TwcUnitSensorDescription(
        key="last_session_duration",
        translation_key="last_session_duration",
        **_DURATION,
        entity_registry_enabled_default=False,
        value_fn=_last(_minutes),
    ),
    TwcUnitSensorDescription(
        key="solar_energy",
        translation_key="solar_energy",
        **_ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda unit: round(unit.charged.kept_solar_kwh, 3),
    ),
    TwcUnitSensorDescription(
        key="contactor_cycles",
        translation_key="contactor_cycles",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda unit: unit.charged.kept_contactor_cycles,
    ),
)
