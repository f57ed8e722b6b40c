"""A home full of sensors, as real states in Home Assistant."""

from collections.abc import Mapping
import time
from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.sources import HomeSources

type Value = str | float


class House:
    """Sensors, sources that follow them, and every reading that came of it."""

    def __init__(self, hass: HomeAssistant, **options: Any) -> None:
        """Prepare; ``options`` are those of the entry."""
        self.hass = hass
        self.sources = HomeSources(hass, options, on_reading=self._read, phases=3)
        self.readings: list[GridReading | None] = []
        self.stop: CALLBACK_TYPE = self._not_started

    def _read(self) -> None:
        self.readings.append(self.sources.grid)

    @staticmethod
    def _not_started() -> None:
        raise AssertionError("It was never started")

    def start(self) -> None:
        """Begin to follow the sensors."""
        self.stop = self.sources.start()

    def report(
        self, states: Mapping[str, Value], unit: str = "W", *, ago_s: float = 0.0
    ) -> None:
        """Let some sensors report, one right after the other."""
        for name, value in states.items():
            self.hass.states.async_set(
                entity_id(name),
                str(value),
                {ATTR_UNIT_OF_MEASUREMENT: unit},
                timestamp=time.time() - ago_s,
            )

    @property
    def reading(self) -> GridReading:
        """Return the latest reading."""
        reading = self.sources.grid
        assert reading is not None
        return reading

    @property
    def powers_w(self) -> list[float]:
        """Return the grid power of every reading."""
        return [round(each.power_w) for each in self.readings if each]


def entity_id(name: str) -> str:
    """Return the entity of a name, which is a sensor's unless it says so."""
    return name if "." in name else f"sensor.{name}"


def signed(*names: str, inverted: bool = False) -> dict[str, Any]:
    """Return options of signed sensors of the grid, or of the battery."""
    entities = [entity_id(each) for each in names]
    return {"kind": "signed", "entities": entities, "inverted": inverted}


def split(imports: str, exports: str) -> dict[str, Any]:
    """Return options of a pair of sensors of the grid."""
    return {
        "kind": "split",
        "import": [entity_id(imports)],
        "export": [entity_id(exports)],
    }


def balance(consumption: str | None, *solar: str, **options: Any) -> dict[str, Any]:
    """Return options of a grid that is what consumption and production leave."""
    return {
        "kind": "balance",
        "consumption": [entity_id(consumption)] if consumption else [],
        "solar": [entity_id(each) for each in solar],
        **options,
    }
