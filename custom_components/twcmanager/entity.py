"""What all entities share: their device, and a state machine that stays quiet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import TwcConfigEntry, TwcCoordinator
from .snapshot import UnitSnapshot

# A change of so many dead bands matters and is shown at once.
_JUMP_BANDS: Final = 10


def unit_name(identity: str) -> str:
    """Return what a unit is called until its owner calls it something else."""
    return f"Wall Connector {identity[-4:]}"


@dataclass(frozen=True, kw_only=True)
class TwcEntityDescription(EntityDescription):
    """An entity whose value may wobble, and how much of that is worth a row on disk."""

    dead_band: float = 0.0
    """Smaller changes are not shown."""
    interval_s: float = 0.0
    """Nor are changes sooner than this after the last one, unless they matter."""
    hold_s: float = 0.0
    """What does not stay for so long is not shown."""
    at_once: frozenset[StateType] = frozenset()
    """Unless it is one of these."""


class TwcEntity(CoordinatorEntity[TwcCoordinator]):
    """An entity that is only written when it has something to say."""

    _attr_has_entity_name = True
    entity_description: TwcEntityDescription

    def __init__(
        self, coordinator: TwcCoordinator, description: TwcEntityDescription
    ) -> None:
        """Take the description; identity and device are the subclass's."""
        super().__init__(coordinator)
        self.entity_description = description
        self._shown: tuple[bool, StateType] | None = None
        self._shown_at = 0.0
        self._next: StateType = None
        self._next_since = 0.0

    def current_value(self) -> StateType:
        """Return what the entity would show now."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what is shown first."""
        await super().async_added_to_hass()
        self._remember()

    def _remember(self) -> None:
        self._shown = (self.available, self.current_value() if self.available else None)
        self._shown_at = self.hass.loop.time()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it is worth it."""
        if self._worth_showing():
            self._remember()
            self.async_write_ha_state()

    def _worth_showing(self) -> bool:
        available = self.available
        value = self.current_value() if available else None
        if self._shown == (available, value):
            self._next = value
            return False
        before = self._shown[1] if self._shown else None
        description = self.entity_description
        if self._shown and self._shown[0] and available and not self._lasts(value):
            return False
        band = description.dead_band
        if (
            not description.interval_s
            or not isinstance(value, int | float)
            or not isinstance(before, int | float)
        ):
            return True
        change = abs(value - before)
        if change >= band:
            # Starting and stopping matters, and so does a jump.
            if not value or not before or 0 < band * _JUMP_BANDS <= change:
                return True
        elif value:
            return False
        # In the end the last bit of what has stopped goes, too.
        return self.hass.loop.time() - self._shown_at >= description.interval_s

    def _lasts(self, value: StateType) -> bool:
        """Return whether a new value has stayed for long enough, or must not wait."""
        description = self.entity_description
        if not description.hold_s or value in description.at_once:
            return True
        now = self.hass.loop.time()
        if value != self._next:
            self._next = value
            self._next_since = now
        return now - self._next_since >= description.hold_s


class TwcBusEntity(TwcEntity):
    """An entity of the bus."""

    def __init__(
        self, coordinator: TwcCoordinator, description: TwcEntityDescription
    ) -> None:
        """Belong to the device of the bus."""
        super().__init__(coordinator, description)
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})


class TwcUnitEntity(TwcEntity):
    """An entity of one Wall Connector."""

    def __init__(
        self,
        coordinator: TwcCoordinator,
        description: TwcEntityDescription,
        identity: str,
    ) -> None:
        """Belong to the device of the unit."""
        super().__init__(coordinator, description)
        # What is kept of the unit. Held here, as it may be forgotten before its entities go.
        self.record = record = coordinator.units[identity]
        key = coordinator.device_key(identity)
        self._identity = identity
        self._attr_unique_id = f"{key}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, key)},
            manufacturer="Tesla",
            model="Wall Connector Gen 2",
            name=unit_name(identity),
            serial_number=record.serial_number,
            sw_version=record.firmware,
            via_device_id=coordinator.bus_device_id,
        )

    @property
    def unit(self) -> UnitSnapshot | None:
        """Return the unit as it is now, None if it has not been heard since the start."""
        return self.coordinator.data.units.get(self._identity)

    @property
    @override
    def available(self) -> bool:
        """Return whether the unit is on the bus."""
        return self.unit is not None and self.unit.available


class TwcSettingEntity(TwcUnitEntity):
    """A setting of a Wall Connector, which can be changed while it is silent too."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the unit is known."""
        return self._identity in self.coordinator.identities


def add_battery_entities(
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    entities: Iterable[Entity],
) -> None:
    """Add entities as soon as a battery is known, if ever."""
    coordinator = entry.runtime_data
    waiting = list(entities)

    @callback
    def add() -> None:
        if waiting and coordinator.has_battery:
            async_add_entities(list(waiting))
            waiting.clear()

    add()
    entry.async_on_unload(coordinator.async_add_listener(add))


def add_unit_entities(
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[str], Iterable[Entity]],
) -> None:
    """Add the entities of every unit known, and of new ones when they first speak."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        identities = set(coordinator.identities)
        new = identities - known
        known.clear()
        known.update(identities)
        if new:
            async_add_entities(
                [entity for identity in sorted(new) for entity in make(identity)]
            )

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))


def add_vehicle_entities(
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[str], Iterable[Entity]],
) -> None:
    """Add the entities of every unit that are about cars, once the owner names any.

    Whoever has removed the last one needs them no more: after the next start they would be
    left as not available for ever.
    """
    coordinator = entry.runtime_data
    if not coordinator.vehicle_names:
        identities = coordinator.identities
        left = {each.unique_id for unit in identities for each in make(unit)}
        registry = er.async_get(coordinator.hass)
        for each in er.async_entries_for_config_entry(registry, entry.entry_id):
            if each.unique_id in left:
                registry.async_remove(each.entity_id)
    waiting = True

    @callback
    def add() -> None:
        nonlocal waiting
        if waiting and coordinator.vehicle_names:
            waiting = False
            add_unit_entities(entry, async_add_entities, make)

    add()
    entry.async_on_unload(coordinator.async_add_listener(add))
