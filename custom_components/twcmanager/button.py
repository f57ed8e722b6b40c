"""Buttons: charge now, and no longer; let a car charge this once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .charging.charge_now import ChargeNow
from .coordinator import TwcConfigEntry
from .entity import TwcEntityDescription, TwcSettingEntity, add_unit_entities
from .settings import Settings

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TwcButtonDescription(TwcEntityDescription, ButtonEntityDescription):
    """Something a person asks a unit for."""

    press_fn: Callable[[Settings, str], None]


BUTTONS: Final = (
    TwcButtonDescription(
        key="charge_now",
        translation_key="charge_now",
        press_fn=lambda settings, identity: settings.charge_now(identity, ChargeNow()),
    ),
    TwcButtonDescription(
        key="cancel_charge_now",
        translation_key="cancel_charge_now",
        press_fn=lambda settings, identity: settings.charge_now(identity, None),
    ),
    TwcButtonDescription(
        key="allow_vehicle",
        translation_key="allow_vehicle",
        press_fn=lambda settings, identity: settings.allow_vehicle(identity),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TwcConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    coordinator = entry.runtime_data
    add_unit_entities(
        entry,
        async_add_entities,
        lambda identity: [TwcButton(coordinator, each, identity) for each in BUTTONS],
    )


class TwcButton(TwcSettingEntity, ButtonEntity):
    """A button of a Wall Connector."""

    entity_description: TwcButtonDescription

    @override
    def current_value(self) -> None:
        """Show nothing: a button has no value of its own."""

    @override
    async def async_press(self) -> None:
        """Ask for it."""
        self.entity_description.press_fn(self.coordinator.settings, self._identity)
