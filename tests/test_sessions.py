"""The record of charging, from the cars down on the wire to events, actions and files."""

import csv
from datetime import timedelta
import io
from pathlib import Path
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentryDataWithId
from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.twcmanager import session_actions
from custom_components.twcmanager.charging.session import Session
from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.prices import PriceProblem
from custom_components.twcmanager.repairs import async_create_fix_flow
from custom_components.twcmanager.session_figures import COLUMNS, as_csv, figures

from .garage import FIRST, SECOND, Garage, grid_sources
from .situation import situation

PRICE = "sensor.price"


async def test_events(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every event has its name, and nothing has happened yet."""
    async with situation(hass, hass_storage, [Platform.EVENT]) as entry:
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def _ask(garage: Garage, action: str, **data: Any) -> Any:
    return await garage.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )


def _device(garage: Garage, who: str | None = None) -> str:
    device = garage.device(who)
    assert device is not None
    return device.id


async def _charge_and_leave(garage: Garage, who: str = FIRST) -> None:
    """Let a car charge for a while, and leave."""
    unit = garage.site.units[0 if who == FIRST else 1]
    await garage.until(lambda: garage.snapshots[who].session_kwh > 0.1)
    unit.car.unplug()
    await garage.until(lambda: garage.snapshots[who].charged.last)


# --- one session ----------------------------------------------------------------------


async def test_one_session(garage: Garage) -> None:
    """It begins, is counted, is paid for, ends; and everybody is told."""
    garage.hass.config.currency = "EUR"
    garage.hass.states.async_set(PRICE, "30", {"unit_of_measurement": "ct/kWh"})
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(
        sources=grid_sources(), prices={"import_entity": PRICE, "export_price": None}
    )
    # A car has been there before.
    garage.site.units[0].car.unplug()
    await garage.open()
    await garage.until_met()
    garage.measure(0)
    await garage.call("select.select_option", "charging_mode", FIRST, option="fast")
    told: list[dict[str, Any]] = []

    @callback
    def tell(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) and state.attributes.get("event_type"):
            told.append(dict(state.attributes))

    async_track_state_change_event(
        garage.hass, [garage.entity_id("charging_session", FIRST)], tell
    )
    assert garage.value("session_cost", FIRST) == STATE_UNKNOWN

    garage.site.units[0].car.plug_in()
    await garage.until(lambda: told)
    assert told[0]["event_type"] == "session_started"
    assert told[0]["end"] is None
    for _ in range(40):
        # Half of what it draws is imported.
        garage.measure(garage.snapshots[FIRST].power_w / 2)
        await garage.seconds(2)
    await garage.until(lambda: float(garage.value("session_energy", FIRST)) > 0.1)
    await _charge_and_leave(garage)
    await garage.until(lambda: len(told) > 1)

    (session,) = (await _ask(garage, "get_sessions", device_id=_device(garage, FIRST)))[
        "sessions"
    ]
    assert told[1]["event_type"] == "session_ended"
    ours = {key: value for key, value in told[1].items() if key in COLUMNS}
    assert {"wall_connector": "Wall Connector 4711", **ours} == session
    assert session["unit"] == FIRST
    assert session["energy_kwh"] > 0.1
    assert 10 < session["solar_percent"] < 60
    assert session["cost"] == pytest.approx(session["import_kwh"] * 0.3, abs=0.001)
    assert session["currency"] == "EUR"
    assert session["contactor_closed"] == session["contactor_opened"] == 1
    assert session["highest_current_a"] > 20
    assert session["limited_by"] == "fast"
    start, end = (dt_util.parse_datetime(session[each]) for each in ("start", "end"))
    assert start
    assert end
    assert timedelta(0) <= end - start < timedelta(minutes=5)
    # What goes on is shown until the next one begins.
    await garage.seconds(65)
    assert float(garage.value("session_energy", FIRST)) == session["energy_kwh"]
    assert float(garage.value("session_cost", FIRST)) == pytest.approx(
        session["cost"], abs=0.006
    )
    assert garage.state("session_cost", FIRST).attributes["unit_of_measurement"] == (
        "EUR"
    )
    assert float(garage.value("session_solar_share", FIRST)) == pytest.approx(
        session["solar_percent"], abs=1
    )
    solar_kwh = float(garage.value("solar_energy", FIRST))
    assert solar_kwh == pytest.approx(session["solar_kwh"], abs=0.001)
    assert garage.value("contactor_cycles", FIRST) == "1"


async def test_restart(garage: Garage) -> None:
    """A session goes on after a restart, and nobody is told that it has begun again."""
    await garage.open()
    await garage.until(
        lambda: garage.snapshots and garage.snapshots[FIRST].session_kwh > 0.1
    )
    began = garage.state("charging_session", FIRST)
    assert began.attributes["event_type"] == "session_started"
    before = garage.snapshots[FIRST].charged.session
    assert before is not None

    await garage.unload()
    await garage.set_up()
    await garage.until_met()
    after = garage.snapshots[FIRST].charged.session
    assert after is not None
    assert after.began_at == before.began_at
    assert after.energy_kwh >= before.energy_kwh
    assert garage.state("charging_session", FIRST).attributes == began.attributes


async def test_forgotten(garage: Garage) -> None:
    """Whoever removes a Wall Connector keeps what it has charged."""
    await garage.open()
    await garage.until_met()
    await garage.until(lambda: garage.snapshots[SECOND].session_kwh > 0.01)
    garage.site.units.pop()
    await garage.until(lambda: SECOND not in garage.available)
    garage.coordinator.forget_unit(SECOND)
    # Nothing of it goes on.
    garage.coordinator.session_log.forget(SECOND)

    sessions = (await _ask(garage, "get_sessions"))["sessions"]
    (session,) = [each for each in sessions if each["unit"] == SECOND]
    assert session["end"]
    assert session["energy_kwh"] > 0.01
    device = _device(garage)
    by_bus = (await _ask(garage, "get_sessions", device_id=[device]))["sessions"]
    assert {each["unit"] for each in by_bus} == {FIRST, SECOND}


# --- prices ---------------------------------------------------------------------------


async def test_a_sensor_that_tells_no_price(garage: Garage) -> None:
    """It is said, and taken back once it is mended."""
    garage.hass.states.async_set(PRICE, "2.85", {"unit_of_measurement": "NOK/kWh"})
    garage.entry.add_to_hass(garage.hass)
    garage.change_options(prices={"import_entity": PRICE})
    await garage.open()
    await garage.until(lambda: garage.issue(PriceProblem.NO_PRICE))
    issue = garage.issue(PriceProblem.NO_PRICE)
    assert issue is not None
    assert issue.translation_placeholders == {"bus": "Garage", "entities": PRICE}

    garage.hass.states.async_set(PRICE, "0.31", {"unit_of_measurement": "EUR/kWh"})
    await garage.until(lambda: not garage.issue(PriceProblem.NO_PRICE))


# --- actions --------------------------------------------------------------------------


@pytest.fixture
async def past(garage: Garage, hass_storage: dict[str, Any]) -> Garage:
    """Return a garage with three sessions in its past, and two that go on."""
    await garage.open()
    await garage.until_met()
    await garage.until(lambda: all(each.session for each in _charged(garage)))
    for day, who in enumerate((FIRST, SECOND, FIRST), 1):
        began_at = dt_util.parse_datetime(f"2026-03-0{day}T12:00:00+00:00")
        assert began_at is not None
        at = began_at.timestamp()
        garage.coordinator.session_log.store.file(
            Session(
                unit=who,
                began_at=at,
                seen_at=at + 5400,
                ended_at=at + 5400,
                solar_kwh=day * 1.5,
                drawing_s=3600.0,
                drawn_as=36000.0,
            )
        )
    return garage


def _charged(garage: Garage) -> list[Any]:
    return [each.charged for each in garage.snapshots.values()]


async def _energies(garage: Garage, **data: Any) -> list[float]:
    sessions = (await _ask(garage, "get_sessions", **data))["sessions"]
    return [each["solar_kwh"] for each in sessions]


async def test_get_sessions(past: Garage) -> None:
    """Oldest first, what goes on last."""
    sessions = (await _ask(past, "get_sessions"))["sessions"]
    assert [each["solar_kwh"] for each in sessions] == [1.5, 3.0, 4.5, 0.0, 0.0]
    assert [each["end"] is None for each in sessions] == [False] * 3 + [True] * 2
    assert list(sessions[0]) == list(COLUMNS)
    assert sessions[0]["duration_min"] == 90
    assert sessions[0]["charging_min"] == 60
    assert sessions[0]["mean_current_a"] == 10
    assert sessions[0]["cost"] is None


async def test_whose_and_when(past: Garage) -> None:
    """By device, by time, or both."""
    first, second, bus = (_device(past, who) for who in (FIRST, SECOND, None))
    until = "2026-06-01 00:00:00"
    assert await _energies(past, device_id=first, end=until) == [1.5, 4.5]
    assert await _energies(past, device_id=[second], end=until) == [3.0]
    for devices in [first, second], [bus], [bus, first], [first, bus]:
        assert await _energies(past, device_id=devices, end=until) == [1.5, 3.0, 4.5]

    start = "2026-03-02T12:00:00+00:00"
    assert await _energies(past, start=start, end=until) == [3.0, 4.5]
    assert await _energies(past, end=start) == [1.5]
    assert await _energies(past, start="2026-04-01 00:00:00") == [0.0, 0.0]


@pytest.mark.parametrize("action", ["get_sessions", "export_sessions"])
async def test_years_of_them(
    past: Garage, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """They take a while, in which somebody has to watch the cars: another thread reads them."""
    threads = set()

    def told(session: Session, entry: ConfigEntry) -> dict[str, Any]:
        threads.add(threading.current_thread())
        return figures(session, entry)

    monkeypatch.setattr(session_actions, "figures", told)
    await _ask(past, action)
    assert threads
    assert threading.current_thread() not in threads


@pytest.mark.parametrize("action", ["get_sessions", "export_sessions"])
async def test_the_wrong_way_round(past: Garage, action: str) -> None:
    """An empty answer would say that nothing was charged."""
    times = {"start": "2026-06-01 00:00:00", "end": "2026-03-01 00:00:00"}
    with pytest.raises(ServiceValidationError, match="is not after the start"):
        await _ask(past, action, **times)


async def test_since_ever(past: Garage) -> None:
    """The first day there is on a calendar is no day yet in some zones; nor is the last."""
    await past.hass.config.async_set_time_zone("Europe/Berlin")
    start, end = "0001-01-01 00:00:00", "9999-12-31 23:59:59"
    assert len(await _energies(past, start=start, end=end)) == 5
    await past.hass.config.async_set_time_zone("US/Pacific")
    assert len(await _energies(past, start=start, end=end)) == 5


async def test_a_name_of_their_own(past: Garage) -> None:
    """Sessions bear the name that people gave the Wall Connector."""
    dr.async_get(past.hass).async_update_device(
        _device(past, FIRST), name_by_user="Carport"
    )
    (session, *_) = (await _ask(past, "get_sessions"))["sessions"]
    assert session["wall_connector"] == "Carport"


async def test_nobody_to_ask(past: Garage) -> None:
    """What is not set up at the moment has not charged nothing."""
    await past.unload()
    with pytest.raises(ServiceValidationError, match="No bus is set up"):
        await _ask(past, "get_sessions")


async def test_whose_is_nobodys(past: Garage) -> None:
    """A device of somebody else is no Wall Connector."""
    with pytest.raises(ServiceValidationError, match="not found"):
        await _ask(past, "get_sessions", device_id="nonsense")
    registry = dr.async_get(past.hass)
    stranger = registry.async_get_or_create(
        config_entry_id=past.entry.entry_id,
        identifiers={(DOMAIN, "garage_nobody")},
        name="Nobody",
    )
    with pytest.raises(ServiceValidationError, match="Nobody is no Wall Connector"):
        await _ask(past, "get_sessions", device_id=stranger.id)


async def test_export_as_response(past: Garage) -> None:
    """Without a file, the response holds what would be in it: what has ended."""
    response = await _ask(past, "export_sessions")
    rows = list(csv.DictReader(io.StringIO(response["csv"])))
    assert response["sessions"] == len(rows) == 3
    assert list(rows[0]) == list(COLUMNS)
    assert rows[1]["wall_connector"] == "Wall Connector 4712"
    assert rows[1]["unit"] == SECOND
    assert rows[1]["energy_kwh"] == "3.0"
    assert rows[1]["cost"] == ""


async def test_export_into_a_file(past: Garage, tmp_path: Path) -> None:
    """In a folder that Home Assistant may write to."""
    past.hass.config.allowlist_external_dirs = {str(tmp_path)}
    path = tmp_path / "sessions.csv"
    path.write_text("old", "utf-8")
    response = await _ask(past, "export_sessions", path=str(path))
    assert response == {"sessions": 3, "path": str(path)}
    expected = (await _ask(past, "export_sessions"))["csv"]
    assert path.read_text("utf-8") == expected

    # Nobody has to ask for the response.
    path.unlink()
    await past.hass.services.async_call(
        DOMAIN, "export_sessions", {"path": str(path)}, blocking=True
    )
    assert path.exists()


@pytest.mark.parametrize(
    "path", ["/etc/sessions.csv", "sessions.csv", "{allowed}/../sessions.csv"]
)
async def test_export_where_it_is_not_allowed(
    past: Garage, tmp_path: Path, path: str
) -> None:
    """Nothing is written outside of the allowed folders."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    past.hass.config.allowlist_external_dirs = {str(allowed)}
    path = path.format(allowed=allowed)
    with pytest.raises(ServiceValidationError, match="may not write"):
        await _ask(past, "export_sessions", path=path)
    assert not Path(path).exists()


@pytest.mark.parametrize("name", ["", "no\0name", "nowhere/sessions.csv"])
async def test_export_fails(past: Garage, tmp_path: Path, name: str) -> None:
    """The disk says no."""
    past.hass.config.allowlist_external_dirs = {str(tmp_path)}
    with pytest.raises(HomeAssistantError, match="could not be written"):
        await _ask(past, "export_sessions", path=f"{tmp_path}/{name}")


async def test_export_nowhere(past: Garage) -> None:
    """Neither a file nor a response: then what for?"""
    with pytest.raises(ServiceValidationError, match="Name a file"):
        await past.hass.services.async_call(
            DOMAIN, "export_sessions", {}, blocking=True
        )


def test_csv_of_nothing() -> None:
    """The columns are there all the same."""
    assert as_csv([]) == ",".join(COLUMNS) + "\n"


def test_figures() -> None:
    """Every figure of a session has its column; vehicles have the names of today."""
    session = Session(unit=FIRST, began_at=0.0, seen_at=90.0, vehicle="red")
    entry = MockConfigEntry(
        subentries_data=[
            ConfigSubentryDataWithId(
                data={},
                subentry_id="red",
                subentry_type="vehicle",
                title="Red one",
                unique_id=None,
            )
        ]
    )
    assert ["wall_connector", *figures(session, entry)] == list(COLUMNS)
    assert figures(session, entry)["vehicle"] == "Red one"
    # It may have been removed.
    assert figures(session, MockConfigEntry())["vehicle"] == "red"
    session.vehicle = None
    assert figures(session, entry)["vehicle"] is None


# --- damage ---------------------------------------------------------------------------


async def test_damage_is_said(garage: Garage, hass_storage: dict[str, Any]) -> None:
    """What could not be read is set aside; the message stays until it was read."""
    hass = garage.hass
    assert await async_setup_component(hass, "repairs", {})
    hass_storage["twcmanager.garage.sessions"] = {"version": 1, "data": ["nonsense"]}
    await garage.open()
    issue = garage.issue("sessions_set_aside")
    assert issue is not None
    assert issue.is_persistent
    assert issue.translation_placeholders is not None
    path = issue.translation_placeholders["path"]
    assert path.endswith("twcmanager.garage.sessions_set_aside")

    await garage.unload()
    await garage.set_up()
    assert garage.issue("sessions_set_aside") == issue

    flow = await async_create_fix_flow(hass, issue.issue_id, None)
    flow.hass, flow.issue_id, flow.data = hass, issue.issue_id, None
    assert (await flow.async_step_init())["step_id"] == "confirm"


async def test_nothing_to_say(garage: Garage) -> None:
    """A bus whose sessions are well has no message about them."""
    await garage.open()
    assert not garage.issue("sessions_set_aside")
    assert not garage.issue(PriceProblem.MISSING)
    assert not garage.issue(PriceProblem.NO_PRICE)
