"""Schedules and calendars, from Home Assistant down to the cars."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.twcmanager.const import CONF_SCHEDULES, CONF_UNITS, DOMAIN
from custom_components.twcmanager.schedules import Schedules

from .flows import Flow, choose
from .garage import FIRST, SECOND, Garage

NIGHT = "schedule.night"
GUESTS = "calendar.guests"

DAYS = "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"


def schedule(
    entity_id: str, inside: str, outside: str, amps: float | None = None
) -> dict[str, Any]:
    """Return a schedule as the options have it."""
    return {
        "entity": entity_id,
        "inside": inside,
        "inside_a": amps if inside == "fixed" else None,
        "outside": outside,
        "outside_a": amps if outside == "fixed" else None,
    }


async def _open(garage: Garage, **schedules: Any) -> None:
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(**{CONF_SCHEDULES: schedules})
    await garage.open()
    await garage.until_met()


def _shows(garage: Garage, who: str, reason: str) -> bool:
    return garage.value("reason", who) == reason


async def test_hours_on_the_wire(garage: Garage) -> None:
    """Cars charge in the hours of the schedule, and not a moment longer."""
    garage.hass.states.async_set(NIGHT, "off")
    await _open(garage, all=schedule(NIGHT, "fixed", "off", 13))
    cars = [each.car for each in garage.site.units]
    await garage.until(lambda: _shows(garage, FIRST, "not_scheduled"))
    await garage.seconds(30)
    assert not any(each.drawing for each in cars)

    garage.hass.states.async_set(NIGHT, "on")
    await garage.until(lambda: all(12 < each.draw_a <= 13 for each in cars))
    await garage.until(lambda: _shows(garage, FIRST, "scheduled"))

    garage.hass.states.async_set(NIGHT, "off")
    await garage.until(lambda: not any(each.drawing for each in cars))
    assert _shows(garage, SECOND, "not_scheduled")


async def test_renamed(garage: Garage) -> None:
    """A schedule that gets another name goes on under it; another icon is none of that."""
    registry = er.async_get(garage.hass)
    registry.async_get_or_create("schedule", "test", "1", suggested_object_id="night")
    garage.hass.states.async_set(NIGHT, "on")
    await _open(garage, all=schedule(NIGHT, "fixed", "off", 13))
    before = garage.coordinator
    registry.async_update_entity(NIGHT, icon="mdi:sleep")
    await garage.hass.async_block_till_done()
    assert garage.coordinator is before

    registry.async_update_entity(NIGHT, new_entity_id="schedule.nacht")
    garage.hass.states.async_remove(NIGHT)
    garage.hass.states.async_set("schedule.nacht", "on")
    await garage.until(lambda: garage.coordinator is not before)
    await garage.until_met()
    await garage.until(lambda: _shows(garage, FIRST, "scheduled"))
    kept = garage.entry.options[CONF_SCHEDULES]
    assert kept == {"all": schedule("schedule.nacht", "fixed", "off", 13)}


# The helper waits for its next hour.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_a_real_schedule(garage: Garage) -> None:
    """A helper of Home Assistant that is on all week, around every midnight."""
    always = {day: [{"from": "00:00:00", "to": "24:00:00"}] for day in DAYS}
    assert await async_setup_component(
        garage.hass, "schedule", {"schedule": {"night": {"name": "Night", **always}}}
    )
    await _open(garage, all=schedule(NIGHT, "off", "mode"))

    await garage.until(lambda: _shows(garage, FIRST, "not_scheduled"))


async def test_own_hours(garage: Garage) -> None:
    """A Wall Connector's own schedule counts instead of the one for all."""
    garage.hass.states.async_set(NIGHT, "off")
    garage.hass.states.async_set(GUESTS, "on")
    await _open(
        garage,
        all=schedule(NIGHT, "mode", "off"),
        **{"1112": schedule(GUESTS, "fixed", "off", 10)},
    )

    await garage.until(lambda: _shows(garage, SECOND, "scheduled"))
    assert _shows(garage, FIRST, "not_scheduled")


@pytest.mark.parametrize("state", ["unavailable", "unknown", None])
async def test_not_available(garage: Garage, state: str | None) -> None:
    """As without a schedule; somebody who could mend it is told, but not at every start."""
    if state:
        garage.hass.states.async_set(GUESTS, state)
    await _open(garage, all=schedule(GUESTS, "mode", "off"))
    await garage.until_charging()
    assert not garage.issue("schedule_unavailable")

    await garage.until(lambda: garage.issue("schedule_unavailable"))
    issue = garage.issue("schedule_unavailable")
    assert issue
    assert issue.translation_placeholders == {"bus": "Garage", "entities": GUESTS}

    garage.hass.states.async_set(GUESTS, "off")
    await garage.until(lambda: not garage.issue("schedule_unavailable"))
    await garage.until(lambda: _shows(garage, FIRST, "not_scheduled"))


async def test_patience_begins_anew(hass: HomeAssistant) -> None:
    """A schedule that was back in between is not gone for long."""
    schedules = Schedules(
        hass, {CONF_SCHEDULES: {"all": schedule(NIGHT, "mode", "off")}}
    )
    assert schedules.silent(0.0) == []
    hass.states.async_set(NIGHT, "on")
    assert schedules.silent(119.0) == []
    hass.states.async_remove(NIGHT)
    assert schedules.silent(120.0) == []
    assert schedules.silent(239.0) == []
    assert schedules.silent(240.0) == [NIGHT]


async def test_off_stays_off(garage: Garage) -> None:
    """No clock turns on what somebody has turned off."""
    garage.hass.states.async_set(NIGHT, "on")
    await _open(garage, all=schedule(NIGHT, "fixed", "off", 13))
    await garage.until_charging()

    await garage.call("select.select_option", "charging_mode", FIRST, option="off")
    await garage.until(lambda: not garage.site.units[0].car.drawing)
    assert _shows(garage, FIRST, "mode_off")

    # Asked for by hand, it goes before both.
    await garage.call("button.press", "charge_now", FIRST)
    await garage.until(lambda: garage.site.units[0].car.draw_a > 14)


async def test_wall_connectors_are_offered_by_their_names(garage: Garage) -> None:
    """As their owner calls them, with the id if nothing else tells it."""
    garage.entry.add_to_hass(garage.hass)
    await garage.open()
    await garage.until_met()
    hass, entry = garage.hass, garage.entry
    devices = dr.async_get(hass)
    coordinator = entry.runtime_data
    first, *_ = coordinator.identities
    device = devices.async_get_device_by_identifier(
        (DOMAIN, coordinator.device_key(first)), entry.entry_id
    )
    assert device
    devices.async_update_device(device.id, name_by_user="Garage")
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "schedules"}
    )
    form = flow["data_schema"]
    assert form
    [field] = form.schema.values()
    offered = {each["value"]: each["label"] for each in field.config["options"]}
    wired_as = coordinator.units[first].wired_as
    named = offered[wired_as]
    assert offered.pop("all") == "all"
    assert offered.pop(wired_as) == f"Garage ({wired_as})"
    assert len(offered) == 1
    assert all(who in name != who for who, name in offered.items())

    # Limits and lines of the wrong one could overload a wire.
    for step in ("connection", "lines", "circuits"):
        begun: Flow = await entry.start_reconfigure_flow(hass)
        asked = await choose(hass, begun, step)
        told = asked["description_placeholders"]
        if step == "circuits":
            [field] = [
                each
                for key, each in asked["data_schema"].schema.items()
                if key == CONF_UNITS
            ]
            told = {each["value"]: each["label"] for each in field.config["options"]}
        assert named in told.values()
