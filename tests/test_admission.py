"""Who may charge, from Home Assistant down to the cars."""

from homeassistant.const import ATTR_DEVICE_ID

from custom_components.twcmanager.const import DOMAIN

from .cars import Tesla
from .garage import FIRST, SECOND, Garage
from .situation import VIN


async def _open(garage: Garage, **car: object) -> Tesla:
    """Open a garage with a Tesla and a guest."""
    tesla = Tesla(garage.hass)
    garage.site.units[0].car.vin = VIN
    await garage.open()
    garage.add_vehicle("Red car", **{**tesla.data, **car})
    await garage.until_met()
    return tesla


async def _admit(garage: Garage, admission: str, others: str = "nothing") -> None:
    for who in FIRST, SECOND:
        await garage.call("select.select_option", "others", who, option=others)
        await garage.call("select.select_option", "admission", who, option=admission)


def _reason(garage: Garage, who: str) -> str:
    return garage.value("reason", who)


async def test_known_vehicles(garage: Garage) -> None:
    """A guest gets nothing until somebody says so, and then until it goes."""
    await _open(garage)
    tesla, guest = (each.car for each in garage.site.units)
    await garage.until_charging()

    await _admit(garage, "known")
    await garage.until(lambda: _reason(garage, SECOND) == "not_allowed")
    await garage.until(lambda: not guest.drawing)
    assert tesla.drawing

    # Not even at somebody's wish to charge: that may be anybody's.
    await garage.call("button.press", "charge_now", SECOND)
    await garage.seconds(10)
    assert not guest.drawing

    await garage.call("button.press", "allow_vehicle", SECOND)
    await garage.until(lambda: guest.drawing)
    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    await garage.until_charging()

    guest.unplug()
    await garage.until(lambda: garage.value("vehicle", SECOND) == "none")
    assert _reason(garage, SECOND) == "no_vehicle"
    guest.plug_in()
    await garage.until(lambda: _reason(garage, SECOND) == "recognising_vehicle")
    await garage.until(lambda: _reason(garage, SECOND) == "not_allowed")
    assert not guest.drawing


async def test_vehicle_of_the_house_may_at_once(garage: Garage) -> None:
    """It is known by its VIN as soon as that is read, and nobody has to say anything."""
    await _open(garage)
    tesla = garage.site.units[0].car
    tesla.unplug()
    await _admit(garage, "known")
    await garage.until(lambda: garage.value("vehicle", FIRST) == "none")

    tesla.plug_in()
    await garage.until(lambda: tesla.drawing)
    assert garage.value("vehicle", FIRST) == "Red car"


async def test_chosen_vehicles(garage: Garage) -> None:
    """A car may be at home at one Wall Connector only."""
    await _open(garage, units=["1112"])
    await _admit(garage, "chosen")
    await garage.until(lambda: _reason(garage, FIRST) == "not_allowed")

    garage.remove_vehicles()
    garage.add_vehicle("Red car", vin=VIN, units=["1111"])
    await garage.until(lambda: garage.site.units[0].car.drawing)
    await garage.until(lambda: _reason(garage, SECOND) == "not_allowed")


async def test_others_get_the_minimum(garage: Garage) -> None:
    """Whoever may not take all may take a little."""
    await _open(garage)
    tesla, guest = (each.car for each in garage.site.units)
    await _admit(garage, "known", "minimum")

    await garage.until(lambda: _reason(garage, SECOND) == "others_minimum")
    await garage.until(lambda: 5 < guest.draw_a <= 6 and tesla.draw_a > 20)


async def test_others_get_the_sun(garage: Garage) -> None:
    """Where nobody knows of any there is none."""
    await _open(garage)
    await _admit(garage, "known", "solar")
    await garage.until(lambda: _reason(garage, SECOND) == "no_grid_reading")


async def test_allowed_by_an_action(garage: Garage) -> None:
    """Such as from an automation that a tag has triggered, for all cables at once."""
    await garage.open()
    await garage.until_met()
    await _admit(garage, "known")
    await garage.until(lambda: _reason(garage, FIRST) == "not_allowed")

    device = garage.device()
    assert device
    await garage.hass.services.async_call(
        DOMAIN, "allow_vehicle", {ATTR_DEVICE_ID: device.id}, blocking=True
    )
    await garage.until_charging()
