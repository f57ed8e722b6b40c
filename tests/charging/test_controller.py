"""The rules by which cars charge, each with the reason that people see.

The sun is given as the current that cars could draw without import: ``sun_a=10`` leaves 10 A.
Cars stay 0.55 A below what they are offered, so to draw 10 A they are offered 10.55 A.
"""

from math import inf, nan

import pytest

from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.charging.model import Mode, Reason, Site
from custom_components.twcmanager.charging.solar import FIRST_READING_S

from .home import WATTS_PER_A, Car, Home, connector, waiting

SOLAR, SOLAR_MINIMUM, FAST = Mode.SOLAR, Mode.SOLAR_MINIMUM, Mode.FAST


@pytest.fixture
def sunny() -> Home:
    """Return a home in which a car charges with 10 A of sun."""
    home = Home(cars=[Car(id=1)], sun_a=10)
    home.run(90)
    assert home[1] == (10.55, Reason.FOLLOWING_SUN)
    return home


class TestSolar:
    """Surplus only: own draw less grid power."""

    def test_without_sun_it_waits(self) -> None:
        """And without enough for about two thirds of the minimum."""
        home = Home(cars=[Car(id=1)], sun_a=3.7)
        home.run(1000)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)
        assert home.starts() == 0

    @pytest.mark.parametrize(("sun_a", "seconds"), [(6, 6), (10, 4), (32, 1)])
    def test_it_starts_after_two_watt_hours_of_sun(
        self, sun_a: float, seconds: int
    ) -> None:
        """And says that it is about to. The more sun the sooner."""
        home = Home(cars=[Car(id=1)], sun_a=sun_a)
        home.run(seconds)
        assert home[1] == (0, Reason.ABOUT_TO_START)
        home.run(1)
        assert home.limit_a() == min(sun_a + 0.55, 32)
        assert home.reason() is Reason.FOLLOWING_SUN

    def test_with_little_sun_it_charges_at_the_minimum(self) -> None:
        """At exactly 6 A, of which most is sun."""
        home = Home(cars=[Car(id=1)], sun_a=4)
        home.run(300)
        assert home[1] == (6, Reason.FOLLOWING_SUN)
        home.run(300, sun_a=3.2)
        assert home[1] == (6, Reason.FOLLOWING_SUN)

    @pytest.mark.parametrize(
        ("sun_a", "limit_a"), [(12.34, 12.89), (20, 20.55), (40, 32), (9.999, 10.54)]
    )
    def test_it_follows_the_sun_up_and_down(
        self, sunny: Home, sun_a: float, limit_a: float
    ) -> None:
        """With the next reading, in hundredths of an ampere, up to what the wiring carries."""
        sunny.run(60, sun_a=20)
        sunny.run(2, sun_a=sun_a)
        assert sunny.limit_a() == 20.55
        sunny.run(1)
        assert sunny[1] == (limit_a, Reason.FOLLOWING_SUN)
        sunny.run(10)
        assert sunny.limit_a() == limit_a

    def test_it_is_not_fidgeted(self, sunny: Home) -> None:
        """A tenth of an ampere is not worth a message."""
        sunny.run(60, sun_a=10.09)
        assert sunny.limit_a() == 10.55
        sunny.run(60, sun_a=10.12)
        assert sunny.limit_a() == 10.67
        sunny.run(60, sun_a=10.03)
        assert sunny.limit_a() == 10.67
        sunny.run(60, sun_a=10)
        assert sunny.limit_a() == 10.55

    @pytest.mark.parametrize(("sun_a", "seconds"), [(0, 98), (2, 290)])
    def test_without_sun_it_goes_on_until_40_watt_hours_are_lost(
        self, sunny: Home, sun_a: float, seconds: int
    ) -> None:
        """With the minimum, the longer the more of it is sun. Then it stops."""
        sunny.run(3, sun_a=sun_a)
        for _ in range(seconds - 1):
            assert sunny[1] == (6, Reason.ABOUT_TO_STOP)
            sunny.run(1)
        assert sunny[1] == (0, Reason.WAITING_FOR_SUN)

    def test_clouds_do_not_stop_it(self, sunny: Home) -> None:
        """Contactors wear: an hour of clouds, none of which costs 40 Wh."""
        for _ in range(20):
            sunny.run(80, sun_a=-3)
            assert sunny[1] == (6, Reason.ABOUT_TO_STOP)
            sunny.run(80, sun_a=14)
            assert sunny[1] == (14.55, Reason.FOLLOWING_SUN)
        assert sunny.starts() == 1

    def test_nor_do_they_start_it_in_vain(self) -> None:
        """What is gained in between has to pay for what was lost."""
        home = Home(cars=[Car(id=1)])
        for _ in range(20):
            home.run(120, sun_a=-3)
            home.run(5, sun_a=6)
        assert home.starts() == 0

    def test_contactors_rest_for_a_minute(self, sunny: Home) -> None:
        """However much sun there is the moment after a stop."""
        sunny.run(100, sun_a=0)
        while sunny.limit_a():
            sunny.run(1)
        sunny.run(59, sun_a=32)
        assert sunny[1] == (0, Reason.SPARING_CONTACTOR)
        sunny.run(1)
        assert sunny[1] == (32, Reason.FOLLOWING_SUN)

    def test_an_owners_limit_keeps_it_below_the_sun(self, sunny: Home) -> None:
        """And above the minimum."""
        sunny.cars[0].charge_limit_a = 8
        sunny.run(2, sun_a=20)
        assert sunny[1] == (8, Reason.FOLLOWING_SUN)
        sunny.cars[0].charge_limit_a = 5
        sunny.run(1)
        assert sunny[1] == (0, Reason.LIMIT_BELOW_MINIMUM)

    def test_the_wiring_keeps_it_below_the_sun(self, sunny: Home) -> None:
        """A limit lowered at run time counts at once."""
        sunny.cars[0].unit_limit_a = 7
        sunny.run(1)
        assert sunny[1] == (7, Reason.FOLLOWING_SUN)

    def test_it_tells_the_surplus(self, sunny: Home) -> None:
        """What the cars could take, whether they do or not."""
        assert sunny.decision.surplus_w == pytest.approx(10 * WATTS_PER_A)
        sunny.cars[0].enabled = False
        sunny.run(5)
        assert sunny.decision.surplus_w == pytest.approx(10 * WATTS_PER_A)

    def test_one_phase_or_three_make_a_difference(self) -> None:
        """4.6 kW are 20 A on one phase, and 6.7 A on three."""
        for watts_per_a, limit_a in ((230.0, 20.55), (690.0, 7.21)):
            home = Home(cars=[Car(id=1, watts_per_a=watts_per_a)], sun_a=20)
            home.run(100)
            assert home.limit_a() == limit_a
            assert home.drawn_w == pytest.approx(20 * 230, abs=5)

    def test_a_reading_is_acted_upon_once(self, sunny: Home) -> None:
        """A slow meter does not know yet what the car took in the meantime."""
        sunny.run(3, sun_a=16)
        sunny.meter_works = False
        sunny.run(25)
        assert sunny.limit_a() == 16.55
        sunny.meter_works = True
        sunny.run(1)
        assert sunny.limit_a() == 16.55


class TestOtherModes:
    """Solar and minimum, fast, off."""

    def test_solar_and_minimum_charges_without_sun(self) -> None:
        """At once, with the minimum."""
        home = Home(cars=[Car(id=1, mode=SOLAR_MINIMUM)], sun_a=-5)
        home.run(1)
        assert home[1] == (6, Reason.MINIMUM)

    def test_solar_and_minimum_takes_more_from_the_sun(self) -> None:
        """And only from there."""
        home = Home(cars=[Car(id=1, mode=SOLAR_MINIMUM)], sun_a=11)
        home.run(2)
        assert home[1] == (11.55, Reason.FOLLOWING_SUN)
        home.run(500, sun_a=2)
        assert home[1] == (6, Reason.MINIMUM)
        assert home.starts() == 1

    def test_fast_takes_what_the_wiring_carries(self) -> None:
        """Whatever the sun does, and whether anyone knows."""
        home = Home(cars=[Car(id=1, mode=FAST)], meter_works=False)
        home.run(200)
        assert home[1] == (32, Reason.FAST)
        assert home.decision.surplus_w is None

    def test_fast_keeps_to_the_owners_limit(self) -> None:
        """And tells."""
        home = Home(cars=[Car(id=1, mode=FAST, charge_limit_a=10)])
        home.run(1)
        assert home[1] == (10, Reason.CHARGE_LIMIT)

    @pytest.mark.parametrize(
        ("setting", "value", "reason"),
        [
            ("mode", Mode.OFF, Reason.MODE_OFF),
            ("enabled", False, Reason.DISABLED),
            ("plugged_in", False, Reason.NO_VEHICLE),
            ("online", False, Reason.OFFLINE),
        ],
    )
    @pytest.mark.parametrize("mode", [SOLAR, SOLAR_MINIMUM, FAST])
    def test_what_stops_a_car_stops_it_at_once(
        self, mode: Mode, setting: str, value: object, reason: Reason
    ) -> None:
        """No watt-hours are lost on those."""
        home = Home(cars=[Car(id=1, mode=mode)], sun_a=20)
        home.run(90)
        assert home.limit_a() >= 20
        setattr(home.cars[0], setting, value)
        home.run(1)
        assert home[1] == (0, reason)

    def test_from_fast_to_solar_a_car_goes_on(self) -> None:
        """It is not stopped to be started again, and has its 40 Wh as any other."""
        home = Home(cars=[Car(id=1, mode=FAST)], sun_a=8)
        home.run(10)
        home.cars[0].mode = SOLAR
        home.run(2)
        assert home[1] == (8.55, Reason.FOLLOWING_SUN)
        home.run(95, sun_a=0)
        assert home[1] == (6, Reason.ABOUT_TO_STOP)
        home.run(10)
        assert home.limit_a() == 0
        assert home.starts() == 1

    def test_from_off_to_solar_a_car_that_still_draws_does_not_go_on(self) -> None:
        """It only takes its time to stop."""
        home = Home(cars=[Car(id=1)], sun_a=20)
        home.run(90)
        home.cars[0].mode = Mode.OFF
        home.cars[0].at_least_a = 6
        home.run(2, sun_a=0)
        home.cars[0].mode = SOLAR
        home.run(2)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)

    @pytest.mark.parametrize(
        ("setting", "away", "back"),
        [
            ("plugged_in", False, True),
            ("enabled", False, True),
            ("mode", Mode.OFF, SOLAR),
            ("online", False, True),
        ],
    )
    def test_what_was_decided_by_day_does_not_count_at_night(
        self, sunny: Home, setting: str, away: object, back: object
    ) -> None:
        """A car that comes back finds no sun, and takes nothing from the grid."""
        setattr(sunny.cars[0], setting, away)
        sunny.run(3600, sun_a=-4)
        setattr(sunny.cars[0], setting, back)
        for _ in range(500):
            sunny.run(1)
            assert sunny[1] == (0, Reason.WAITING_FOR_SUN)

    def test_nor_does_the_sun_before_it_left(self) -> None:
        """A car that comes back has its 2 Wh before it."""
        home = Home(cars=[Car(id=1)], sun_a=10)
        home.run(4)
        home.cars[0].plugged_in = False
        home.run(100)
        home.cars[0].plugged_in = True
        home.run(4)
        assert home[1] == (0, Reason.ABOUT_TO_START)
        home.run(1)
        assert home[1] == (10.55, Reason.FOLLOWING_SUN)


class TestReadings:
    """Old readings lose their say step by step."""

    def test_a_stale_reading_holds_what_is(self, sunny: Home) -> None:
        """Who charges goes on as it does."""
        sunny.meter_works = False
        sunny.run(29)
        assert sunny[1] == (10.55, Reason.FOLLOWING_SUN)
        sunny.run(80)
        assert sunny[1] == (10.55, Reason.HOLDING)

    def test_a_stale_reading_starts_nothing(self) -> None:
        """Even if it had promised sun."""
        home = Home(cars=[Car(id=1)], sun_a=3.8)
        home.run(5)
        home.meter_works = False
        home.run(25)
        assert home[1] == (0, Reason.ABOUT_TO_START)
        home.run(80)
        assert home[1] == (0, Reason.HOLDING)

    def test_held_offers_keep_to_new_limits(self, sunny: Home) -> None:
        """Limits need no meter."""
        sunny.meter_works = False
        sunny.run(40)
        sunny.cars[0].charge_limit_a = 7
        sunny.run(1)
        assert sunny[1] == (7, Reason.HOLDING)

    def test_a_car_about_to_stop_is_held_at_the_minimum(self, sunny: Home) -> None:
        """What it costs meanwhile is not known, and not counted."""
        sunny.run(50, sun_a=0)
        sunny.meter_works = False
        sunny.run(100)
        assert sunny[1] == (6, Reason.HOLDING)
        sunny.meter_works = True
        sunny.run(10)
        assert sunny[1] == (6, Reason.ABOUT_TO_STOP)

    def test_a_dead_reading_stops_what_needs_sun(self, sunny: Home) -> None:
        """Nothing keeps charging on a dead meter's last word."""
        sunny.meter_works = False
        sunny.run(119)
        assert sunny[1] == (10.55, Reason.HOLDING)
        sunny.run(1)
        assert sunny[1] == (0, Reason.NO_GRID_READING)
        assert sunny.decision.surplus_w is None
        sunny.run(3600)
        assert sunny[1] == (0, Reason.NO_GRID_READING)

    def test_a_dead_reading_leaves_the_minimum_where_it_may_come_from_the_grid(
        self,
    ) -> None:
        """That needs no sun."""
        home = Home(cars=[Car(id=1, mode=SOLAR_MINIMUM)], sun_a=12)
        home.run(FIRST_READING_S)
        assert home.limit_a() == 12.55
        home.meter_works = False
        home.run(40)
        assert home[1] == (12.55, Reason.HOLDING)
        home.run(100)
        assert home[1] == (6, Reason.NO_GRID_READING)

    def test_it_recovers_by_itself(self, sunny: Home) -> None:
        """After 2 Wh of sun, as for any start."""
        sunny.meter_works = False
        sunny.run(200)
        sunny.meter_works = True
        sunny.run(4)
        assert sunny[1] == (0, Reason.ABOUT_TO_START)
        sunny.run(1)
        assert sunny[1] == (10.55, Reason.FOLLOWING_SUN)

    @pytest.mark.parametrize("nonsense", [nan, inf, -inf])
    def test_what_is_not_a_number_is_no_reading(
        self, sunny: Home, nonsense: float
    ) -> None:
        """However fresh it is, it never leads to an offer."""
        sunny.meter_works = False
        for _ in range(300):
            sunny.now += 1
            sunny.read(nonsense)
            sunny.tick()
            assert sunny[1] == (0, Reason.NO_GRID_READING)
            assert sunny.decision.surplus_w is None

    @pytest.mark.parametrize("nonsense", [nan, inf, -inf])
    def test_it_gives_no_sun_to_the_minimum_either(self, nonsense: float) -> None:
        """6 A, from wherever."""
        home = Home(cars=[Car(id=1, mode=SOLAR_MINIMUM)], meter_works=False)
        for _ in range(100):
            home.now += 1
            home.read(nonsense)
            home.tick()
            assert home.limit_a() == 6

    def test_an_absurd_reading_still_keeps_to_the_limits(self, sunny: Home) -> None:
        """Megawatts of sun may be believed, but not drawn."""
        sunny.run(10, sun_a=1e9)
        assert sunny.limit_a() == 32
        sunny.run(10, sun_a=-1e9)
        assert sunny.limit_a() == 6


class TestRestart:
    """A car found charging goes on."""

    @staticmethod
    def charging(*, settled: bool = True, meter_works: bool = True) -> Home:
        """Return a home just started, in which a car charges with 10 A."""
        cars = [Car(id=1, draw_a=10, limit_a=10.55)]
        return Home(cars=cars, sun_a=10, settled=settled, meter_works=meter_works)

    def test_it_goes_on_with_the_sun(self) -> None:
        """Without a pause, before all is settled."""
        home = self.charging(settled=False)
        home.run(1)
        assert home[1] == (10.55, Reason.FOLLOWING_SUN)
        home.run(100, sun_a=8)
        assert home[1] == (8.55, Reason.FOLLOWING_SUN)

    def test_it_goes_on_before_others_are_started(self) -> None:
        """Where the circuit has only room for one."""
        cars = [Car(id=1, mode=FAST), Car(id=2, mode=FAST, draw_a=10, limit_a=10)]
        home = Home(cars=cars, circuit_limit_a=10)
        home.run(1)
        assert home[1] == (0, Reason.WAITING_FOR_CIRCUIT)
        assert home[2] == (10, Reason.CIRCUIT_LIMIT)

    def test_it_has_its_40_watt_hours_without_sun(self) -> None:
        """As if nothing had happened."""
        home = self.charging()
        home.run(98, sun_a=0)
        assert home[1] == (6, Reason.ABOUT_TO_STOP)
        home.run(1)
        assert home.limit_a() == 0

    def test_it_goes_on_until_the_first_reading(self) -> None:
        """Sensors take a while to come up."""
        home = self.charging(meter_works=False)
        home.run(FIRST_READING_S)
        assert home[1] == (10.55, Reason.HOLDING)
        home.run(1)
        assert home[1] == (0, Reason.NO_GRID_READING)

    def test_a_car_that_does_not_charge_is_not_started(self) -> None:
        """Not before there is a reading."""
        home = Home(cars=[Car(id=1)], meter_works=False)
        home.run(FIRST_READING_S)
        assert home[1] == (0, Reason.HOLDING)

    def test_the_minimum_is_offered_at_once_where_it_may_be(self) -> None:
        """It needs no reading."""
        home = Home(cars=[Car(id=1, mode=SOLAR_MINIMUM)], meter_works=False)
        home.run(1)
        assert home[1] == (6, Reason.HOLDING)

    def test_a_unit_heard_after_the_reading_has_been_charging_before(self) -> None:
        """The meter has seen it already."""
        home = Home(cars=[], sun_a=10)
        home.run(1)
        home.read(0)
        home.meter_works = False
        home.cars = [Car(id=1, draw_a=10, limit_a=10.55)]
        home.run(1)
        assert home[1] == (10.55, Reason.FOLLOWING_SUN)

    def test_nobody_is_raised_before_all_is_settled(self) -> None:
        """A car nobody has heard of yet may charge on an old offer."""
        cars = [Car(id=1, mode=FAST), Car(id=2, mode=FAST)]
        home = Home(cars=cars, settled=False)
        home.cars[1].limit_a = home.cars[1].draw_a = 10
        home.run(10)
        assert home[1] == (0, Reason.SETTLING)
        assert home[2] == (10, Reason.SETTLING)
        home.settled = True
        home.run(1)
        assert home[1] == (16, Reason.CIRCUIT_LIMIT)
        assert home[2] == (16, Reason.CIRCUIT_LIMIT)

    def test_a_unit_that_left_the_bus_is_a_new_one_when_it_returns(
        self, sunny: Home
    ) -> None:
        """Nothing is remembered of it."""
        cars, sunny.cars = sunny.cars, []
        sunny.run(1)
        cars[0].heed(0)
        sunny.cars = cars
        sunny.run(4)
        assert sunny[1] == (0, Reason.ABOUT_TO_START)
        sunny.run(1)
        assert sunny[1] == (10.55, Reason.FOLLOWING_SUN)


def test_nothing_is_decided_for_nobody() -> None:
    """A bus without units."""
    site = Site(connectors=(), circuit_limit_a=32, grid=None, settled=True)
    decision = Controller().tick(site, 0)
    assert decision.offers == {}
    assert decision.surplus_w is None


def test_every_connector_gets_an_offer_and_a_reason() -> None:
    """Whatever its state."""
    connectors = (
        connector(id=1),
        waiting(id=2, online=False),
        waiting(id=3, plugged_in=None),
    )
    site = Site(connectors=connectors, circuit_limit_a=32, grid=None, settled=True)
    decision = Controller().tick(site, 0)
    assert {id_: offer.reason for id_, offer in decision.offers.items()} == {
        1: Reason.HOLDING,
        2: Reason.OFFLINE,
        3: Reason.HOLDING,
    }


class TestCalm:
    """While nothing changes and nothing is waited for, a decision stays."""

    @pytest.fixture
    def slow(self) -> Home:
        """Return a home in which a car charges, and whose meter is slow."""
        home = Home(cars=[Car(id=1)], sun_a=10)
        home.run(60)
        home.meter_works = False
        home.run(10)
        return home

    def test_it_is_not_taken_again(self, slow: Home) -> None:
        """For three seconds; then all is looked at once more."""
        before = slow.decision
        while slow.decision is before:
            slow.run(1)
        for _ in range(4):
            taken = slow.decision
            slow.run(2)
            assert slow.decision is taken
            slow.run(1)
            assert slow.decision is not taken

    @pytest.mark.parametrize(
        ("setting", "value", "limit_a"),
        [("charge_limit_a", 8, 8), ("enabled", False, 0), ("unit_limit_a", 7, 7)],
    )
    def test_what_changes_counts_at_once(
        self, slow: Home, setting: str, value: float, limit_a: float
    ) -> None:
        """Without waiting for those seconds."""
        for _ in range(3):
            slow.run(1)
            before = getattr(slow.cars[0], setting)
            setattr(slow.cars[0], setting, value)
            slow.run(1)
            assert slow.limit_a() == limit_a
            setattr(slow.cars[0], setting, before)
            slow.run(10)

    def test_nor_does_an_old_reading_wait(self, slow: Home) -> None:
        """It ages to the second."""
        slow.run(19)
        assert slow.reason() is Reason.FOLLOWING_SUN
        slow.run(1)
        assert slow.reason() is Reason.HOLDING


class TestMissingSun:
    """What a car waits for, in watts."""

    def test_a_car_alone(self) -> None:
        """Two thirds of what it draws at the minimum, for it weighs import twice to start."""
        home = Home(cars=[Car(id=1)], sun_a=1)
        home.run(10)
        minimum_w = 5.7 * WATTS_PER_A
        missing_w = minimum_w * 2 / 3 - 1 * WATTS_PER_A
        assert home.offer(1).missing_w == pytest.approx(missing_w)
        home.run(5, sun_a=1 + (missing_w - 5) / WATTS_PER_A)
        assert home[1] == (0, Reason.WAITING_FOR_SUN)
        home.run(600, sun_a=1 + (missing_w + 50) / WATTS_PER_A)
        assert home[1] == (6, Reason.FOLLOWING_SUN)
        assert home.offer(1).missing_w is None

    def test_one_more(self) -> None:
        """The first has to be full of sun before."""
        home = Home(cars=[Car(id=1), Car(id=2)], sun_a=20, circuit_limit_a=64)
        home.run(300)
        assert home.offer(1).missing_w is None
        missing_w = (31.7 - 20) * WATTS_PER_A
        assert home.offer(2).missing_w == pytest.approx(missing_w, abs=1)

    def test_without_a_reading_nobody_knows(self) -> None:
        """Nor where no sun is asked for."""
        home = Home(cars=[Car(id=1), Car(id=2, mode=FAST)], meter_works=False)
        home.run(100)
        assert home.offer(1).missing_w is None
        assert home.offer(2).missing_w is None

    def test_a_car_that_takes_nothing_waits_for_no_sun(self) -> None:
        """It has been offered the minimum, and there is another to have it."""
        home = Home(cars=[Car(id=1, takes_a=0), Car(id=2)], sun_a=20)
        home.run(300)
        home.run(600, sun_a=-5)
        assert home.offer(1).missing_w is None
