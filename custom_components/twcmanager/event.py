"""Events: a charging session has started, or ended, with its figures."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .charging.session import Happening, Session
from .coordinator import TwcConfigEntry
from .entity import TwcEntityDescription, TwcUnitEntity, add_unit_entities
from .session_figures import figures

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcEventDescription(TwcEntityDescription, EventEntityDescription):
    """Something that happens at a unit."""


UNIT_EVENTS: Final = (
    TwcEventDescription(
        key="charging_session",
        translation_key="charging_session",
        event_types=list(Happening),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events."""
    coordinator = entry.runtime_data
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [
            TwcUnitEvent(coordinator, description, identity)
            for description in UNIT_EVENTS
        ],
    )


class TwcUnitEvent(TwcUnitEntity, EventEntity):
    """The sessions of a Wall Connector."""

    entity_description: TwcEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for sessions."""
        await super().async_added_to_hass()
        log = self.coordinator.session_log
        self.async_on_remove(log.listen(self._identity, self._happened))

    @override
    def current_value(self) -> StateType:
        """Return nothing: what happens is written when it happens."""
        return None

    @callback
    def _happened(self, what: Happening, session: Session) -> None:
        self._trigger_event(what, figures(session, self.coordinator.config_entry))
        self.async_write_ha_state()
