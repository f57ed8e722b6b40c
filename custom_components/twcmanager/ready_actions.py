"""The actions about being ready just this once: ready by, and no longer."""

from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from . import clock
from .charging.need import Once, Target
from .charging.plan import HORIZON_S
from .const import DOMAIN
from .targets import UNITS_FIELD, units_meant

_AT: Final = "at"
_ENERGY: Final = "energy"
_SOC: Final = "soc"
_RANGE: Final = "range"

_READY_BY: Final = probatio.Schema(
    {
        **UNITS_FIELD,
        probatio.Required(_AT): cv.datetime,
        # Without any, what is set for every day.
        probatio.Optional(_ENERGY): probatio.All(
            cv.positive_float, probatio.Range(min=0.1, max=1000)
        ),
        probatio.Optional(_SOC): probatio.All(
            cv.positive_float, probatio.Range(min=1, max=100)
        ),
        probatio.Optional(_RANGE): probatio.All(
            cv.positive_float, probatio.Range(min=1, max=2000)
        ),
    }
)


@callback
def async_setup_ready_by(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(DOMAIN, "ready_by", _ready_by, _READY_BY)
    hass.services.async_register(
        DOMAIN, "cancel_ready_by", _cancel_ready_by, probatio.Schema(UNITS_FIELD)
    )


@callback
def _ready_by(call: ServiceCall) -> None:
    """Let cars be ready just this once."""
    said = call.data
    ready_at = _time(said[_AT])
    for coordinator, identity in units_meant(call):
        target = coordinator.units[identity].settings.target
        if said.keys() & {_ENERGY, _SOC, _RANGE}:
            target = Target(
                energy_kwh=said.get(_ENERGY, target.energy_kwh),
                soc=said.get(_SOC),
                range_km=said.get(_RANGE),
            )
        coordinator.settings.ready_once(
            identity, Once(ready_at=ready_at, target=target)
        )


def _time(value: datetime) -> float:
    """Return a time that can be planned for."""
    ready_at = clock.seconds_of(value)
    now = clock.calendar_s()
    if ready_at <= now:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="departure_over",
            translation_placeholders={"at": str(value)},
        )
    if ready_at > now + HORIZON_S:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="departure_too_far",
            translation_placeholders={"at": str(value)},
        )
    return ready_at


@callback
def _cancel_ready_by(call: ServiceCall) -> None:
    """Go back to what is usual."""
    for coordinator, identity in units_meant(call):
        coordinator.settings.ready_once(identity, None)
