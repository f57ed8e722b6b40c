"""One session per plug-in: what it got, where from, for how much; and never twice."""

from dataclasses import dataclass, replace
from itertools import pairwise
import json
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.twcmanager.charging.model import Reason
from custom_components.twcmanager.charging.session import (
    Happening,
    Session,
    Sessions,
    frozen,
)

from .record import (
    KW_PER_A,
    MORNING,
    OTHER,
    OTHER_VIN,
    UNIT,
    VIN,
    Wall,
    charge,
    grid,
    priced,
)

# --- from plug to plug ----------------------------------------------------------------


def test_from_plug_to_plug(wall: Wall) -> None:
    """A session begins when a car is plugged in and ends when it is unplugged."""
    assert not wall.events

    wall.show(plugged_in=True, vin=VIN)
    wall.pass_by(60)
    session = wall.open()
    assert wall.events == [(Happening.STARTED, session)]
    assert (session.unit, session.vin) == (UNIT, VIN)
    assert session.began_at == MORNING + 6
    assert session.duration_s == 59

    wall.show(plugged_in=False, vin=None)
    wall.pass_by(60)
    assert wall.events[1:] == [(Happening.ENDED, session)]
    assert session.ended_at == MORNING + 66
    assert session.duration_s == 60
    assert session.vin == VIN
    account = wall.sessions.accounts[UNIT]
    assert (account.open, account.last) == (None, session)


def test_the_vin_comes_later(wall: Wall) -> None:
    """It takes a while until it is read; the session is the same."""
    wall.show(plugged_in=True)
    wall.pass_by(10)
    wall.show(vin=VIN)
    wall.pass_by(10)
    wall.show(vin=None)
    wall.pass_by(10)
    assert wall.open().vin == VIN
    assert len(wall.events) == 1


def test_whose_car_it_is(wall: Wall) -> None:
    """It may be recognised later, or better; when it leaves, it is still known."""
    wall.show(plugged_in=True)
    wall.pass_by(10)
    assert wall.open().vehicle is None
    for vehicle in "guess", "red":
        wall.show(vehicle=vehicle)
        wall.pass_by(10)
    wall.show(plugged_in=False, vehicle=None)
    wall.pass_by(10)
    (session,) = wall.ended()
    assert session.vehicle == "red"


def test_another_car_is_another_session(wall: Wall) -> None:
    """Who changed cars while nobody looked: the VIN tells."""
    wall.show(plugged_in=True, vin=VIN)
    wall.pass_by(10)
    wall.restart(away_s=3600)
    wall.show(vin=OTHER_VIN)
    wall.pass_by(10)

    (first,) = wall.ended()
    assert first.ended_at == MORNING + 15
    assert wall.open().vin == OTHER_VIN
    assert wall.open().began_at == MORNING + 15 + 3600 + 1


def test_a_car_that_may_be_there_is_there(wall: Wall) -> None:
    """Old firmware does not tell while it offers nothing: clouds do not end a session."""
    charge(wall, 10)
    wall.show(draw_a=0.0, plugged_in=None)
    wall.pass_by(1800)
    charge(wall, 10)
    assert len(wall.events) == 1

    # In the end nobody believes it any more, and it has not been there since then.
    wall.show(draw_a=0.0, plugged_in=None)
    wall.pass_by(3700, step_s=10)
    (session,) = wall.ended()
    assert session.ended_at == pytest.approx(MORNING + 1825, abs=11)


def test_every_unit_by_itself(wall: Wall) -> None:
    """Two cars, two sessions."""
    wall.show(OTHER, draw_a=20.0)
    charge(wall, 3600)
    assert wall.open().energy_kwh == pytest.approx(2.3, rel=1e-3)
    assert wall.open(OTHER).energy_kwh == pytest.approx(4.6, rel=1e-3)


def test_forgotten(wall: Wall) -> None:
    """A unit that was removed begins anew should it come back."""
    charge(wall, 3600)
    session = wall.sessions.forget(UNIT)
    assert session is not None
    assert session.ended_at == wall.at
    assert UNIT not in wall.sessions.accounts
    assert wall.sessions.forget(UNIT) is None
    wall.pass_by(2)
    assert wall.open().energy_kwh < 0.01


# --- energy ---------------------------------------------------------------------------


def test_energy_is_power_times_time(wall: Wall) -> None:
    """Second by second, also while the current changes."""
    for draw_a in range(6, 33):
        charge(wall, 100, draw_a)
    assert wall.open().energy_kwh == pytest.approx(
        sum(range(6, 33)) * KW_PER_A * 100 / 3600, rel=2e-3
    )


def test_a_hanging_machine_does_not_make_energy(wall: Wall) -> None:
    """A unit that hears nothing for half a minute stops its car."""
    charge(wall, 10)
    before = wall.open().energy_kwh
    wall.pass_by(600, step_s=600)
    assert wall.open().energy_kwh - before == pytest.approx(2.3 * 30 / 3600)


def test_a_clock_that_is_set_back_takes_nothing_away(wall: Wall) -> None:
    """Energy goes by the clock that runs evenly, and times never end before they begin."""
    charge(wall, 3600)
    wall.at -= 86400
    charge(wall, 3600)
    assert wall.open().energy_kwh == pytest.approx(4.6, rel=1e-3)
    assert wall.open().duration_s == 0


def test_the_counter_has_a_say(wall: Wall) -> None:
    """A unit whose counter runs 5 % faster than its meter says is believed in time."""
    wall.show(counter_kwh=1000.0)
    true_kwh = 1000.0
    for _ in range(5000):
        # 36 s at 10 A are 23 Wh on the meter.
        true_kwh += 0.023 * 1.05
        wall.show(counter_kwh=float(int(true_kwh)))
        charge(wall, 12, step_s=12)
        charge(wall, 12, step_s=12)
        charge(wall, 12, step_s=12)
    assert wall.sessions.accounts[UNIT].ledger.scale == pytest.approx(1.05, abs=0.01)


# --- origin and cost ------------------------------------------------------------------


def test_solar_share(wall: Wall) -> None:
    """What is neither imported nor from the battery is sun."""
    charge(wall, 3600, reading=grid(-500))
    assert wall.open().solar_share == pytest.approx(1.0)
    charge(wall, 3600, reading=grid(1150, 575))

    session = wall.open()
    assert session.solar_kwh == pytest.approx(2.3 + 0.575, rel=1e-3)
    assert session.battery_kwh == pytest.approx(0.575, rel=1e-3)
    assert session.import_kwh == pytest.approx(1.15, rel=1e-3)
    assert session.solar_share == pytest.approx(0.625, rel=1e-3)
    assert wall.sessions.accounts[UNIT].solar_kwh == session.solar_kwh


def test_import_is_shared_by_power(wall: Wall) -> None:
    """Two cars import together: each has its part."""
    wall.show(OTHER, draw_a=30.0)
    charge(wall, 3600, reading=grid(4600))
    assert wall.open().import_kwh == pytest.approx(1.15, rel=1e-3)
    assert wall.open(OTHER).import_kwh == pytest.approx(3.45, rel=1e-3)


def test_a_meter_that_does_not_see_the_cars(wall: Wall) -> None:
    """What it exports is for the cars."""
    charge(wall, 3600, reading=grid(-1150), meter_sees_cars=False)
    assert wall.open().solar_share == pytest.approx(0.5, rel=1e-3)


def test_what_nobody_measured_is_no_share(wall: Wall) -> None:
    """Sun counts among what was measured; without a meter there is no share."""
    charge(wall, 3600)
    assert wall.open().unmeasured_kwh == pytest.approx(2.3, rel=1e-3)
    assert wall.open().solar_share is None

    charge(wall, 3600, reading=grid(1150))
    assert wall.open().solar_share == pytest.approx(0.5, rel=1e-3)


def test_the_sum_of_all_sessions_in_the_sun(wall: Wall) -> None:
    """The unit's solar energy never falls."""
    charge(wall, 3600, reading=grid(0))
    wall.show(plugged_in=False, draw_a=0.0)
    wall.pass_by(10)
    charge(wall, 3600, reading=grid(0))
    assert wall.sessions.accounts[UNIT].solar_kwh == pytest.approx(4.6, rel=1e-3)


def test_cost(wall: Wall) -> None:
    """Every kWh from the grid costs what it costs at that moment."""
    charge(wall, 3600, reading=grid(2300), tariff=priced(0.3))
    charge(wall, 3600, reading=grid(2300), tariff=priced(-0.1))
    session = wall.open()
    assert session.cost == pytest.approx(0.46, rel=1e-2)
    assert session.import_price == pytest.approx(0.1, rel=1e-2)


def test_the_sun_costs_what_it_would_have_earned(wall: Wall) -> None:
    """If the owner wants it counted."""
    charge(wall, 3600, reading=grid(1150), tariff=priced(0.3, 0.08))
    session = wall.open()
    assert session.cost == pytest.approx(1.15 * 0.3 + 1.15 * 0.08, rel=1e-2)
    assert session.import_price == pytest.approx(0.3)
    assert session.currency == "EUR"


def test_sun_alone_is_free(wall: Wall) -> None:
    """There was a price, but nothing to pay."""
    charge(wall, 3600, reading=grid(0), tariff=priced(0.3))
    assert wall.open().cost == 0.0


def test_without_a_price_there_is_no_cost(wall: Wall) -> None:
    """And nothing is made up."""
    charge(wall, 3600, reading=grid(2300))
    assert wall.open().cost is None
    assert wall.open().import_price is None


def test_a_gap_in_the_prices_is_seen(wall: Wall) -> None:
    """The cost is of what had a price, and it shows how much that was."""
    charge(wall, 3600, reading=grid(2300), tariff=priced(0.3))
    charge(wall, 3600, reading=grid(2300))
    assert wall.open().cost == pytest.approx(0.69, rel=1e-2)
    assert wall.open().unpriced_kwh == pytest.approx(2.3, rel=1e-2)


# --- how it went ----------------------------------------------------------------------


def test_currents(wall: Wall) -> None:
    """The mean is of the time in which it drew any."""
    wall.show(plugged_in=True)
    wall.pass_by(100)
    assert wall.open().mean_a is None
    charge(wall, 100, 8.0)
    charge(wall, 300, 16.0)
    session = wall.open()
    assert session.highest_a == 16.0
    assert session.mean_a == pytest.approx(14.0)
    assert session.drawing_s == 400


def test_starts_and_stops(wall: Wall) -> None:
    """Contactors wear: how often it closed and opened."""
    for _ in range(3):
        charge(wall, 10)
        wall.show(draw_a=0.0)
        wall.pass_by(10)
    charge(wall, 10)
    assert (wall.open().starts, wall.open().stops) == (4, 3)
    assert wall.sessions.accounts[UNIT].contactor_cycles == 4


def test_silence_moves_no_contactor(wall: Wall) -> None:
    """Nor does a restart while the car goes on."""
    charge(wall, 10)
    wall.show(online=False, charging=False, draw_a=0.0)
    wall.pass_by(10)
    wall.show(online=True, charging=True, draw_a=10.0)
    wall.pass_by(10)
    wall.restart(away_s=5)
    wall.pass_by(10)
    assert (wall.open().starts, wall.open().stops) == (1, 0)


def test_what_limited_it(wall: Wall) -> None:
    """How long each reason held, and which one held longest."""
    wall.show(reason=Reason.FOLLOWING_SUN)
    charge(wall, 50)
    assert wall.open().limited_by is Reason.FOLLOWING_SUN
    wall.show(reason=Reason.MAIN_FUSE)
    charge(wall, 70)
    session = wall.open()
    assert session.reasons_s == {"following_sun": 50, "main_fuse": 70}
    assert session.limited_by is Reason.MAIN_FUSE


def test_a_reason_of_another_version() -> None:
    """A reason nobody knows any more is none."""
    session = Session(unit=UNIT, began_at=0.0, seen_at=1.0)
    assert session.limited_by is None
    session.reasons_s["full_moon"] = 3.0
    assert session.limited_by is None


def test_frozen(wall: Wall) -> None:
    """What was shown does not change afterwards."""
    charge(wall, 10)
    before = frozen(wall.open())
    energy_kwh, reasons_s = before.energy_kwh, dict(before.reasons_s)
    charge(wall, 10)
    assert before.energy_kwh == energy_kwh < wall.open().energy_kwh
    assert before.reasons_s == reasons_s


# --- restarts -------------------------------------------------------------------------


def test_a_session_goes_on_after_a_restart(wall: Wall) -> None:
    """It is the same one, with all that was counted."""
    charge(wall, 3600, reading=grid(0))
    wall.restart(away_s=60)
    wall.pass_by(3600, reading=grid(2300))
    assert len(wall.events) == 1
    session = wall.open()
    assert session.energy_kwh == pytest.approx(4.6, rel=1e-3)
    assert session.solar_share == pytest.approx(0.5, rel=1e-3)
    assert session.duration_s == 7200 + 60 - 1


def test_it_left_while_nobody_looked(wall: Wall) -> None:
    """Its session waits for the counter, which tells what it took."""
    wall.show(counter_kwh=700.123)
    charge(wall, 10)
    wall.show(counter_kwh=700.124)
    charge(wall, 10)
    before_kwh = wall.open().energy_kwh

    wall.restart(away_s=1800)
    wall.show(plugged_in=False, draw_a=0.0, counter_kwh=None)
    wall.pass_by(20)
    assert wall.open().energy_kwh == before_kwh
    wall.show(counter_kwh=701.624)
    wall.pass_by(2)

    (session,) = wall.ended()
    assert session.energy_kwh == pytest.approx(1.5 + 0.0064 * 1, abs=0.01)
    assert session.unmeasured_kwh == pytest.approx(session.energy_kwh)


def test_what_one_car_took_is_not_the_next_ones(wall: Wall) -> None:
    """Another car came while nobody looked: whose the energy was cannot be told."""
    wall.show(counter_kwh=700.123, vin=VIN)
    charge(wall, 10)
    wall.show(counter_kwh=700.124)
    charge(wall, 10)
    wall.restart(away_s=3600)
    wall.show(vin=OTHER_VIN, counter_kwh=705.0)
    wall.pass_by(10)
    assert wall.open().energy_kwh < 0.01


def test_what_was_missed_was_measured_by_nobody(wall: Wall) -> None:
    """The sun of now says nothing of where it came from."""
    wall.show(counter_kwh=700.123)
    charge(wall, 10, reading=grid(0))
    wall.show(counter_kwh=700.124)
    charge(wall, 10, reading=grid(0))
    wall.restart(away_s=1800)
    wall.show(counter_kwh=None)
    wall.pass_by(5, reading=grid(0))
    wall.show(counter_kwh=701.124)
    wall.pass_by(2, reading=grid(0))
    assert wall.open().unmeasured_kwh == pytest.approx(1.0, abs=0.02)
    assert wall.open().solar_kwh == pytest.approx(0.0134, abs=0.01)


def test_nobody_waits_for_ever(wall: Wall) -> None:
    """A counter that tells no more holds no session open."""
    wall.show(counter_kwh=700.123)
    charge(wall, 10)
    wall.show(counter_kwh=700.124)
    charge(wall, 10)
    wall.restart(away_s=1800)
    wall.show(plugged_in=False, draw_a=0.0, counter_kwh=None)
    wall.pass_by(100)
    assert len(wall.ended()) == 1


def test_a_silent_unit_is_asked_afterwards(wall: Wall) -> None:
    """Whatever its car took in the meantime is in the counter."""
    wall.show(counter_kwh=700.123)
    charge(wall, 10)
    wall.show(counter_kwh=700.124)
    charge(wall, 10)
    wall.show(online=False, draw_a=0.0)
    wall.pass_by(300)
    wall.show(online=True, counter_kwh=700.224)
    wall.pass_by(2)
    assert wall.open().energy_kwh == pytest.approx(0.1 + 0.0064, abs=0.01)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {},
        {"at": 1.0},
        {"at": "x", "accounts": {}},
        {"at": 1.0, "accounts": 1},
    ],
)
def test_a_checkpoint_that_is_none(kept: Any) -> None:
    """It is handed back whole."""
    sessions = Sessions()
    assert sessions.resume(kept) == [kept]
    assert not sessions.accounts


def test_what_cannot_be_read_is_handed_back(wall: Wall) -> None:
    """The rest goes on."""
    wall.show(OTHER, draw_a=6.0)
    charge(wall, 10)
    kept = wall.sessions.checkpoint(wall.at)
    kept["accounts"][OTHER]["open"]["solar_kwh"] = "much"

    sessions = Sessions()
    assert sessions.resume(kept) == [{OTHER: kept["accounts"][OTHER]}]
    assert list(sessions.accounts) == [UNIT]


# --- killed at any moment of a day ----------------------------------------------------

STEP_S: Final = 10.0
CHECKPOINT_EVERY: Final = 6
"""Steps: once a minute."""


@dataclass
class Day:
    """What goes on at a unit on a day: for each step the current, None without a car."""

    draws_a: list[float | None]
    resolution_kwh: float | None
    """Of the counter, None if it tells nothing."""
    scale: float = 1.0
    """How much the counter says of a kWh of the meter."""

    def live(self, wall: Wall, first: int, end: int) -> list[dict[str, Any]]:
        """Let steps be seen. Return the checkpoints that were made."""
        checkpoints = []
        for step in range(first, end):
            draw_a = self.draws_a[step]
            wall.show(
                plugged_in=draw_a is not None,
                draw_a=draw_a or 0.0,
                counter_kwh=self.counter_kwh(step),
            )
            wall.pass_by(round(STEP_S), reading=grid(0), step_s=STEP_S)
            if step % CHECKPOINT_EVERY == 0:
                kept = wall.sessions.checkpoint(wall.at)
                checkpoints.append(json.loads(json.dumps(kept)))
        return checkpoints

    def counter_kwh(self, step: int) -> float | None:
        """Return what the counter shows at the end of a step."""
        if self.resolution_kwh is None:
            return None
        true_kwh = 623.4 + self.energy_kwh(0, step + 1) * self.scale
        return int(true_kwh / self.resolution_kwh) * self.resolution_kwh

    def energy_kwh(self, first: int, end: int) -> float:
        """Return what went into cars between two steps."""
        draws = [0.0, *(draw or 0.0 for draw in self.draws_a)]
        means = [(a + b) / 2 for a, b in pairwise(draws)]
        return sum(means[first:end]) * KW_PER_A * STEP_S / 3600


def counted_kwh(wall: Wall) -> float:
    """Return all energy in sessions, ended or not, each once."""
    sessions = {(each.unit, each.began_at): each for _, each in wall.events}
    for account in wall.sessions.accounts.values():
        for each in account.open, account.last:
            if each:
                sessions[each.unit, each.began_at] = each
    return sum(each.energy_kwh for each in sessions.values())


CARS: Final = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([None, 0.0, 6.0, 16.0, 32.0])),
    min_size=2,
    max_size=12,
).map(lambda parts: [draw_a for steps, draw_a in parts for _ in range(steps)])


@settings(max_examples=60, deadline=None)
@given(
    draws_a=CARS,
    killed_at=st.floats(0, 1),
    away=st.integers(0, 30),
    resolution_kwh=st.sampled_from([None, 1.0, 0.001]),
)
def test_killed_at_any_moment(
    draws_a: list[float | None],
    killed_at: float,
    away: int,
    resolution_kwh: float | None,
) -> None:
    """Nothing counts twice, and no more is lost than since the last checkpoint."""
    day = Day([None, *draws_a, None, None], resolution_kwh)
    killed = 1 + round(killed_at * (len(day.draws_a) - 1))
    wall = Wall()
    checkpoints = day.live(wall, 0, killed)
    kept_steps = (killed - 1) // CHECKPOINT_EVERY * CHECKPOINT_EVERY + 1
    resumed = min(killed + away, len(day.draws_a))

    wall.sessions = Sessions()
    wall.sessions.resume(checkpoints[-1])
    wall.events = [each for each in wall.events if each[1].ended_at]
    # They are in the archive, whatever the checkpoint says.
    for _, session in wall.events:
        going_on = wall.sessions.accounts[UNIT].open
        if going_on and going_on.began_at == session.began_at:
            wall.sessions.end_as(replace(session))
    wall.at += away * STEP_S
    day.live(wall, resumed, len(day.draws_a))

    true_kwh = day.energy_kwh(0, len(day.draws_a))
    # What goes on across the first step is seen by nobody either.
    lost_kwh = day.energy_kwh(kept_steps, resumed + 1)
    # A counter is read at the end of a step, and its steps are as large as they are.
    least_kwh = (true_kwh - lost_kwh) * 0.999 - 1e-6
    most_kwh = true_kwh * 1.001 + {None: 1e-6, 1.0: 0.03, 0.001: 0.002}[resolution_kwh]
    assert least_kwh <= counted_kwh(wall) <= most_kwh
    # In the end everything is on somebody's account, too, or waits for that.
    credited_kwh = sum(each.energy_kwh for each in wall.sessions.vehicles.values())
    if going_on := wall.sessions.accounts[UNIT].open:
        credited_kwh += going_on.energy_kwh - going_on.credited.energy_kwh
    assert least_kwh <= credited_kwh <= most_kwh


@pytest.mark.parametrize("killed", range(130, 320, 7))
def test_killed_under_the_eyes_of_a_counter(killed: int) -> None:
    """With a lifetime counter nothing is lost but what it has not counted itself."""
    day = Day([None, *[32.0] * 400, 0.0, 0.0, None], resolution_kwh=0.001)
    wall = Wall()
    checkpoints = day.live(wall, 0, killed)
    wall.sessions = Sessions()
    wall.sessions.resume(checkpoints[-1])
    wall.at += 200
    day.live(wall, killed + 20, len(day.draws_a))

    true_kwh = day.energy_kwh(0, len(day.draws_a))
    assert counted_kwh(wall) == pytest.approx(true_kwh, abs=0.025)


@pytest.mark.parametrize("killed", range(130, 200, 7))
def test_a_coarse_counter_tells_in_time(killed: int) -> None:
    """One that counts whole kWh closes the gap as soon as it moves."""
    day = Day([None, *[32.0] * 400, 0.0, 0.0, None], resolution_kwh=1.0)
    wall = Wall()
    checkpoints = day.live(wall, 0, killed)
    wall.sessions = Sessions()
    wall.sessions.resume(checkpoints[-1])
    wall.at += 200
    day.live(wall, killed + 20, len(day.draws_a))

    true_kwh = day.energy_kwh(0, len(day.draws_a))
    assert counted_kwh(wall) == pytest.approx(true_kwh, abs=0.05)
