"""Wall Connectors on a serial port, from the config flow to the current in the cars' cables."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import sqlite3
import time
from typing import Final

import pytest

from .databases import an_hour_passes
from .home_assistant import Json, until
from .house import GIVES_UP_AFTER_S, VOLTS
from .owner import CIRCUIT_A, LIMITS_A, Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A car that charges draws at least this, a bit less than the 6 A it is offered.
_CHARGES_A: Final = 5.0
# Both may have this at once, but not more than 4 A above it.
_FAST_A: Final = 11.0
# No entity is written more often than this, on average.
_ROW_INTERVAL_S: Final = 3.0
# All of them together, with more going on in these minutes than on a windy day.
_MOST_ROWS_PER_HOUR: Final = 10000
# It is new, unplugged, reloaded and started again: nothing is away more than twice for each.
_ABSENCES: Final = 8
# Changes of what an entity shows, and how often it was away. What a start costs is not what
# charging costs: going away and coming back are no changes.
_WRITTEN: Final = """\
SELECT
  entity_id,
  sum(state != 'unavailable' AND coalesce(before, 'unavailable') != 'unavailable'),
  sum(state = 'unavailable')
FROM (
  SELECT
    meta.entity_id,
    state,
    lag(state) OVER (PARTITION BY metadata_id ORDER BY last_updated_ts) AS before
  FROM states JOIN states_meta AS meta USING (metadata_id)
  WHERE last_updated_ts > ?
)
GROUP BY entity_id
"""


async def test_the_config_flow_finds_the_wall_connectors(owner: Owner) -> None:
    """It listens, shows who is there, asks for limits and refuses those above the rating."""
    steps = owner.steps
    assert steps["menu"]["menu_options"] == ["serial", "simulator"]
    found = steps["units"]["description_placeholders"]["units"]
    assert "1A2B | 32 A" in found
    assert "7CDE | 32 A" in found
    asked = [field["name"] for field in steps["wiring"]["data_schema"]]
    assert asked == ["circuit_limit", "unit_1", "unit_2", "phases"]
    assert steps["refused"]["errors"] == {"unit_1": "above_rating"}
    assert "Right now" in steps["check"]["description_placeholders"]["reading"]
    assert steps["entry"]["result"]["state"] == "loaded"


async def test_wall_connectors_become_devices(owner: Owner) -> None:
    """With what they told about themselves, below the device of the bus."""
    house = owner.house
    devices = {
        each["name"]: each
        for each in await owner.home_assistant.command("config/device_registry/list")
        if owner.entry_id in each["config_entries"]
    }
    assert len(devices) == 3, devices.keys()
    modern, old = devices["Wall Connector 1234"], devices["Wall Connector 7CDE"]
    assert modern["serial_number"] == house.modern.serial_number
    assert modern["via_device_id"] == old["via_device_id"] is not None
    await owner.will_see(house.modern, "vin", house.modern.car.vin)
    for unit in house.units:
        await owner.will_see(unit, "vehicle_connected", "on")
        assert await owner.sees(unit, "charging_mode") == "solar"


async def test_cars_follow_the_sun(owner: Owner) -> None:
    """They wait for it, start with it, and get more and less as it comes and goes."""
    house = owner.house
    await owner.will_see(house.modern, "reason", "waiting_for_sun")
    assert house.draw_a == 0
    house.sun.watts = 5000
    await house.until(
        lambda: all(unit.draw_a > _CHARGES_A for unit in house.units),
        "both cars charge",
        timeout_s=120,
    )
    await owner.will_see(house.modern, "reason", "following_sun")
    await owner.will_see(house.modern, "status", "charging")
    for watts in (7000, 4000, 6000):
        await house.until_cars_take(watts)

    async def shows_the_limits() -> bool:
        shown = [
            float(await owner.sees(unit, "offered_current")) for unit in house.units
        ]
        return sum(shown) == pytest.approx(house.limit_a, abs=2)

    await until(shows_the_limits, "what cars may draw is shown")


async def test_fast_takes_what_the_limits_allow(owner: Owner) -> None:
    """Those of the circuit, of each Wall Connector, and what the owner sets below them."""
    house = owner.house
    house.sun.watts = 0
    await owner.has_both_charge(at_least_a=_FAST_A)
    await owner.will_see(house.modern, "reason", "fast", "circuit_limit")
    assert house.limit_a <= CIRCUIT_A, house
    await owner.set(house.modern, "charge_current_limit", 9)
    await house.until(
        lambda: house.modern.limit_a == 9 and 8 < house.modern.draw_a <= 9,
        "the first car keeps to 9 A",
    )


async def test_a_switch_stops_one_car(owner: Owner) -> None:
    """And lets it charge again; the other one goes on all the time."""
    house = owner.house
    await owner.has_both_charge(at_least_a=_FAST_A)
    house.watch()
    await owner.set(house.modern, "charging_enabled", False)
    await house.until(
        lambda: house.modern.draw_a == 0 and house.modern.limit_a == 0,
        "the first car stops",
    )
    await owner.will_see(house.modern, "status", "paused")
    assert await owner.sees(house.modern, "reason") == "disabled"
    assert await owner.sees(house.modern, "charging") == "off"
    await owner.set(house.modern, "charging_enabled", True)
    await house.until(
        lambda: house.modern.draw_a > _FAST_A, "the first car charges again"
    )
    assert house.old.least_draw_a > _CHARGES_A


async def test_an_adapter_is_pulled_out(
    owner: Owner, measured: Callable[[str], None]
) -> None:
    """Home Assistant shows it, goes on when it is back, and no car stops."""
    house = owner.house
    await owner.has_both_charge(at_least_a=_FAST_A)
    connected = owner.entities["connected"]

    async def lost() -> bool:
        return await owner.home_assistant.state(connected) == "off"

    house.watch()
    await house.port.vanish()
    await until(lost, "the port is shown as lost")
    assert await owner.sees(house.modern, "current") == "unavailable"
    await house.port.come_back()
    await owner.will_see(house.modern, "status", "charging")
    assert await owner.home_assistant.state(connected) == "on"
    silence_s = await house.longest_silence_s()
    measured(f"adapter out and in: a Wall Connector is alone for {silence_s:.1f} s")
    assert min(unit.least_draw_a for unit in house.units) > _CHARGES_A


async def test_a_reload_is_short(owner: Owner, measured: Callable[[str], None]) -> None:
    """Nobody on the bus is left alone for five seconds, and no car stops."""
    house = owner.house
    await owner.has_both_charge(at_least_a=_CHARGES_A)
    house.watch()
    await owner.home_assistant.post(
        f"/api/config/config_entries/entry/{owner.entry_id}/reload"
    )
    await owner.will_see(house.modern, "status", "charging")
    silence_s = await house.longest_silence_s()
    measured(f"reload: a Wall Connector is left alone for {silence_s:.1f} s")
    assert silence_s < 5
    assert min(unit.least_draw_a for unit in house.units) > _CHARGES_A


async def test_home_assistant_restarts_while_cars_charge(
    owner: Owner, measured: Callable[[str], None]
) -> None:
    """The cars go on all the time, and everything is as its owner had set it."""
    house, home_assistant = owner.house, owner.home_assistant
    await owner.has_both_charge(at_least_a=_CHARGES_A)
    await owner.set(house.modern, "charge_current_limit", 12)
    circuit_limit = owner.entities["circuit_limit"]
    await home_assistant.act("number.set_value", circuit_limit, value=25)
    await house.until(lambda: house.limit_a <= 25, "both keep to the circuit limit")
    energy_kwh = float(await owner.sees(house.modern, "session_energy"))
    cycles = [unit.relay_cycles for unit in house.units]
    house.watch()
    assert await home_assistant.stop() == 0
    await home_assistant.start()
    await owner.will_see(house.modern, "status", "charging")
    silence_s = await house.longest_silence_s()
    measured(f"restart: a Wall Connector is left alone for {silence_s:.1f} s")
    assert silence_s < GIVES_UP_AFTER_S
    await house.until(
        lambda: all(unit.draw_a > _FAST_A for unit in house.units),
        "both cars are back at what they had",
        timeout_s=75,
    )
    assert min(unit.least_draw_a for unit in house.units) > _CHARGES_A
    assert [unit.relay_cycles for unit in house.units] == cycles
    assert house.limit_a <= 25, house
    assert await owner.sees(house.modern, "charging_mode") == "fast"
    assert float(await owner.sees(house.modern, "charge_current_limit")) == 12
    assert float(await home_assistant.state(circuit_limit)) == 25
    assert float(await owner.sees(house.modern, "session_energy")) >= energy_kwh


async def test_the_database_stays_small(
    owner: Owner, measured: Callable[[str], None]
) -> None:
    """Even with as much going on as above; and statistics can take what there is."""
    home_assistant = owner.home_assistant
    database = home_assistant.folder / "home-assistant_v2.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        written = connection.execute(_WRITTEN, (owner.since,)).fetchall()
    passed_s = time.time() - owner.since
    entities = {*owner.entities.values()}
    rows = Counter({each: changes for each, changes, _ in written if each in entities})
    absences = {each: away for each, _, away in written if each in entities}
    measured(
        f"database: {rows.total()} rows of {len(entities)} entities in {passed_s:.0f} s,"
        f" most of {rows.most_common(4)}"
    )
    assert max(rows.values()) < passed_s / _ROW_INTERVAL_S, rows
    assert rows.total() < _MOST_ROWS_PER_HOUR * passed_s / 3600, rows
    assert max(absences.values()) <= _ABSENCES, absences
    issues = await home_assistant.command("recorder/validate_statistics")
    assert not {*issues} & {*owner.entities.values()}, issues


async def test_home_assistant_is_killed_while_cars_charge(owner: Owner) -> None:
    """Sessions go on, lose a minute at most, and nothing counts twice."""
    house, home_assistant = owner.house, owner.home_assistant
    await owner.has_both_charge(at_least_a=_CHARGES_A)
    before = await owner.sessions()
    shown_kwh = float(await owner.sees(house.modern, "session_energy"))
    await home_assistant.kill()
    await home_assistant.start()
    for unit in house.units:
        await owner.will_see(unit, "status", "charging")
    # Or statistics would take it for another beginning.
    assert float(await owner.sees(house.modern, "session_energy")) >= shown_kwh
    after = await owner.sessions()
    assert len(before) == len(house.units)
    for who, session in before.items():
        assert after[who]["start"] == session["start"]
        least_kwh = session["energy_kwh"] - LIMITS_A["1A2B"] * VOLTS / 1000 / 60
        assert after[who]["energy_kwh"] >= least_kwh
        assert after[who]["contactor_closed"] == session["contactor_closed"]
    delivered_kwh = house.modern.energy_wh / 1000 - 1234
    counted_kwh = sum(
        each["energy_kwh"]
        for each in await owner.all_sessions()
        if each["unit"] == house.modern.serial_number
    )
    assert counted_kwh <= delivered_kwh * 1.03 + 0.02


async def test_what_was_charged_is_in_the_statistics(owner: Owner) -> None:
    """That of sessions, Wall Connectors and vehicles; a restart changes nothing of it."""
    house, home_assistant = owner.house, owner.home_assistant
    await owner.add_vehicle("Red car", vin=house.modern.car.vin)
    (vehicle,) = (
        entity_id
        for key, entity_id in owner.entities.items()
        if key.endswith("_vehicle_energy")
    )
    session = owner.entity(house.modern, "session_energy")
    lifetime = owner.entity(house.modern, "lifetime_energy")
    await owner.has_both_charge(at_least_a=_CHARGES_A)

    async def charged_kwh() -> float:
        return float(await home_assistant.state(vehicle))

    await until(charged_kwh, "the vehicle is known to have charged", timeout_s=90)
    energies_kwh = {
        each: float(await home_assistant.state(each))
        for each in (vehicle, session, lifetime)
    }
    assert await home_assistant.stop() == 0
    an_hour_passes(f"sqlite:///{home_assistant.folder}/home-assistant_v2.db")
    await home_assistant.start()

    async def compiled() -> Json | None:
        statistics: Json = await home_assistant.command(
            "recorder/statistics_during_period",
            start_time=(datetime.now(UTC) - timedelta(hours=3)).isoformat(),
            statistic_ids=[*energies_kwh],
            period="hour",
        )
        return statistics if len(statistics) == len(energies_kwh) else None

    statistics = await until(compiled, "statistics are made")
    assert statistics
    for entity_id, energy_kwh in energies_kwh.items():
        last = statistics[entity_id][-1]
        assert energy_kwh <= last["state"] < energy_kwh + 0.3, entity_id
    # It began with nothing.
    last = statistics[vehicle][-1]
    assert last["sum"] == pytest.approx(last["state"])
