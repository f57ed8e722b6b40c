"""Several cars: who gets how much of sun and circuit, and what the reason says.

The sun is given as the current that cars could draw without import: ``sun_a=10`` leaves 10 A.
Cars stay 0.55 A below what they are offered.
"""

from dataclasses import replace

import pytest

from custom_components.twcmanager.charging.commitment import FOLLOW_S
from custom_components.twcmanager.charging.controller import EMPTY_S, Controller
from custom_components.twcmanager.charging.demand import (
    RAMP_TIME_S,
    REFUSED_S,
    TAKING_TIME_S,
)
from custom_components.twcmanager.charging.model import (
    Circuit,
    Decision,
    GridReading,
    Mode,
    Preferences,
    Reason,
    Sharing,
    Site,
)

from .home import WATTS_PER_A, Car, Home, connector, waiting

SOLAR_MINIMUM, FAST = Mode.SOLAR_MINIMUM, Mode.FAST


@pytest.fixture
def sunny() -> Home:
    """Return a home in which a car charges with 10 A of sun."""
    home = Home(cars=[Car(id=1)], sun_a=10)
    home.run(90)
    assert home[1] == (10.55, Reason.FOLLOWING_SUN)
    return home


class TestInTurn:
    """Several cars in solar mode: one is filled after the other."""

    def test_the_first_takes_all_it_can(self) -> None:
        """The second is not started for what the first one can use."""
        home = Home(cars=[Car(id=1), Car(id=2)], sun_a=20)
        home.run(600)
        assert home[1] == (20.55, Reason.FOLLOWING_SUN)
        assert home[2] == (0, Reason.WAITING_FOR_SUN)
        assert home.starts(2) == 0

    def test_the_second_takes_what_the_first_leaves(self) -> None:
        """At the minimum it is not worth stopping, and the first gives a bit for it."""
        home = Home(cars=[Car(id=1, unit_limit_a=16), Car(id=2)], sun_a=20)
        home.run(90)
        assert home[1] == (15.1, Reason.FOLLOWING_SUN)
        assert home[2] == (6, Reason.FOLLOWING_SUN)
        assert sum(car.draw_a for car in home.cars) == pytest.approx(20)
        home.run(90, sun_a=30)
        assert home[1] == (16, Reason.FOLLOWING_SUN)
        assert home[2] == (15.1, Reason.FOLLOWING_SUN)

    def test_with_less_sun_the_last_one_stops(self) -> None:
        """After 40 Wh, and the first one goes on with all of it."""
        home = Home(cars=[Car(id=1, unit_limit_a=16), Car(id=2)], sun_a=20)
        home.run(90)
        home.run(10, sun_a=9)
        assert home[1] == (6, Reason.FOLLOWING_SUN)
        assert home[2] == (6, Reason.ABOUT_TO_STOP)
        home.run(300)
        assert home[1] == (9.55, Reason.FOLLOWING_SUN)
        assert home[2] == (0, Reason.WAITING_FOR_SUN)

    def test_who_charges_goes_on(self) -> None:
        """A car that is plugged in later waits, whatever the number of its unit."""
        home = Home(cars=[Car(id=1, plugged_in=False), Car(id=2)], sun_a=10)
        home.run(90)
        home.cars[0].plugged_in = True
        home.run(500)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)
        assert home[2] == (10.55, Reason.FOLLOWING_SUN)

    def test_a_minimum_from_the_grid_comes_first(self) -> None:
        """What it takes is not left for others, unless more is left than they need."""
        solar_minimum = Car(id=2, mode=SOLAR_MINIMUM, charge_limit_a=8.55)
        home = Home(cars=[Car(id=1), solar_minimum], sun_a=9)
        home.run(200)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)
        assert home[2] == (8.55, Reason.FOLLOWING_SUN)
        home.run(200, sun_a=18)
        assert home[1] == (10.55, Reason.FOLLOWING_SUN)
        assert home[2] == (8.55, Reason.FOLLOWING_SUN)

    def test_no_car_is_started_that_the_wires_leave_no_more_for(self) -> None:
        """With two of them there would be as much, or less, for one more start."""
        home = Home(cars=[Car(id=1), Car(id=2)], sun_a=40)
        home.run(600)
        assert home[1] == (32, Reason.FOLLOWING_SUN)
        assert home[2] == (0, Reason.WAITING_FOR_CIRCUIT)
        assert home.decision.offers[2].missing_w is None

    def test_a_car_that_leaves_some_of_the_wires_is_joined(self) -> None:
        """There is sun for that."""
        cars = [Car(id=1, charge_limit_a=16), Car(id=2, mode=Mode.OFF)]
        home = Home(cars=cars, sun_a=40)
        home.run(60)
        home.cars[1].mode = Mode.SOLAR
        home.run(60)
        assert home.limit_a(1) == home.limit_a(2) == 16

    def test_a_car_behind_a_small_cable_leaves_the_rest_of_the_wires(self) -> None:
        """However much its own unit could carry."""
        cable = Circuit(8.0, frozenset({1}))
        cars = [Car(id=1), Car(id=2, mode=Mode.OFF)]
        home = Home(cars=cars, sun_a=40, circuit_limit_a=20, circuits=(cable,))
        home.run(60)
        home.cars[1].mode = Mode.SOLAR
        home.run(60)
        assert home[1] == (8, Reason.CIRCUIT_LIMIT)
        assert home[2] == (12, Reason.CIRCUIT_LIMIT)

    def test_each_line_is_a_wire_of_its_own(self) -> None:
        """Who fills one leaves the others."""
        cars = [
            Car(id=1, lines=frozenset({0})),
            Car(id=2, lines=frozenset({1})),
            Car(id=3, lines=frozenset({0}), mode=Mode.OFF),
        ]
        home = Home(cars=cars, sun_a=80)
        home.run(120)
        home.cars[2].mode = Mode.SOLAR
        home.run(120)
        assert home.limit_a(1) == home.limit_a(2) == 32
        assert home[3] == (0, Reason.WAITING_FOR_CIRCUIT)

    def test_what_a_fast_car_draws_is_not_left_either(self) -> None:
        """Although the meter's surplus counts all cars."""
        home = Home(cars=[Car(id=1), Car(id=2, mode=FAST, charge_limit_a=12)])
        home.run(90, sun_a=20)
        assert home[1] == (9.1, Reason.FOLLOWING_SUN)
        assert home[2] == (12, Reason.CHARGE_LIMIT)
        assert sum(car.draw_a for car in home.cars) == pytest.approx(20)
        assert home.decision.surplus_w == pytest.approx(20 * WATTS_PER_A)

    def test_a_car_that_takes_nothing_gives_its_share_away(self) -> None:
        """But the minimum stays on offer, in case it wakes up."""
        home = Home(cars=[Car(id=1, takes_a=0), Car(id=2)], sun_a=20)
        home.run(TAKING_TIME_S)
        assert home[1] == (20.55, Reason.FOLLOWING_SUN)
        assert home[2] == (0, Reason.WAITING_FOR_SUN)
        home.run(FOLLOW_S + 10)
        assert home[1] == (6, Reason.VEHICLE_NOT_CHARGING)
        assert home[2] == (20.55, Reason.FOLLOWING_SUN)

    def test_when_it_wakes_up_it_has_its_turn_again(self) -> None:
        """Within seconds."""
        home = Home(cars=[Car(id=1, takes_a=0), Car(id=2)], sun_a=20)
        home.run(300)
        assert home[1] == (6, Reason.VEHICLE_NOT_CHARGING)
        home.cars[0].takes_a = 32
        home.run(FOLLOW_S + 5)
        assert home[1] == (15.1, Reason.FOLLOWING_SUN)
        assert home[2] == (6, Reason.FOLLOWING_SUN)

    def test_a_full_car_is_not_offered_anything_at_night(self) -> None:
        """There is no reason to."""
        home = Home(cars=[Car(id=1, takes_a=0)], sun_a=20)
        home.run(200)
        assert home[1] == (20.55, Reason.VEHICLE_NOT_CHARGING)
        home.run(150, sun_a=-2)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)

    def test_a_car_limited_by_itself_gives_the_rest_away(self) -> None:
        """For good: it is not asked for it again and again."""
        home = Home(cars=[Car(id=1, takes_a=7), Car(id=2)], sun_a=24)
        home.run(RAMP_TIME_S + FOLLOW_S + 10)
        for _ in range(300):
            home.run(1)
            assert home[1] == (9, Reason.FOLLOWING_SUN)
            assert home.reason(2) is Reason.FOLLOWING_SUN
            assert home.cars[1].draw_a > 15.5
        # By now it is known how far the first one stays below what it is offered.
        assert sum(car.draw_a for car in home.cars) == pytest.approx(24, abs=0.15)

    def test_an_empty_connector_takes_no_sun_from_others(self, sunny: Home) -> None:
        """Not even while it may be about to start."""
        sunny.cars = [*sunny.cars, Car(id=2, plugged_in=None)]
        sunny.run(90, sun_a=20)
        assert sunny[1] == (20.55, Reason.FOLLOWING_SUN)
        assert sunny[2] == (0, Reason.WAITING_FOR_SUN)

    def test_what_a_car_takes_that_does_not_stop_is_not_there_for_others(self) -> None:
        """The sun is shared once."""
        three_phases = connector(
            id=1, draw_a=6, at_most_a=0, zero_may_mean_minimum=True, watts_per_a=690
        )
        controller, decision = Controller(), Decision()
        for now in range(1000):
            grid = GridReading(power_w=3140, at=now, stale_at=1e4, dead_at=1e4)
            site = Site(
                connectors=(three_phases, waiting(id=2)),
                circuit_limit_a=32,
                grid=grid,
                settled=True,
            )
            decision = controller.tick(site, now)
        # There are 1000 W, enough for the second car if the first one did not take 4140 W.
        assert decision.surplus_w == 1000
        assert decision.offers[1].reason is Reason.WAITING_FOR_SUN
        assert decision.offers[2].reason is Reason.WAITING_FOR_SUN

    def test_a_silent_unit_is_not_counted_as_drawing(self) -> None:
        """Its last word is no measurement."""
        silent = connector(id=1, draw_a=10, online=False)
        grid = GridReading(power_w=-2300, at=0, stale_at=1e3, dead_at=1e3)
        site = Site(
            connectors=(silent, waiting(id=2)),
            circuit_limit_a=32,
            grid=grid,
            settled=True,
        )
        assert silent.draw_w == 0
        assert Controller().tick(site, 0).surplus_w == 2300


class TestEqualSharing:
    """The other way to use the sun: all cars alike."""

    @staticmethod
    def home(*cars: Car, sun_a: float) -> Home:
        """Return a home in which cars share equally."""
        return Home(
            cars=cars,
            sun_a=sun_a,
            preferences=Preferences(sharing=Sharing.EQUAL),
        )

    def test_they_share_what_exceeds_their_minima(self) -> None:
        """As soon as there is sun for both."""
        home = self.home(Car(id=1), Car(id=2), sun_a=20)
        home.run(90)
        assert home[1] == home[2] == (10.55, Reason.FOLLOWING_SUN)

    def test_a_car_limited_by_its_owner_leaves_the_rest(self) -> None:
        """Nothing of the sun is lost by being fair."""
        home = self.home(Car(id=1, charge_limit_a=8), Car(id=2), sun_a=20)
        home.run(90)
        assert home[1] == (8, Reason.FOLLOWING_SUN)
        assert home[2] == (13.1, Reason.FOLLOWING_SUN)

    def test_a_car_that_takes_nothing_gives_its_share_away(self) -> None:
        """The minimum stays on offer; when it wakes up it has its share again."""
        home = self.home(Car(id=1, takes_a=0), Car(id=2), sun_a=20)
        home.run(90)
        assert home.limit_a(1) == home.limit_a(2) == 10.55
        home.run(TAKING_TIME_S)
        assert home[1] == (6, Reason.VEHICLE_NOT_CHARGING)
        assert home[2] == (20.55, Reason.FOLLOWING_SUN)
        home.cars[0].takes_a = 32
        home.run(FOLLOW_S + 5)
        assert home[1] == home[2] == (10.55, Reason.FOLLOWING_SUN)

    def test_as_many_run_as_there_is_sun_for(self) -> None:
        """The last one stops first, and waits for its turn."""
        home = self.home(Car(id=1), Car(id=2), sun_a=20)
        home.run(90)
        home.run(30, sun_a=7)
        assert home[1] == (6, Reason.FOLLOWING_SUN)
        assert home[2] == (6, Reason.ABOUT_TO_STOP)
        home.run(300)
        assert home[1] == (7.55, Reason.FOLLOWING_SUN)
        assert home[2] == (0, Reason.WAITING_FOR_TURN)


class TestSharingTheCircuit:
    """More is wanted than the wires carry."""

    def test_who_wants_all_comes_before_who_follows_the_sun(self) -> None:
        """Also if that one was there first: the sun goes into the fast one then."""
        home = Home(cars=[Car(id=1)], sun_a=30)
        home.run(60)
        home.cars = [*home.cars, Car(id=2, mode=FAST)]
        home.run(60)
        assert home.limit_a(1) == 6
        assert home[2] == (26, Reason.CIRCUIT_LIMIT)

    def test_they_share_it_equally(self) -> None:
        """Above their minima."""
        home = Home(cars=[Car(id=1, mode=FAST), Car(id=2, mode=FAST)])
        home.run(1)
        assert home[1] == home[2] == (16, Reason.CIRCUIT_LIMIT)

    def test_the_sun_does_not_widen_it(self) -> None:
        """Nor does it for a car alone."""
        home = Home(cars=[Car(id=1)], sun_a=30, circuit_limit_a=16)
        home.run(90)
        assert home[1] == (16, Reason.CIRCUIT_LIMIT)

    def test_who_does_not_fit_waits(self) -> None:
        """Whoever charges goes on."""
        home = Home(cars=[Car(id=2, mode=FAST)], circuit_limit_a=11)
        home.run(10)
        home.cars = [Car(id=1, mode=FAST), *home.cars]
        home.run(1000)
        assert home[1] == (0, Reason.WAITING_FOR_CIRCUIT)
        assert home[2] == (11, Reason.CIRCUIT_LIMIT)
        assert home.starts(2) == 1

    def test_one_rises_when_the_other_has_lowered(self) -> None:
        """Not before, and it says what it waits for."""
        home = Home(cars=[Car(id=1, mode=FAST), Car(id=2, mode=FAST, enabled=False)])
        home.run(10)
        assert home[1] == (32, Reason.FAST)
        home.cars[1].enabled = True
        home.run(1)
        assert home[1] == (16, Reason.CIRCUIT_LIMIT)
        assert home[2] == (0, Reason.OTHERS_LOWERING)
        home.run(FOLLOW_S + 2)
        assert home[2] == (16, Reason.CIRCUIT_LIMIT)

    def test_a_lower_limit_counts_at_once(self) -> None:
        """And stops the last one if need be."""
        home = Home(cars=[Car(id=1, mode=FAST), Car(id=2, mode=FAST)])
        home.run(10)
        home.circuit_limit_a = 14
        home.run(1)
        assert home[1] == home[2] == (7, Reason.CIRCUIT_LIMIT)
        home.circuit_limit_a = 11
        home.run(1)
        assert home[1] == (7, Reason.OTHERS_LOWERING)
        assert home[2] == (0, Reason.WAITING_FOR_CIRCUIT)
        home.run(FOLLOW_S + 2)
        assert home[1] == (11, Reason.CIRCUIT_LIMIT)

    def test_a_full_car_gives_its_share_away(self) -> None:
        """All of it: what it is offered and does not take others may need."""
        home = Home(cars=[Car(id=1, mode=FAST, takes_a=0), Car(id=2, mode=FAST)])
        home.run(TAKING_TIME_S + FOLLOW_S + 5)
        assert home[1] == (0, Reason.VEHICLE_NOT_CHARGING)
        assert home[2] == (32, Reason.FAST)

    def test_a_full_car_keeps_its_place_while_nobody_needs_it(self) -> None:
        """It may wake up, and then has its part within seconds."""
        cars = [Car(id=1, mode=FAST, takes_a=0), Car(id=2, mode=FAST, takes_a=16)]
        home = Home(cars=cars)
        home.run(TAKING_TIME_S + 2000)
        assert home[1] == (6, Reason.VEHICLE_NOT_CHARGING)
        home.cars[0].takes_a = 32
        home.run(FOLLOW_S + 5)
        assert home.limit_a(1) > 6

    def test_a_full_car_that_gave_up_its_place_is_asked_again(self) -> None:
        """After half an hour, though the other one could use all there is."""
        home = Home(cars=[Car(id=1, mode=FAST, takes_a=0), Car(id=2, mode=FAST)])
        home.run(TAKING_TIME_S + FOLLOW_S + 5)
        assert home.limit_a(1) == 0
        # The other one leaves some for a moment: no reason to begin and end with it.
        home.cars[1].takes_a = 10
        home.run(60)
        home.cars[1].takes_a = 32
        assert home.limit_a(1) == 0
        home.cars[0].takes_a = 32
        home.run(REFUSED_S)
        assert home.limit_a(1) >= 6
        assert home.limit_a(1) + home.limit_a(2) == 32

    def test_a_car_limited_by_itself_gives_the_rest_away(self) -> None:
        """What it keeps is not called the circuit's limit."""
        home = Home(cars=[Car(id=1, mode=FAST, takes_a=8), Car(id=2, mode=FAST)])
        home.run(RAMP_TIME_S + FOLLOW_S + 5)
        assert home[1] == (10, Reason.FAST)
        assert home[2] == (22, Reason.CIRCUIT_LIMIT)

    def test_alone_nobody_is_limited_to_what_it_takes(self) -> None:
        """There is nobody to give it to."""
        home = Home(cars=[Car(id=1, mode=FAST, takes_a=8)])
        home.run(100)
        assert home[1] == (32, Reason.FAST)

    def test_a_full_car_does_not_keep_the_only_place(self) -> None:
        """After two minutes it is the other one's turn, which then keeps it."""
        cars = [Car(id=1, mode=FAST, takes_a=0), Car(id=2, mode=FAST)]
        home = Home(cars=cars, circuit_limit_a=10)
        home.run(TAKING_TIME_S)
        assert home[2] == (0, Reason.WAITING_FOR_CIRCUIT)
        home.run(FOLLOW_S + 5)
        assert home[1] == (0, Reason.VEHICLE_NOT_CHARGING)
        assert home[2] == (10, Reason.CIRCUIT_LIMIT)
        home.run(1000)
        assert home.limit_a(2) == 10
        assert home.starts(2) == 1

    def test_nor_does_one_whose_unit_says_that_it_charges(self) -> None:
        """What counts is what it draws."""
        idle = connector(id=1, mode=FAST, draw_a=0)
        other = waiting(id=2, mode=FAST)
        controller, decision = Controller(), Decision()
        for now in range(int(TAKING_TIME_S) + 3):
            site = Site(
                connectors=(idle, other), circuit_limit_a=10, grid=None, settled=True
            )
            decision = controller.tick(site, now)
        assert decision.offers[1].reason is Reason.VEHICLE_NOT_CHARGING
        assert decision.offers[2].reason is not Reason.WAITING_FOR_CIRCUIT

    def test_a_slow_car_keeps_its_turn_until_it_starts(self) -> None:
        """Or two cars would take it from each other every second."""
        cars = [Car(id=1, mode=FAST, takes_a=0), Car(id=2, mode=FAST, takes_a=0)]
        home = Home(cars=cars, circuit_limit_a=10)
        home.run(1000)
        assert home.starts(1) + home.starts(2) <= 1000 / TAKING_TIME_S

    def test_no_sun_is_kept_for_a_car_the_circuit_has_no_room_for(self) -> None:
        """The one that charges gets all it can carry."""
        home = Home(cars=[Car(id=1), Car(id=2)], sun_a=40, circuit_limit_a=11)
        home.run(200)
        assert home[1] == (11, Reason.CIRCUIT_LIMIT)
        assert home[2] == (0, Reason.WAITING_FOR_CIRCUIT)

    def test_a_car_that_cannot_be_stopped_is_made_room_for(self) -> None:
        """It was told to stop, and takes that for the minimum."""
        stuck = Car(id=1, mode=FAST, zero_may_mean_minimum=True, at_least_a=6)
        home = Home(cars=[stuck, Car(id=2, mode=FAST)])
        home.run(30)
        stuck.enabled = False
        home.run(30)
        assert home[1] == (0, Reason.DISABLED)
        assert home[2] == (26, Reason.CIRCUIT_LIMIT)
        home.circuit_limit_a = 10
        home.run(30)
        assert home[2] == (0, Reason.WAITING_FOR_CIRCUIT)

    def test_the_minimum_is_never_rounded_away(self) -> None:
        """Not even by a hair's breadth."""
        hair_a = 5e-7
        site = Site(
            connectors=(
                connector(id=1, mode=FAST, charge_limit_a=26, at_most_a=26 + hair_a),
                waiting(id=2, mode=FAST),
            ),
            circuit_limit_a=32,
            grid=None,
            settled=True,
        )
        assert Controller().tick(site, 0).offers[2].limit_a == 6


class TestUnknownVehicle:
    """Some units only tell that a car is there once something is offered."""

    def test_the_minimum_is_offered_to_find_out(self) -> None:
        """No more."""
        home = Home(cars=[Car(id=1, mode=FAST, plugged_in=None)])
        home.run(1)
        assert home[1] == (6, Reason.FAST)

    def test_an_empty_one_is_left_alone_for_a_while(self) -> None:
        """Otherwise it would take room from others every few seconds."""
        home = Home(cars=[Car(id=1, mode=FAST, plugged_in=None)])
        home.run(4)
        home.cars[0].plugged_in = False
        home.run(1)
        assert home[1] == (0, Reason.NO_VEHICLE)
        home.cars[0].plugged_in = None
        home.run(EMPTY_S - 1)
        assert home[1] == (0, Reason.NO_VEHICLE)
        home.run(1)
        assert home[1] == (6, Reason.FAST)

    def test_a_car_that_shows_is_believed_at_once(self) -> None:
        """And what was seen before it came is forgotten."""
        home = Home(cars=[Car(id=1, mode=FAST, plugged_in=False)])
        home.run(1)
        home.cars[0].plugged_in = True
        home.run(1)
        assert home[1] == (32, Reason.FAST)
        home.cars[0].plugged_in = None
        home.run(1)
        assert home[1] == (6, Reason.FAST)

    def test_a_car_that_is_there_comes_first(self) -> None:
        """Whatever their order."""
        cars = [Car(id=1, mode=FAST, plugged_in=None), Car(id=2, mode=FAST)]
        home = Home(cars=cars, circuit_limit_a=8)
        home.run(1)
        assert home[1] == (0, Reason.WAITING_FOR_CIRCUIT)
        assert home[2] == (8, Reason.CIRCUIT_LIMIT)


# What a car draws that was offered 6 A.
STUCK_A = 5.7


class StuckCar(Car):
    """A car that, once offered 6 A, stays there until it is offered 16 A."""

    stuck = True

    def heed(self, limit_a: float) -> None:
        """Take no more than at 6 A while stuck."""
        self.stuck = limit_a < 16 and (self.stuck or limit_a == 0)
        super().heed(limit_a)
        if self.stuck:
            self.draw_a = min(self.draw_a, STUCK_A)


class TestStuckVehicle:
    """Freed with a short spike, if its owner allows it."""

    def test_a_spike_frees_it(self) -> None:
        """For eight seconds; then it follows the sun."""
        home = Home(cars=[StuckCar(id=1, unstick=True)], sun_a=12)
        home.run(30)
        while home.reason() is not Reason.FREEING_STUCK_VEHICLE:
            home.run(1)
        assert home.limit_a() == 16
        home.run(8)
        assert home[1] == (12.55, Reason.FOLLOWING_SUN)
        assert home.cars[0].draw_a == 12

    def test_it_stays_stuck_where_the_owner_does_not_allow_it(self) -> None:
        """It takes power from the grid."""
        home = Home(cars=[StuckCar(id=1)], sun_a=12)
        home.run(300)
        assert home[1] == (12.55, Reason.FOLLOWING_SUN)
        assert home.cars[0].draw_a == STUCK_A

    def test_a_spike_is_not_held(self) -> None:
        """Should the meter fall silent in the middle of it."""
        home = Home(cars=[StuckCar(id=1, unstick=True)], sun_a=12)
        home.run(30)
        while home.reason() is not Reason.FREEING_STUCK_VEHICLE:
            home.run(1)
        assert home.limit_a() == 16
        reading = home.reading
        assert reading is not None
        home.meter_works = False
        home.reading = replace(reading, stale_at=home.now)
        home.run(10)
        assert home[1] == (12.55, Reason.HOLDING)

    @pytest.mark.parametrize("stuck_id", [1, 2])
    def test_a_spike_takes_nothing_from_another(self, stuck_id: int) -> None:
        """Above all it stops nobody."""
        cars = [
            StuckCar(id=each, mode=FAST, unstick=True)
            if each == stuck_id
            else Car(id=each, mode=FAST, charge_limit_a=10)
            for each in (1, 2)
        ]
        cars[stuck_id - 1].charge_limit_a = 16
        home = Home(cars=cars, circuit_limit_a=20)
        home.run(300)
        other_id = 3 - stuck_id
        assert home.starts(other_id) == 1
        assert all(offers[other_id] == 10 for offers in home.offered)
        assert home.cars[stuck_id - 1].draw_a == STUCK_A

    def test_two_spikes_share_what_is_spare(self) -> None:
        """One after the other if there is not enough for both."""
        cars = [StuckCar(id=each, unstick=True) for each in (1, 2)]
        home = Home(
            cars=cars,
            sun_a=20,
            circuit_limit_a=31,
            preferences=Preferences(sharing=Sharing.EQUAL),
        )
        home.run(600)
        assert all(sum(offers.values()) <= 31 for offers in home.offered)
        assert not any(car.stuck for car in cars if isinstance(car, StuckCar))
