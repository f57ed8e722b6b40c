"""What chosen sources say right now, in words, for people to see whether it is true."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .sources.recipe import Recipe, Term, energy_recipe, recipe_of
from .sources.values import Problem, Quantity, value_of

# Meters are not better than this; with less nobody can tell which way it flows.
_NOTHING_W: Final = 20.0


async def async_energy_preferences(hass: HomeAssistant) -> Mapping[str, Any] | None:
    """Return what the Energy dashboard knows, None if it was never set up."""
    if "energy" not in hass.config.components:
        return None
    return (await async_get_manager(hass)).data


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What sources say right now. None is what they do not tell."""

    recipe: Recipe
    grid_w: float | None
    battery_w: float | None
    battery_soc: float | None
    solar_w: float | None
    assumed: bool
    """Whether nothing but the sun is measured."""
    silent: tuple[str, ...]
    """Who has no reading at the moment."""

    @classmethod
    def of(
        cls,
        hass: HomeAssistant,
        sources: Mapping[str, Any],
        preferences: Mapping[str, Any] | None,
    ) -> Self:
        """Look at the sensors."""
        recipe = recipe_of(sources)
        if recipe.follows_energy:
            recipe = energy_recipe(sources, preferences)
        values = {
            entity_id: _value(hass, entity_id, quantity)
            for entity_id, quantity in recipe.quantities().items()
        }

        def total(terms: Iterable[Term]) -> float | None:
            found = [
                None if (value := values[each.entity_id]) is None else each.sign * value
                for each in terms
            ]
            known = [each for each in found if each is not None]
            return sum(known) if known and len(known) == len(found) else None

        grid_w = total(recipe.grid)
        return cls(
            recipe=recipe,
            grid_w=None if grid_w is None else grid_w + recipe.offset_w,
            battery_w=total(recipe.battery),
            battery_soc=values[recipe.battery_soc] if recipe.battery_soc else None,
            solar_w=total(Term(entity_id=each) for each in recipe.solar),
            assumed=sources["grid"].get("consumption") == [],
            silent=tuple(each for each, value in values.items() if value is None),
        )


def _value(hass: HomeAssistant, entity_id: str, quantity: Quantity) -> float | None:
    value = value_of(hass.states.get(entity_id), quantity)
    return None if isinstance(value, Problem) else value


class Words:
    """Writes readings in the language of the home."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take all texts of the integration's selectors."""
        self._texts = texts

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Read the texts."""
        return cls(
            await async_get_translations(
                hass, hass.config.language, "selector", {DOMAIN}
            )
        )

    def _say(self, key: str, **figures: str) -> str:
        text = self._texts[f"component.{DOMAIN}.selector.reading.options.{key}"]
        return text.format(**figures)

    def to_enable(self) -> str:
        """Say that something has to be enabled before it tells anything."""
        return self._say("to_enable")

    def in_short(self, preview: Preview) -> str:
        """Say which way the grid's power flows, in three words."""
        if preview.grid_w is None:
            return self._say("silent")
        key = _direction(preview.grid_w, "importing", "exporting", "idle")
        return self._say(key, power=power_in_words(preview.grid_w))

    def in_full(self, preview: Preview) -> str:
        """Say all there is to say, a sentence each."""
        said = [self._of_grid(preview)]
        if preview.battery_w is not None:
            key = _direction(
                preview.battery_w,
                "battery_discharges",
                "battery_charges",
                "battery_rests",
            )
            said.append(self._say(key, power=power_in_words(preview.battery_w)))
        if preview.battery_soc is not None:
            said.append(self._say("battery_soc", percent=f"{preview.battery_soc:.0f}"))
        if preview.solar_w is not None:
            said.append(self._say("solar", power=power_in_words(preview.solar_w)))
        if preview.recipe.follows_energy:
            said.append(self._say("energy_direction"))
        if preview.silent:
            names = ", ".join(preview.silent)
            said.append(self._say("silent_entities", entities=names))
        return "\n".join(f"- {each}" for each in said)

    def _of_grid(self, preview: Preview) -> str:
        if preview.grid_w is None:
            return self._say("home_unknown")
        if preview.assumed:
            key = "home_left" if preview.grid_w < 0 else "home_short"
        else:
            key = _direction(
                preview.grid_w, "home_imports", "home_exports", "home_idle"
            )
        return self._say(key, power=power_in_words(preview.grid_w))


def _direction(power_w: float, positive: str, negative: str, neither: str) -> str:
    if abs(power_w) < _NOTHING_W:
        return neither
    return positive if power_w > 0 else negative


def power_in_words(power_w: float) -> str:
    """Return how much power it is, whichever way, as people write it."""
    watts = abs(power_w)
    # The one that would be written as 1000 W is a kilowatt.
    return f"{watts / 1000:.1f} kW" if watts >= 999.5 else f"{watts:.0f} W"
