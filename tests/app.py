"""The app of a car: entities of another integration by which it is told what to do.

They are real entities on real platforms, and what is done to them is done to the simulated car.
"""

from typing import Any, Final

from homeassistant.components.button import ButtonEntity
from homeassistant.components.number import NumberEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import setup_test_component_platform

from custom_components.twcmanager.simulator import SimulatedCar

CHARGING: Final = "switch.red_car_charging"
CURRENT: Final = "number.red_car_current"
LIMIT: Final = "number.red_car_limit"
WAKE: Final = "button.red_car_wake"


class App:
    """What a car's integration has of a simulated car."""

    def __init__(self, hass: HomeAssistant, car: SimulatedCar) -> None:
        """Take whose app it is."""
        self.car = car
        self.told: list[object] = []
        """All that it was told to do."""
        self.fails = False
        """Whether its cloud is out of order."""
        self.deaf = False
        """Whether it says yes and does nothing."""
        self._hass = hass
        self._charging = _Charging(self)
        self._current = _Current(self)
        self._limit = _Limit(self)
        self._wake = _Wake(self)

    async def set_up(self) -> None:
        """Add its entities."""
        for domain, entities in (
            ("switch", [self._charging]),
            ("number", [self._current, self._limit]),
            ("button", [self._wake]),
        ):
            setup_test_component_platform(self._hass, domain, entities)
            assert await async_setup_component(
                self._hass, domain, {domain: {"platform": "test"}}
            )
        await self._hass.async_block_till_done()

    @property
    def entities(self) -> dict[str, str]:
        """Return them as they are kept of a vehicle."""
        return {
            "charging": CHARGING,
            "current": CURRENT,
            "charge_limit": LIMIT,
            "wake": WAKE,
        }

    def do(self, what: object) -> bool:
        """Take what it is told. Return whether it does so."""
        self.told.append(what)
        if self.fails:
            raise HomeAssistantError("The cloud is out of order")
        return not self.deaf

    def switch(self, *, on: bool) -> None:
        """Let the driver switch charging on or off, in the car."""
        self.car.enabled = on
        self._charging.async_write_ha_state()

    def limit(self, limit_a: float) -> None:
        """Let the driver choose what it may draw."""
        self.car.own_limit_a = limit_a
        self._current.async_write_ha_state()

    def stop_at(self, soc: float) -> None:
        """Let the driver choose how full it may be, in percent."""
        self.car.charge_limit = soc / 100
        self._limit.async_write_ha_state()

    def sleep(self, *, asleep: bool = True) -> None:
        """Let it say nothing for a while."""
        for entity in self._charging, self._current, self._limit:
            entity._attr_available = not asleep  # noqa: SLF001
            entity.async_write_ha_state()


class _Charging(SwitchEntity):
    """The charging switch."""

    _attr_name = "Red car charging"
    _attr_should_poll = False

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def is_on(self) -> bool:
        return self._app.car.enabled

    async def async_turn_on(self, **kwargs: Any) -> None:
        if self._app.do(True):
            self._app.switch(on=True)

    async def async_turn_off(self, **kwargs: Any) -> None:
        if self._app.do(False):
            self._app.switch(on=False)


class _Current(NumberEntity):
    """What the car lets itself draw."""

    _attr_name = "Red car current"
    _attr_should_poll = False
    _attr_native_min_value = 0
    _attr_native_max_value = 32

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def native_value(self) -> float:
        return self._app.car.own_limit_a or self._attr_native_max_value

    async def async_set_native_value(self, value: float) -> None:
        if self._app.do(value):
            self._app.limit(value)


class _Limit(NumberEntity):
    """The state of charge at which the car stops."""

    _attr_name = "Red car limit"
    _attr_should_poll = False
    _attr_native_unit_of_measurement = "%"

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def native_value(self) -> float:
        return self._app.car.charge_limit * 100

    async def async_set_native_value(self, value: float) -> None:
        if self._app.do(value):
            self._app.stop_at(value)


class _Wake(ButtonEntity):
    """Wakes the car."""

    _attr_name = "Red car wake"

    def __init__(self, app: App) -> None:
        self._app = app

    async def async_press(self) -> None:
        if self._app.do("wake"):
            self._app.car.asleep = False
            self._app.car.lose_supply()
