"""The part of the options flow about prices, and for how long sessions are kept."""

import math
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import probatio

from .const import CONF_KEEP_DAYS, CONF_PRICES, CONF_PRICES_AHEAD
from .forms import Errors, Fields
from .price_list import PriceList
from .prices import PriceProblem, price_of

_IMPORT_ENTITY: Final = "import_entity"
_IMPORT: Final = "import_price"
_EXPORT_ENTITY: Final = "export_entity"
_EXPORT: Final = "export_price"
_MOST_DAYS: Final = 36_500


_PRICE_ENTITY: Final = EntitySelector(
    EntitySelectorConfig(domain=["sensor", "input_number", "number"])
)


def _fields(currency: str) -> Fields:
    price = NumberSelector(
        NumberSelectorConfig(
            mode=NumberSelectorMode.BOX,
            step="any",
            unit_of_measurement=f"{currency}/kWh",
        )
    )
    return {
        probatio.Optional(_IMPORT_ENTITY): _PRICE_ENTITY,
        # Some tell the rates of a day with an event.
        probatio.Optional(CONF_PRICES_AHEAD): EntitySelector(
            EntitySelectorConfig(
                filter=EntityWithDeviceFilterSelectorConfig(domain=["sensor", "event"]),
                multiple=True,
            )
        ),
        probatio.Optional(_IMPORT): price,
        probatio.Optional(_EXPORT_ENTITY): _PRICE_ENTITY,
        probatio.Optional(_EXPORT): price,
        probatio.Optional(CONF_KEEP_DAYS): NumberSelector(
            NumberSelectorConfig(
                mode=NumberSelectorMode.BOX,
                min=1,
                max=_MOST_DAYS,
                unit_of_measurement=UnitOfTime.DAYS,
            )
        ),
    }


class PriceSteps(OptionsFlowWithReload):
    """Asks what a kWh costs and earns. All of it may be left out."""

    async def async_step_prices(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for prices."""
        errors: Errors = {}
        options = dict(self.config_entry.options)
        if user_input is not None:
            prices, errors = _typed(self.hass, user_input)
            ahead, ahead_error = _ahead(self.hass, user_input)
            if ahead_error:
                errors[CONF_PRICES_AHEAD] = ahead_error
            if not errors:
                changed = {
                    CONF_PRICES: prices,
                    CONF_PRICES_AHEAD: ahead,
                    CONF_KEEP_DAYS: user_input.get(CONF_KEEP_DAYS),
                }
                given = {key: value for key, value in changed.items() if value}
                rest = {k: v for k, v in options.items() if k not in changed}
                return self.async_create_entry(data=rest | given)
        typed = user_input or {
            CONF_KEEP_DAYS: options.get(CONF_KEEP_DAYS),
            CONF_PRICES_AHEAD: options.get(CONF_PRICES_AHEAD),
            **options.get(CONF_PRICES, {}),
        }
        schema = probatio.Schema(_fields(self.hass.config.currency))
        return self.async_show_form(
            step_id="prices",
            data_schema=self.add_suggested_values_to_schema(schema, typed),
            errors=errors,
            description_placeholders={"currency": self.hass.config.currency},
        )


def _typed(
    hass: HomeAssistant, typed: dict[str, Any]
) -> tuple[dict[str, Any] | None, Errors]:
    """Return the prices that a filled-in form amounts to, none if all is left out."""
    keys = _IMPORT_ENTITY, _IMPORT, _EXPORT_ENTITY, _EXPORT
    prices = {key: typed.get(key) for key in keys}
    for key in _IMPORT, _EXPORT:
        if prices[key] is not None and not math.isfinite(prices[key] or 0.0):
            return None, {key: "not_a_number"}
    for key in _IMPORT_ENTITY, _EXPORT_ENTITY:
        if not typed.get(key):
            continue
        # Its id may have been typed, or that of its registration.
        entity_id = er.async_resolve_entity_id(er.async_get(hass), typed[key])
        state = hass.states.get(entity_id) if entity_id else None
        if state is None:
            return None, {key: "entity_not_found"}
        if price_of(state, hass.config.currency) is PriceProblem.NO_PRICE:
            return None, {key: "no_price"}
        prices[key] = entity_id
    return prices if any(v is not None for v in prices.values()) else None, {}


def _ahead(hass: HomeAssistant, typed: dict[str, Any]) -> tuple[list[str], str | None]:
    """Return who tells prices of the next hours, and what is wrong if one does not."""
    entities: list[str] = []
    for each in typed.get(CONF_PRICES_AHEAD, []):
        entity_id = er.async_resolve_entity_id(er.async_get(hass), each)
        if entity_id is None or hass.states.get(entity_id) is None:
            return [], "entity_not_found"
        entities.append(entity_id)
    known = PriceList(hass, {CONF_PRICES_AHEAD: entities})
    if known.foreign:
        return entities, "other_currency"
    # Those of tomorrow have nothing to tell in the morning.
    return entities, "no_prices" if entities and not known.prices else None
