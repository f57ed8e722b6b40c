"""Cars that are acted on, from what their owner allows down to their own entities."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.twcmanager import clock
from custom_components.twcmanager.charging.model import Offer, Reason
from custom_components.twcmanager.charging.need import Once, Target
from custom_components.twcmanager.const import DOMAIN

from .app import CHARGING, App
from .garage import FIRST, Garage, grid_sources, unit
from .situation import VIN

ALLOWED = {"stop_and_start": True}


@pytest.fixture
async def app(hass: HomeAssistant, garage: Garage) -> App:
    """Return the app of the only car of a garage."""
    garage.site.units = [unit(1)]
    car = garage.site.units[0].car
    car.vin = VIN
    app = App(hass, car)
    await app.set_up()
    return app


async def _open(
    garage: Garage,
    app: App,
    may: Mapping[str, Any] = ALLOWED,
    vin: str | None = VIN,
    entities: Mapping[str, str] | None = None,
) -> str:
    """Open the garage, and wait until the car charges and is known."""
    await garage.open()
    who = garage.add_vehicle(
        "Red car", vin=vin, entities=entities or app.entities, may=dict(may)
    )
    await garage.until_met()
    await _until_charging(garage)
    await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")
    return who


async def _until_charging(garage: Garage) -> None:
    """Wait until the car charges with what it is offered."""
    await garage.until(lambda: garage.snapshots[FIRST].status.draw_a > 20)


async def _mode(garage: Garage, mode: str) -> None:
    await garage.call("select.select_option", "charging_mode", FIRST, option=mode)


def _offer(garage: Garage) -> Offer:
    return garage.snapshots[FIRST].offer


async def test_stopped_and_started(garage: Garage, app: App) -> None:
    """By its switch before its current is taken away, and on again when it may."""
    await _open(garage, app)

    await _mode(garage, "off")
    await garage.until(lambda: _offer(garage) == Offer(6.0, Reason.STOPPING_VEHICLE))
    await garage.until(lambda: not app.car.drawing)
    await garage.until(lambda: _offer(garage) == Offer(0.0, Reason.MODE_OFF))
    await garage.seconds(120)
    assert app.told == [False]

    await _mode(garage, "fast")
    await _until_charging(garage)
    assert app.told == [False, True]


async def test_service_that_fails(
    garage: Garage, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """The car is stopped all the same, at once the next time, and somebody is told."""
    await _open(garage, app)
    app.fails = True

    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    assert _offer(garage) == Offer(0.0, Reason.MODE_OFF)
    await garage.until(lambda: garage.issue("vehicle_disobedient"))
    issue = garage.issue("vehicle_disobedient")
    assert issue
    assert issue.translation_placeholders == {
        "bus": "Garage",
        "vehicles": "Red car (The cloud is out of order)",
    }
    assert caplog.text.count("Red car does not do as it is told") == 1

    await _mode(garage, "fast")
    await _until_charging(garage)
    app.fails = False
    app.told.clear()
    await _mode(garage, "off")
    await garage.until(lambda: not _offer(garage).limit_a)
    await garage.until(lambda: not app.car.drawing)
    assert app.told == []

    # After that it gets another chance.
    await _mode(garage, "fast")
    await _until_charging(garage)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    assert app.told == [False]
    await garage.until(lambda: not garage.issue("vehicle_disobedient"))


async def test_restarts_in_between(garage: Garage, app: App) -> None:
    """It is left as it was found, and what was still to be undone is kept."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)

    await garage.unload()
    assert app.car.enabled
    await garage.set_up()
    await garage.until_met()
    await garage.seconds(60)
    assert app.told == [False, True]

    await _mode(garage, "fast")
    await _until_charging(garage)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.enabled)
    app.fails = True
    await garage.unload()
    app.fails = False
    await garage.set_up()
    await garage.until(lambda: app.car.enabled)


async def test_its_driver_wants_otherwise(garage: Garage, app: App) -> None:
    """Whoever switches it themselves is not fought over it."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    app.switch(on=True)
    await garage.seconds(60)
    assert app.told == [False]

    # Nor is a car switched on that its driver, or its own schedule, has stopped.
    app.switch(on=False)
    await _mode(garage, "fast")
    await garage.seconds(120)
    assert app.told == [False]
    assert not app.car.drawing


async def test_a_car_that_leaves(garage: Garage, app: App) -> None:
    """It must not stand at another charger with its charging switched off."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.enabled)
    app.car.unplug()
    await garage.until(lambda: app.car.enabled)
    assert app.told == [False, True]


@pytest.mark.parametrize("way", ["removed", "not_allowed"])
async def test_no_longer_ours(garage: Garage, app: App, way: str) -> None:
    """A car that its owner takes back is as it was."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.enabled)

    garage.remove_vehicles()
    if way == "not_allowed":
        garage.add_vehicle("Red car", vin=VIN, entities=app.entities)
    await garage.until(lambda: app.car.enabled)
    await garage.seconds(60)
    assert app.told == [False, True]


async def test_entity_that_disappears(garage: Garage, app: App) -> None:
    """Charging goes on by what is offered; what was done is undone once it is back."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    app.sleep()
    await _mode(garage, "fast")
    await garage.seconds(60)
    await _mode(garage, "off")
    await garage.seconds(60)
    assert app.told == [False]
    await _mode(garage, "fast")
    app.sleep(asleep=False)
    await _until_charging(garage)
    assert app.told == [False, True]


async def test_entity_that_is_gone_for_good(garage: Garage, app: App) -> None:
    """What cannot be undone now is undone once the entity is back."""
    await _open(garage, app)
    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    garage.hass.states.async_remove(CHARGING)
    await garage.seconds(5)
    await garage.unload()
    await garage.set_up()
    await garage.seconds(30)
    assert app.told == [False]
    app.switch(on=False)
    await garage.until(lambda: app.told == [False, True])


async def test_not_allowed(garage: Garage, app: App) -> None:
    """Nobody said that it may be switched."""
    await _open(garage, app, {})

    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    await garage.seconds(60)
    assert app.told == []


async def test_not_known_to_be_there(garage: Garage, app: App) -> None:
    """The only car of the house may well be somewhere else."""
    app.car.vin = ""
    await _open(garage, app, vin=None)

    await _mode(garage, "off")
    await garage.until(lambda: not app.car.drawing)
    await garage.seconds(60)
    assert app.told == []


async def test_little_sun(garage: Garage, app: App) -> None:
    """It draws what the sun gives below 6 A, and as much as it wants again after that."""
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(sources=grid_sources())
    app.limit(16.0)
    garage.measure(0)
    await garage.open()
    garage.add_vehicle(
        "Red car", vin=VIN, entities=app.entities, may={"least_current": 2}
    )
    await garage.until_met()
    await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")

    def measure(sun_a: float) -> None:
        garage.measure((app.car.draw_a - sun_a) * 230)

    async def shine(sun_a: float, condition: Callable[[], bool]) -> None:
        def so() -> bool:
            measure(sun_a)
            return condition()

        await garage.until(so)

    await shine(3.6, lambda: app.car.draw_a == 3.0)
    assert _offer(garage).limit_a == 6.0
    await garage.unload()
    assert app.told[-2:] == [3.0, 16.0]
    await garage.set_up()
    await shine(3.6, lambda: app.car.draw_a == 3.0)
    await shine(10.0, lambda: app.car.draw_a > 9)
    assert app.told[-2:] == [3.0, 16.0]
    assert app.car.own_limit_a == 16.0


async def _charge_now(garage: Garage, **asked: Any) -> None:
    device = garage.device(FIRST)
    assert device
    await garage.hass.services.async_call(
        DOMAIN, "charge_now", {ATTR_DEVICE_ID: device.id, **asked}, blocking=True
    )


async def test_limit_of_the_car(garage: Garage, app: App) -> None:
    """It is raised only for who asks for just that, and put back when that has ended."""
    app.stop_at(80)
    await _open(garage, app, {})
    garage.hass.states.async_set("sensor.soc", "50", {"unit_of_measurement": "%"})
    asked = {"soc": 90, "soc_entity": "sensor.soc"}

    await _charge_now(garage, **asked)
    await garage.seconds(10)
    assert app.told == []
    await _charge_now(garage, **asked, raise_limit=True)
    await garage.until(lambda: app.car.charge_limit == 0.9)
    await garage.seconds(60)

    # A restart in between is no reason to forget what it was.
    await garage.unload()
    assert app.car.charge_limit == 0.8
    await garage.set_up()
    await garage.until(lambda: app.car.charge_limit == 0.9)
    garage.hass.states.async_set("sensor.soc", "90", {"unit_of_measurement": "%"})
    await garage.until(lambda: app.car.charge_limit == 0.8)
    await garage.seconds(60)
    assert app.told == [90.0, 80.0, 90.0, 80.0]


async def test_limit_raised_to_nothing(garage: Garage, app: App) -> None:
    """Nobody knows how far to raise it."""
    await _open(garage, app, {})
    with pytest.raises(ServiceValidationError) as failure:
        await _charge_now(garage, raise_limit=True)
    assert failure.value.translation_key == "raise_limit_without_soc"


@pytest.mark.parametrize("wakes", [0, 2])
async def test_sleeping_car(garage: Garage, app: App, wakes: int) -> None:
    """It is woken if it does not take what it is offered, if its owner allows that."""
    app.car.asleep = True
    app.car.wake_s = 100_000
    garage.hass.states.async_set("sensor.soc", "unavailable")
    await garage.open()
    entities = {**app.entities, "soc": "sensor.soc"}
    may = {"wakes_a_day": wakes}
    garage.add_vehicle("Red car", vin=VIN, entities=entities, may=may)
    await garage.until_met()
    await garage.until(lambda: garage.value("vehicle", FIRST) == "Red car")
    await garage.seconds(200)
    assert app.told == ["wake"] * min(wakes, 1)


async def test_how_full_it_is(garage: Garage, app: App) -> None:
    """A car that has to be so full by a time is asked, asleep or not; others are not."""
    garage.hass.states.async_set("sensor.soc", "unavailable")
    entities = {**app.entities, "soc": "sensor.soc"}
    await _open(garage, app, {"wakes_a_day": 2}, entities=entities)
    await _mode(garage, "off")
    await garage.seconds(30)
    assert app.told == []
    garage.coordinator.settings.set_unit(FIRST, ready_by=True)
    await garage.seconds(5)
    assert app.told == []
    garage.coordinator.settings.set_unit(FIRST, ready_by_soc=80.0)
    await garage.until(lambda: app.told == ["wake"])
    await garage.unload()
    await garage.set_up()
    await garage.until(lambda: app.told == ["wake"] * 2)
    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    await garage.seconds(60)
    assert app.told == ["wake"] * 2

    # For what is asked for just this once as well.
    garage.coordinator.settings.set_unit(FIRST, ready_by=False)
    garage.remove_vehicles()
    await garage.seconds(2)
    garage.add_vehicle("Red car", vin=VIN, entities=entities, may={"wakes_a_day": 1})
    await garage.seconds(10)
    assert app.told == ["wake"] * 2
    target = Target(energy_kwh=5.0, soc=80.0)
    garage.coordinator.settings.ready_once(
        FIRST, Once(ready_at=clock.calendar_s() + 7200, target=target)
    )
    await garage.until(lambda: app.told == ["wake"] * 3)
