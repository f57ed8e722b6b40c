"""What the options say about sensors, as sums over entities."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .values import Quantity

type Options = Mapping[str, Any]


class Silence(Enum):
    """Whether an entity that stands at zero may have no news for any time.

    Many report changes only, and where nothing flows nothing changes.
    """

    NEVER = auto()
    WHILE_OTHERS_FLOW = auto()
    """As long as something flows the other way: it takes one direction at a time."""
    AT_ZERO = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One entity in a sum."""

    entity_id: str
    sign: int = 1
    silence: Silence = Silence.NEVER
    timed: bool = True
    """Whether its time is the reading's: it is what sees the cars."""
    needed: bool = True
    """Whether there is no reading without it; else it counts as zero when it is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a home's power is made up."""

    grid: tuple[Term, ...] = ()
    offset_w: float = 0.0
    battery: tuple[Term, ...] = ()
    battery_soc: str | None = None
    solar: tuple[str, ...] = ()
    follows_energy: bool = False
    """Whether what the Energy dashboard has is still to be put in."""
    meter_sees_cars: bool = True

    @property
    def configured(self) -> bool:
        """Return whether there is anything to measure the grid with."""
        return bool(self.grid) or self.follows_energy

    @property
    def combined(self) -> bool:
        """Return whether a reading is made of several entities."""
        return len({each.entity_id for each in (*self.grid, *self.battery)}) > 1

    def quantities(self) -> dict[str, Quantity]:
        """Return all entities, and what to ask each for."""
        powers = [each.entity_id for each in (*self.grid, *self.battery)]
        found = dict.fromkeys((*powers, *self.solar), Quantity.POWER)
        if self.battery_soc:
            found[self.battery_soc] = Quantity.CHARGE
        return found


def recipe_of(sources: Options | None) -> Recipe:
    """Return what the options of the sources amount to."""
    if not sources:
        return Recipe()
    battery = tuple(_battery(sources.get("battery")))
    grid = sources["grid"]
    offset_w = 0.0
    sees_cars = sources.get("meter_sees_cars", True)
    solar = tuple(sources.get("solar", ()))
    match grid["kind"]:
        case "signed":
            terms = tuple(_signed(grid))
        case "split":
            terms = tuple(_split(grid["import"], grid["export"]))
        case "balance":
            terms = tuple(_balance(grid["consumption"], grid["solar"], battery))
            solar = solar or tuple(grid["solar"])
            if not grid["consumption"]:
                # Nobody measures what the cars draw.
                offset_w = grid.get("consumption_offset_w", 0.0)
                sees_cars = False
        case _:
            terms = ()
    return Recipe(
        grid=terms,
        offset_w=offset_w,
        battery=battery,
        battery_soc=sources.get("battery_soc"),
        solar=solar,
        follows_energy=grid["kind"] == "energy",
        meter_sees_cars=sees_cars,
    )


def renamed(options: Any, old: str, new: str) -> Any:
    """Return options with another name for an entity, wherever it occurs."""
    if isinstance(options, Mapping):
        return {key: renamed(value, old, new) for key, value in options.items()}
    if isinstance(options, list | tuple):
        return [renamed(each, old, new) for each in options]
    return new if options == old else options


def _battery(options: Options | None) -> Iterator[Term]:
    """Return the terms of what a battery gives. Nothing flows while it rests."""
    if not options:
        return
    if options["kind"] == "split":
        sides = [(options["discharge"], 1), (options["charge"], -1)]
    else:
        sides = [(options["entities"], -1 if options.get("inverted") else 1)]
    for entity_ids, sign in sides:
        for entity_id in entity_ids:
            yield Term(entity_id=entity_id, sign=sign, silence=Silence.AT_ZERO)


def _signed(options: Options) -> Iterator[Term]:
    sign = -1 if options.get("inverted") else 1
    for entity_id in options["entities"]:
        yield Term(entity_id=entity_id, sign=sign)


def _split(imports: Sequence[str], exports: Sequence[str]) -> Iterator[Term]:
    for entity_ids, sign in (imports, 1), (exports, -1):
        for entity_id in entity_ids:
            yield Term(
                entity_id=entity_id, sign=sign, silence=Silence.WHILE_OTHERS_FLOW
            )


def _balance(
    consumption: Sequence[str], solar: Sequence[str], battery: Sequence[Term]
) -> Iterator[Term]:
    """Return the terms of consumption less what sun and battery give."""
    for entity_id in consumption:
        yield Term(entity_id=entity_id)
    for entity_id in solar:
        # By night it may rest, and many an inverter is off: no sun is what that means.
        yield Term(
            entity_id=entity_id,
            sign=-1,
            silence=Silence.AT_ZERO,
            timed=not consumption,
            needed=False,
        )
    for each in battery:
        yield Term(
            entity_id=each.entity_id,
            sign=-each.sign,
            silence=Silence.AT_ZERO,
            timed=False,
        )


# --- the Energy dashboard -------------------------------------------------------------


def energy_recipe(sources: Options, preferences: Options | None) -> Recipe:
    """Return the options of the sources with what the Energy dashboard has put in.

    Its own sensors of inverted and split power report late and for a moment wrongly, so
    what they are made of is taken.
    """
    found = preferences["energy_sources"] if preferences else ()
    grid: list[Term] = []
    battery: list[Term] = []
    soc: list[str] = []
    solar: list[str] = []
    for source in found:
        power = _raw_power(source)
        match source["type"]:
            case "grid":
                grid += _energy_terms(power, Silence.WHILE_OTHERS_FLOW)
            case "battery":
                battery += _energy_terms(power, Silence.AT_ZERO)
                soc += (
                    [source["stat_soc"]] if _is_entity(source.get("stat_soc")) else []
                )
            case "solar" if entity_id := power.get("stat_rate"):
                solar.append(entity_id)
    own = recipe_of(sources)
    return Recipe(
        grid=tuple(grid),
        battery=own.battery or tuple(battery),
        # How full several batteries are together cannot be told without their sizes.
        battery_soc=own.battery_soc or (soc[0] if len(soc) == 1 else None),
        solar=own.solar or tuple(solar),
        follows_energy=True,
        meter_sees_cars=own.meter_sees_cars,
    )


def _raw_power(source: Options) -> Options:
    power: Options = source.get("power_config") or source
    keys = "stat_rate", "stat_rate_inverted", "stat_rate_from", "stat_rate_to"
    return {key: power[key] for key in keys if _is_entity(power.get(key))}


def _is_entity(statistic_id: object) -> bool:
    """Return whether a statistic is an entity's; those from elsewhere have a colon."""
    return isinstance(statistic_id, str) and ":" not in statistic_id


def _energy_terms(power: Options, silence: Silence) -> Iterator[Term]:
    """Return the terms of one source, none unless it is complete."""
    if "stat_rate" in power:
        signed = silence if silence is Silence.AT_ZERO else Silence.NEVER
        yield Term(entity_id=power["stat_rate"], silence=signed)
    elif "stat_rate_inverted" in power:
        signed = silence if silence is Silence.AT_ZERO else Silence.NEVER
        yield Term(entity_id=power["stat_rate_inverted"], sign=-1, silence=signed)
    elif "stat_rate_from" in power and "stat_rate_to" in power:
        yield Term(entity_id=power["stat_rate_from"], silence=silence)
        yield Term(entity_id=power["stat_rate_to"], sign=-1, silence=silence)
