"""Plans as people see them: the same in a sensor's attributes and in an action's answer."""

from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from .charging.plan import SLOT_S
from .const import DOMAIN
from .departures import Departure
from .targets import units_of

# What is there to be drawn, not to be kept.
PLAN_ATTRIBUTES: Final = frozenset(
    {
        "departure",
        "ready_at",
        "state_of_charge",
        "energy_needed",
        "energy_missing",
        "based_on",
        "prices_until",
        "slots",
        "solar_forecast",
    }
)
_GET_PLAN: Final = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): probatio.All(
            probatio.EnsureList(), [cv.string]
        )
    }
)


def planned_start(departure: Departure | None) -> float | None:
    """Return when a car starts to charge by its plan, None if it does not."""
    if departure is None or not departure.need_kwh or not departure.plan.slots:
        return None
    return _quarter(departure.plan.slots[0].start)


def plan_news(departure: Departure | None) -> object:
    """Return what of a plan is worth telling as soon as it is another."""
    if departure is None:
        return None
    missing = departure.plan.missing_kwh > 0
    return departure.says, departure.ready_at, missing, departure.prices_until


def plan_as_told(departure: Departure) -> dict[str, Any]:
    """Return a plan in words and numbers that can be drawn."""
    slots: list[dict[str, Any]] = []
    for each in departure.plan.slots if departure.need_kwh else ():
        start, end = _told(_quarter(each.start)), _told(each.end)
        currents = {"current": round(each.amps, 1), "solar": round(each.sun_a, 1)}
        last = slots[-1] if slots else {}
        if last == {"start": last.get("start"), "end": start, **currents}:
            last["end"] = end
        else:
            slots.append({"start": start, "end": end, **currents})
    ready_at, soc = departure.ready_at, departure.soc
    prices_until = departure.prices_until
    return {
        "departure": departure.says,
        "ready_at": None if ready_at is None else _told(ready_at),
        "state_of_charge": None if soc is None else round(soc, 1),
        "energy_needed": round(departure.need_kwh, 2),
        "energy_missing": round(departure.plan.missing_kwh, 2),
        "based_on": "latest_start" if prices_until is None else "prices",
        "prices_until": None if prices_until is None else _told(prices_until),
        "solar_forecast": departure.knows_sun,
        "slots": slots,
    }


def _quarter(at: float) -> float:
    """Return the quarter of the hour that has begun: not every minute is news."""
    return at - at % SLOT_S


def _told(at: float) -> str:
    return dt_util.as_local(dt_util.utc_from_timestamp(at)).isoformat()


@callback
def async_setup_get_plan(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        "get_plan",
        _get_plan,
        _GET_PLAN,
        supports_response=SupportsResponse.ONLY,
    )


@callback
def _get_plan(call: ServiceCall) -> ServiceResponse:
    """Return the plans of cars that have to be ready."""
    plans: dict[str, Any] = {}
    for device_id in call.data[ATTR_DEVICE_ID]:
        coordinator, identities = units_of(call.hass, device_id)
        for identity in identities:
            departure = coordinator.departures[identity]
            if departure is not None:
                told = plan_as_told(departure)
                plans[coordinator.units[identity].wired_as] = told
    return {"plans": plans}
