"""The forms about sensors of power: their fields, and what may be typed into them."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfPower, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util.unit_conversion import PowerConverter
import probatio

from .const import DOMAIN
from .detection import Sources, entities_of, sources
from .forms import Errors, Fields
from .sources.values import Problem, Quantity, value_of

# --- fields ---------------------------------------------------------------------------

_POWER_UNITS: Final = sorted(str(unit) for unit in PowerConverter.VALID_UNITS)

_POWERS: Final = EntitySelector(
    EntitySelectorConfig(
        multiple=True,
        filter=[
            EntityWithDeviceFilterSelectorConfig(
                domain=SENSOR_DOMAIN, device_class=SensorDeviceClass.POWER
            ),
            EntityWithDeviceFilterSelectorConfig(
                domain=SENSOR_DOMAIN, unit_of_measurement=_POWER_UNITS
            ),
        ],
    )
)
_PERCENT: Final = EntitySelector(
    EntitySelectorConfig(
        filter=EntityWithDeviceFilterSelectorConfig(
            domain=SENSOR_DOMAIN, device_class=SensorDeviceClass.BATTERY
        )
    )
)
_SECONDS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        min=10,
        max=3600,
        step="any",
        unit_of_measurement=UnitOfTime.SECONDS,
    )
)
_WATTS: Final = NumberSelector(
    NumberSelectorConfig(
        mode=NumberSelectorMode.BOX,
        min=0,
        max=100_000,
        step="any",
        unit_of_measurement=UnitOfPower.WATT,
    )
)

SOURCE: Final = "source"
BY_HAND: Final = "by_hand"
NO_SOURCE: Final = "none"


def source_field(labels: Mapping[str, str], preset: str) -> probatio.Schema:
    """Return the field in which one of the proposals is chosen, or none of them."""
    options = [
        SelectOptionDict(value=value, label=label) for value, label in labels.items()
    ]
    # These have labels of their own in everybody's language.
    options += [
        SelectOptionDict(value=each, label=each) for each in (BY_HAND, NO_SOURCE)
    ]
    return probatio.Schema(
        {
            probatio.Required(SOURCE, default=preset): SelectSelector(
                SelectSelectorConfig(
                    options=options,
                    mode=SelectSelectorMode.LIST,
                    translation_key=SOURCE,
                )
            )
        }
    )


# By the kind of grid power they ask for.
_GRID_FIELDS: Final[dict[str, Fields]] = {
    "signed": {
        probatio.Required("entities"): _POWERS,
        probatio.Required("inverted", default=False): BooleanSelector(),
    },
    "split": {
        probatio.Required("import"): _POWERS,
        probatio.Required("export"): _POWERS,
    },
    "balance": {
        probatio.Optional("consumption"): _POWERS,
        probatio.Required("solar"): _POWERS,
        probatio.Optional("consumption_offset_w"): _WATTS,
    },
}
GRID_SCHEMAS: Final = {
    kind: probatio.Schema(fields) for kind, fields in _GRID_FIELDS.items()
}
_GRID_ENTITIES: Final = "entities", "import", "export", "consumption", "solar"

_HOME_FIELDS: Final[Fields] = {
    probatio.Optional("battery"): _POWERS,
    probatio.Required("battery_inverted", default=False): BooleanSelector(),
    probatio.Optional("battery_discharge"): _POWERS,
    probatio.Optional("battery_charge"): _POWERS,
    probatio.Optional("battery_soc"): _PERCENT,
    probatio.Optional("solar"): _POWERS,
    probatio.Required("meter_sees_cars", default=True): BooleanSelector(),
    probatio.Optional("refresh_every_s"): _SECONDS,
}


def home_schema(grid: Mapping[str, Any]) -> probatio.Schema:
    """Return the fields for the rest of the home, less what the grid's have told."""
    told = set()
    if grid["kind"] == "balance":
        told.add("solar")
        if not grid["consumption"]:
            told.add("meter_sees_cars")
    return probatio.Schema(
        {
            field: kind
            for field, kind in _HOME_FIELDS.items()
            if field.schema not in told
        }
    )


# --- what was typed -------------------------------------------------------------------


class Typed:
    """What was typed into a form, with the entities' own names and what is wrong with them."""

    def __init__(
        self,
        hass: HomeAssistant,
        user_input: Mapping[str, Any],
        *,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        """Take a form. Those that are taken already may not be named again."""
        self.errors: Errors = {}
        self._hass = hass
        self._registry = er.async_get(hass)
        self._input = user_input
        self._taken = set(taken)

    def value(self, field: str, default: Any = None) -> Any:
        """Return what is no entity."""
        return self._input.get(field, default)

    def powers(self, field: str) -> list[str]:
        """Return the sensors of power in a field."""
        return [
            self._entity(field, each, Quantity.POWER)
            for each in self._input.get(field, ())
        ]

    def charge(self, field: str) -> str | None:
        """Return the sensor of how full something is, if there is one."""
        typed = self._input.get(field)
        return self._entity(field, typed, Quantity.CHARGE) if typed else None

    def _entity(self, field: str, typed: str, quantity: Quantity) -> str:
        entity_id = er.async_resolve_entity_id(self._registry, typed) or typed
        if error := self._error(entity_id, quantity):
            self.errors.setdefault(field, error)
        self._taken.add(entity_id)
        return entity_id

    def _error(self, entity_id: str, quantity: Quantity) -> str | None:
        """Return why an entity cannot be what it was named as."""
        if (state := self._hass.states.get(entity_id)) is None:
            return "entity_not_found"
        entity = self._registry.async_get(entity_id)
        platform = entity.platform if entity else None
        if platform == DOMAIN:
            return "own_entity"
        if platform == "energy":
            return "made_by_energy"
        if entity_id in self._taken:
            return "named_twice"
        wrong = "not_power" if quantity is Quantity.POWER else "not_percent"
        if state.domain != SENSOR_DOMAIN:
            return wrong
        match value_of(state, quantity):
            case Problem.UNAVAILABLE:
                # Its device may just be off: all that can be told now is the unit.
                unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
                measures_power = quantity is Quantity.POWER
                known = unit is None or (unit in _POWER_UNITS) == measures_power
                return None if known else wrong
            case Problem():
                return wrong
        return None


def typed_grid(
    hass: HomeAssistant, kind: str, user_input: Mapping[str, Any]
) -> tuple[Sources, Errors]:
    """Return the grid as it is kept, and what is wrong with what was typed."""
    typed = Typed(hass, user_input)
    grid: Sources = {"kind": kind}
    for field in GRID_SCHEMAS[kind].schema:
        name = field.schema
        if name in _GRID_ENTITIES:
            grid[name] = typed.powers(name)
            if not grid[name] and isinstance(field, probatio.Required):
                typed.errors.setdefault(name, "nothing_chosen")
        elif (value := typed.value(name)) is not None:
            grid[name] = value
    return grid, typed.errors


def typed_home(
    hass: HomeAssistant, grid: Sources, user_input: Mapping[str, Any]
) -> tuple[Sources, Errors]:
    """Return all the sources as they are kept, and what is wrong with what was typed."""
    typed = Typed(hass, user_input, taken=frozenset(entities_of(grid)))
    both_ways = typed.powers("battery")
    discharge, charge = (
        typed.powers("battery_discharge"),
        typed.powers("battery_charge"),
    )
    battery: Sources | None = None
    if discharge or charge:
        battery = {"kind": "split", "discharge": discharge, "charge": charge}
        if both_ways:
            typed.errors.setdefault("battery", "battery_both_kinds")
        for field in "discharge", "charge":
            if not battery[field]:
                typed.errors.setdefault(f"battery_{field}", "other_way_missing")
    elif both_ways:
        inverted = typed.value("battery_inverted")
        battery = {"kind": "signed", "entities": both_ways, "inverted": inverted}
    chosen = sources(
        grid,
        battery=battery,
        battery_soc=typed.charge("battery_soc"),
        solar=grid["solar"] if grid["kind"] == "balance" else typed.powers("solar"),
        meter_sees_cars=typed.value("meter_sees_cars", True),
        refresh_every_s=typed.value("refresh_every_s"),
    )
    return chosen, typed.errors


def home_as_typed(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what one would type to get sources, less their grid."""
    battery = chosen["battery"] or {}
    typed = {
        "battery": battery.get("entities"),
        "battery_inverted": battery.get("inverted", False),
        "battery_discharge": battery.get("discharge"),
        "battery_charge": battery.get("charge"),
        "battery_soc": chosen["battery_soc"],
        "solar": chosen["solar"],
        "meter_sees_cars": chosen["meter_sees_cars"],
        "refresh_every_s": chosen["refresh_every_s"],
    }
    return {field: value for field, value in typed.items() if value not in (None, [])}
