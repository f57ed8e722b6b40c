"""Where the watts may come from: proposals for the sources, found without a question asked.

Two places are looked at, the Energy dashboard's preferences and the entity registry. A proposal
never combines what one system says of the grid with what another says of the sun: they look
at different times, and the difference would count as sun.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Any, Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import State
from homeassistant.helpers.entity_registry import RegistryEntry, RegistryEntryDisabler
from homeassistant.util.unit_conversion import PowerConverter

from .const import DOMAIN
from .sources.recipe import energy_recipe
from .systems import ANY, SYSTEMS, Role, Row, System

type Sources = dict[str, Any]

ENERGY: Final = "energy"
"""The key of the proposal to do as the Energy dashboard does."""

# What of an entity's being disabled can be taken back by enabling it.
_MAY_BE_ENABLED: Final = {
    None,
    RegistryEntryDisabler.INTEGRATION,
    RegistryEntryDisabler.USER,
}

# The one system that is set up without unique ids.
_TED: Final = re.compile(r"^sensor\.\w+_mtu\d+_power$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One way to know what flows between home and grid."""

    key: str
    name: str
    """Of the system."""
    grid: tuple[str, ...]
    """The entities that tell the grid's power."""
    sources: Sources
    """The same, and what else the system knows, as in an entry's options."""
    disabled: tuple[str, ...] = ()
    """Those of its entities that have to be enabled first."""
    interval_s: float = 0.0

    @property
    def rank(self) -> tuple[int, bool, float, str]:
        """Return what it is sorted by: what measures directly, is there, and is fast."""
        grid = self.sources["grid"]
        match grid["kind"]:
            case "energy":
                kind = 0
            case "balance":
                kind = 2 if grid["consumption"] else 3
            case _:
                kind = 1
        return kind, bool(self.disabled), self.interval_s, self.key


def proposals(
    entities: Iterable[RegistryEntry],
    states: Iterable[State],
    preferences: Mapping[str, Any] | None,
) -> list[Proposal]:
    """Return all proposals, the best first."""
    entities = tuple(entities)
    ours = {each.entity_id for each in entities if each.platform == DOMAIN}
    found = [
        *_of_energy(preferences, ours),
        *(each for system in SYSTEMS for each in _of_system(system, entities)),
        *_of_ted(states),
    ]
    return sorted(found, key=lambda each: each.rank)


def sources(grid: Mapping[str, Any], **rest: Any) -> Sources:
    """Return sources as they are kept, with nothing but the grid unless told more."""
    return {
        "grid": dict(grid),
        "battery": None,
        "battery_soc": None,
        "solar": [],
        "meter_sees_cars": True,
        "refresh_every_s": None,
        **rest,
    }


# --- the Energy dashboard -------------------------------------------------------------


def _of_energy(
    preferences: Mapping[str, Any] | None, ours: set[str]
) -> Iterator[Proposal]:
    """Return the proposal to follow the Energy dashboard, if it knows the grid's power."""
    chosen = sources({"kind": "energy"})
    grid = [each.entity_id for each in energy_recipe(chosen, preferences).grid]
    # A simulated home's own power, say: that is not what real cars charge with.
    if grid and ours.isdisjoint(grid):
        yield Proposal(
            key=ENERGY, name="Energy dashboard", grid=tuple(grid), sources=chosen
        )


# --- other integrations ---------------------------------------------------------------


def _of_system(system: System, entities: Sequence[RegistryEntry]) -> Iterator[Proposal]:
    """Return the proposals one integration gives rise to."""
    homes: dict[tuple[str | None, ...], list[RegistryEntry]] = {}
    for entity in entities:
        if entity.platform == system.platform and _eligible(entity):
            for home in {_home_of(entity, row) for row in system.rows} - {None}:
                homes.setdefault((entity.config_entry_id, home), []).append(entity)
    for found in homes.values():
        yield from _Home(system, found).proposals()


def _eligible(entity: RegistryEntry) -> bool:
    return (
        entity.domain == SENSOR_DOMAIN
        and entity.entity_category is None
        and entity.disabled_by in _MAY_BE_ENABLED
    )


def _home_of(entity: RegistryEntry, row: Row) -> str | None:
    """Return whose sensor it is, None if it is not what the row means."""
    if (match := row.unique_id.search(entity.unique_id)) is None:
        return None
    return match[1] if match.re.groups else ""


class _Home:
    """What one system has in one home."""

    def __init__(self, system: System, entities: Sequence[RegistryEntry]) -> None:
        self._system = system
        self._entities = sorted(entities, key=lambda each: each.entity_id)
        self._disabled = {each.entity_id for each in entities if each.disabled}

    def proposals(self) -> Iterator[Proposal]:
        """Return them; several only if there are several meters."""
        for grid in self._grids():
            measured = grid["kind"] != "balance"
            # The balance of such a system has the battery in it already.
            blind = self._system.solar_holds_battery and not measured
            battery = None if blind else self._battery()
            soc = self._first(Role.SOC) if battery else ()
            chosen = sources(
                grid,
                battery=battery,
                battery_soc=soc[0] if soc else None,
                solar=self._solar(grid, battery),
            )
            yield Proposal(
                key=",".join(entities_of(grid)),
                name=self._system.name,
                grid=tuple(entities_of(grid)),
                sources=chosen,
                disabled=tuple(
                    each for each in entities_of(chosen) if each in self._disabled
                ),
                interval_s=self._system.interval_s,
            )

    def _grids(self) -> list[Sources]:
        """Return the ways to know the grid's power, those that need nothing enabled first."""
        ways: list[list[Sources]] = []
        imports, exports = self._first(Role.IMPORT), self._first(Role.EXPORT)
        if imports and exports:
            ways.append([{"kind": "split", "import": imports, "export": exports}])
        if signed := self._signed(Role.GRID):
            ways.append(signed)
        if ways:
            return min(ways, key=lambda each: not self._is_there(each[0]))
        if solar := self._first(Role.SOLAR):
            load = self._first(Role.LOAD)
            return [{"kind": "balance", "consumption": load, "solar": solar}]
        return []

    def _battery(self) -> Sources | None:
        discharge, charge = self._first(Role.DISCHARGE), self._first(Role.CHARGE)
        if discharge and charge:
            return {"kind": "split", "discharge": discharge, "charge": charge}
        return next(iter(self._signed(Role.BATTERY)), None)

    def _solar(self, grid: Sources, battery: Sources | None) -> list[str]:
        """Return the sensors of the sun, which are not worth enabling any for."""
        if grid["kind"] == "balance":
            solar: list[str] = grid["solar"]
            return solar
        if battery and self._system.solar_holds_battery:
            return []
        return [each for each in self._first(Role.SOLAR) if each not in self._disabled]

    def _signed(self, role: Role) -> list[Sources]:
        """Return the signed sensors of a role, or the sets that make one up."""
        return [
            {"kind": "signed", "entities": entities, "inverted": row.inverted}
            for row, entities in self._found(role)
        ]

    def _first(self, role: Role) -> list[str]:
        return next((entities for _, entities in self._found(role)), [])

    def _found(self, role: Role) -> list[tuple[Row, list[str]]]:
        """Return what the first row of a role knows that needs nothing enabled, or the first."""
        found = [
            [(row, entities) for entities in self._sets(row)]
            for row in self._system.rows
            if row.role is role
        ]
        found = [each for each in found if each]
        return min(
            found,
            key=lambda each: not self._disabled.isdisjoint(each[0][1]),
            default=[],
        )

    def _sets(self, row: Row) -> list[list[str]]:
        """Return the sensors a row means, each by itself or all that make one up."""
        matching = [
            each.entity_id
            for each in self._entities
            if row.unique_id.search(each.unique_id)
        ]
        if row.parts == 1:
            # What is there comes before what would have to be enabled.
            matching.sort(key=lambda each: each in self._disabled)
            return [[each] for each in matching]
        whole = matching and row.parts in {ANY, len(matching)}
        return [matching] if whole else []

    def _is_there(self, grid: Sources) -> bool:
        return self._disabled.isdisjoint(entities_of(grid))


def entities_of(options: Any) -> list[str]:
    """Return the entities that sources, or a part of them, consist of."""
    if isinstance(options, Mapping):
        return [
            each
            for key, value in options.items()
            if key != "kind"
            for each in entities_of(value)
        ]
    if isinstance(options, list):
        return [each for value in options for each in entities_of(value)]
    return [options] if isinstance(options, str) else []


def _of_ted(states: Iterable[State]) -> Iterator[Proposal]:
    """Return TED's meters. What each one measures and with which sign its clamps decide."""
    for state in states:
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        if _TED.match(state.entity_id) and unit in PowerConverter.VALID_UNITS:
            signed = {
                "kind": "signed",
                "entities": [state.entity_id],
                "inverted": False,
            }
            yield Proposal(
                key=state.entity_id,
                name="TED",
                grid=(state.entity_id,),
                sources=sources(signed),
                interval_s=30,
            )
