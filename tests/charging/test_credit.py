"""What each vehicle has got: only ever more, and every Wh of every session once."""

from dataclasses import replace
from typing import Final

import pytest

from custom_components.twcmanager.charging.credit import OTHERS, PATIENCE_S, Got
from custom_components.twcmanager.charging.session import Sessions

from .record import MORNING, OTHER, OTHER_VIN, UNIT, VIN, Wall, charge, grid

RED: Final = "red"
BLUE: Final = "blue"


def leave(wall: Wall) -> None:
    """Let the car go."""
    wall.show(plugged_in=False, draw_a=0.0, vehicle=None, vin=None)
    wall.pass_by(5)


def energy_kwh(wall: Wall, who: str) -> float:
    """Return what somebody has got."""
    return wall.sessions.vehicles.get(who, Got()).energy_kwh


def test_it_grows_while_the_car_charges(wall: Wall) -> None:
    """What the session gets is the car's at once, and so is the sun in it."""
    wall.show(vehicle=RED)
    charge(wall, 60, reading=grid(1150.0))
    session = wall.open()
    assert session.energy_kwh > 0
    assert wall.sessions.vehicles == {RED: Got(session.energy_kwh, session.solar_kwh)}
    assert 0 < session.solar_kwh < session.energy_kwh


def test_over_all_sessions_at_any_unit(wall: Wall) -> None:
    """It is one car wherever it charges."""
    wall.show(vehicle=RED)
    charge(wall, 60)
    leave(wall)
    wall.show(OTHER, vehicle=RED, draw_a=6.0)
    wall.pass_by(60)
    sessions = [*wall.ended(), wall.open(OTHER)]
    assert energy_kwh(wall, RED) == pytest.approx(
        sum(each.energy_kwh for each in sessions)
    )


def test_before_it_is_recognised(wall: Wall) -> None:
    """Nobody gets it until then; but it was the same car."""
    charge(wall, 300)
    assert not wall.sessions.vehicles
    wall.show(vehicle=RED)
    wall.pass_by(1)
    assert energy_kwh(wall, RED) == wall.open().energy_kwh
    assert OTHERS not in wall.sessions.vehicles


def test_recognised_too_late(wall: Wall) -> None:
    """After a quarter of an hour it is one of the others, until it is recognised."""
    charge(wall, round(PATIENCE_S))
    assert not wall.sessions.vehicles
    wall.pass_by(60)
    others_kwh = energy_kwh(wall, OTHERS)
    assert others_kwh == wall.open().energy_kwh
    wall.show(vehicle=RED)
    wall.pass_by(60)
    assert energy_kwh(wall, OTHERS) == others_kwh
    assert energy_kwh(wall, RED) == pytest.approx(wall.open().energy_kwh - others_kwh)


def test_never_recognised(wall: Wall) -> None:
    """What it took is the others' as soon as it leaves."""
    charge(wall, 60)
    leave(wall)
    (session,) = wall.ended()
    assert wall.sessions.vehicles == {OTHERS: Got(session.energy_kwh)}
    assert session.vehicle is None


def test_known_better_later(wall: Wall) -> None:
    """What was one car's is not taken from it; what comes now is the other's."""
    wall.show(vehicle=RED)
    charge(wall, 60)
    red_kwh = wall.open().energy_kwh
    wall.show(vehicle=BLUE)
    wall.pass_by(60)
    assert energy_kwh(wall, RED) == pytest.approx(red_kwh)
    assert energy_kwh(wall, BLUE) == pytest.approx(wall.open().energy_kwh - red_kwh)


def test_a_moment_without_a_name(wall: Wall) -> None:
    """A car that is not told of for a while is still the same."""
    wall.show(vehicle=RED)
    charge(wall, 60)
    wall.show(vehicle=None)
    wall.pass_by(60)
    assert wall.sessions.vehicles == {RED: Got(wall.open().energy_kwh)}


def test_another_car_is_another_account(wall: Wall) -> None:
    """The VIN tells that they were changed while nobody looked."""
    wall.show(vin=VIN, vehicle=RED)
    charge(wall, 60)
    wall.show(vin=OTHER_VIN, vehicle=None)
    wall.pass_by(60)
    leave(wall)
    first, second = wall.ended()
    assert energy_kwh(wall, RED) == first.energy_kwh
    assert energy_kwh(wall, OTHERS) == second.energy_kwh


def test_a_unit_is_forgotten(wall: Wall) -> None:
    """What its car had got by then stays somebody's."""
    charge(wall, 60)
    session = wall.sessions.forget(UNIT)
    assert session is not None
    assert energy_kwh(wall, OTHERS) == session.energy_kwh > 0


def test_a_restart(wall: Wall) -> None:
    """Nothing is lost or counted twice, recognised or not."""
    wall.show(vehicle=RED)
    charge(wall, 60)
    wall.show(OTHER, draw_a=6.0)
    wall.pass_by(60)
    for _ in range(3):
        wall.restart(away_s=10)
        wall.pass_by(60)
    wall.show(OTHER, vehicle=BLUE)
    wall.pass_by(1)
    assert energy_kwh(wall, RED) == pytest.approx(wall.open().energy_kwh)
    assert energy_kwh(wall, BLUE) == pytest.approx(wall.open(OTHER).energy_kwh)


def test_missed_energy_is_whose_car_it_was(wall: Wall) -> None:
    """What the counter tells of the time of a restart is the car's that was there."""
    wall.show(vehicle=RED, counter_kwh=700.123)
    charge(wall, 10)
    wall.show(counter_kwh=700.124)
    charge(wall, 10)
    wall.restart(away_s=600)
    wall.show(counter_kwh=700.524)
    wall.pass_by(5)
    assert energy_kwh(wall, RED) == wall.open().energy_kwh > 0.4


def test_ended_in_the_archive_only(wall: Wall) -> None:
    """The checkpoint came too late: what came after it is credited from the archive, once."""
    wall.show(vehicle=RED)
    charge(wall, 60, reading=grid(0.0))
    kept = wall.sessions.checkpoint(wall.at)
    charge(wall, 60, reading=grid(0.0))
    leave(wall)
    (archived,) = wall.ended()
    everything = dict(wall.sessions.vehicles)
    solar_kwh = wall.sessions.accounts[UNIT].solar_kwh

    sessions = Sessions()
    sessions.resume(kept)
    for _ in range(2):
        sessions.end_as(replace(archived))
    assert sessions.accounts[UNIT].open is None
    assert sessions.vehicles[RED].energy_kwh == pytest.approx(
        everything[RED].energy_kwh
    )
    assert sessions.accounts[UNIT].solar_kwh == pytest.approx(solar_kwh)


@pytest.mark.parametrize(
    "vehicles", [None, [], {RED: 1.0}, {RED: {"energy_kwh": "much"}}]
)
def test_damaged(wall: Wall, vehicles: object) -> None:
    """It is handed back, and everything else goes on."""
    charge(wall, 60)
    kept = wall.sessions.checkpoint(MORNING) | {"vehicles": vehicles}
    sessions = Sessions()
    assert sessions.resume(kept) == [{"vehicles": vehicles}]
    assert list(sessions.accounts) == [UNIT]
    assert not sessions.vehicles
