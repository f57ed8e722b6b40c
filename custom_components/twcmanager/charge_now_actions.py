"""The actions about charging just this once: charge now, and no longer."""

from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from . import clock
from .charging.charge_now import ChargeNow
from .const import DOMAIN, LARGEST_LIMIT_A, MINIMUM_LIMIT_A
from .sources.values import Problem, Quantity, value_of
from .targets import UNITS_FIELD, units_meant

_AMPS: Final = "amps"
_DURATION: Final = "duration"
_ENERGY: Final = "energy"
_SOC: Final = "soc"
_SOC_ENTITY: Final = "soc_entity"
_RAISE_LIMIT: Final = "raise_limit"

# More than any battery holds.
_MOST_KWH: Final = 1000
_CHARGE_NOW: Final = probatio.Schema(
    {
        **UNITS_FIELD,
        probatio.Optional(_AMPS): probatio.All(
            cv.positive_float,
            probatio.Range(min=MINIMUM_LIMIT_A, max=LARGEST_LIMIT_A),
        ),
        probatio.Optional(_DURATION): probatio.All(
            cv.positive_time_period,
            probatio.Range(min=timedelta(seconds=1), max=timedelta(days=30)),
        ),
        probatio.Optional(_ENERGY): probatio.All(
            cv.positive_float, probatio.Range(min=0.01, max=_MOST_KWH)
        ),
        probatio.Optional(_SOC): probatio.All(
            cv.positive_float, probatio.Range(min=1, max=100)
        ),
        probatio.Optional(_SOC_ENTITY): cv.entity_id,
        probatio.Optional(_RAISE_LIMIT, default=False): cv.boolean,
    }
)


@callback
def async_setup_charge_now(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(DOMAIN, "charge_now", _charge_now, _CHARGE_NOW)
    hass.services.async_register(
        DOMAIN, "cancel_charge_now", _cancel_charge_now, probatio.Schema(UNITS_FIELD)
    )


@callback
def _charge_now(call: ServiceCall) -> None:
    """Let cars charge just this once."""
    said = call.data
    if said[_RAISE_LIMIT] and _SOC not in said:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="raise_limit_without_soc"
        )
    # Both or none, said in words that do not need the schema beside them.
    if (_SOC in said) is not (_SOC_ENTITY in said):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="soc_incomplete"
        )
    if _SOC_ENTITY in said:
        _check_soc_entity(call.hass, said[_SOC_ENTITY])
    duration: timedelta | None = said.get(_DURATION)
    charge_now = ChargeNow(
        at_most_a=said.get(_AMPS),
        ends_at=None
        if duration is None
        else clock.calendar_s() + duration.total_seconds(),
        energy_kwh=said.get(_ENERGY),
        soc=said.get(_SOC),
        soc_entity=said.get(_SOC_ENTITY),
        raises_limit=said[_RAISE_LIMIT],
    )
    for coordinator, identity in units_meant(call):
        coordinator.settings.charge_now(identity, charge_now)


def _check_soc_entity(hass: HomeAssistant, entity_id: str) -> None:
    """Refuse to wait for an entity that will never tell how full a car is."""
    soc = value_of(hass.states.get(entity_id), Quantity.CHARGE)
    # A car that sleeps tells nothing at present, but will.
    if isinstance(soc, Problem) and soc is not Problem.UNAVAILABLE:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_state_of_charge",
            translation_placeholders={"entity": entity_id},
        )


@callback
def _cancel_charge_now(call: ServiceCall) -> None:
    """Go back to what counts without it."""
    for coordinator, identity in units_meant(call):
        coordinator.settings.charge_now(identity, None)
