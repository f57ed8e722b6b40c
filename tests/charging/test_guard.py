"""The last word: what may be drawn never exceeds what the wiring carries."""

from typing import Any

import pytest

from custom_components.twcmanager.charging.commitment import (
    FOLLOW_S,
    HEED_S,
    SILENT_STOPPED_S,
)
from custom_components.twcmanager.charging.guard import Grant, Guard
from custom_components.twcmanager.charging.model import (
    ALL_LINES,
    Circuit,
    Connector,
    ConnectorId,
    Site,
)

from .home import connector, waiting

NAN = float("nan")


class Panel:
    """A circuit, its connectors as they are now, and the guard."""

    def __init__(
        self,
        *connectors: Connector,
        circuit_limit_a: float = 32,
        circuits: tuple[Circuit, ...] = (),
    ) -> None:
        """Wire them."""
        self.circuits = circuits
        self.connectors = {each.id: each for each in connectors}
        self.circuit_limit_a = circuit_limit_a
        self.settled = True
        self.guard = Guard()
        self.now = 1000.0
        self.grants: dict[ConnectorId, Grant] = {}

    def say(self, id_: ConnectorId, **changes: Any) -> None:
        """Have a unit say something else from now on."""
        if "echo_a" in changes:
            changes.setdefault("at_most_a", changes["echo_a"])
        said = {"id": id_, "told_at": self.now} | changes
        self.connectors[id_] = connector(**said)

    def want(self, *wanted_a: float, seconds: float = 0) -> list[float]:
        """Want something, for some seconds. Return what is granted then."""
        self.now += seconds
        site = Site(
            connectors=tuple(self.connectors.values()),
            circuit_limit_a=self.circuit_limit_a,
            circuits=self.circuits,
            grid=None,
            settled=self.settled,
        )
        self.guard.watch(site, self.now)
        wishes = dict(zip(self.connectors, wanted_a, strict=True))
        self.grants = self.guard.grant(site, wishes, self.now)
        return [grant.limit_a for grant in self.grants.values()]

    @property
    def held(self) -> list[bool]:
        """Return who has to wait for others."""
        return [grant.held for grant in self.grants.values()]

    @property
    def available_a(self) -> float:
        """Return what there is to share."""
        site = Site(
            connectors=tuple(self.connectors.values()),
            circuit_limit_a=self.circuit_limit_a,
            circuits=self.circuits,
            grid=None,
            settled=True,
        )
        (pool,) = self.guard.pools(site, self.now)
        return pool.room


@pytest.fixture
def two() -> Panel:
    """Return two cars, of which one charges with all there is."""
    return Panel(
        connector(id=1, draw_a=31, echo_a=32, at_most_a=32), waiting(id=2, draw_a=0)
    )


class TestLimits:
    """Whatever the layers above thought."""

    def test_what_fits_is_granted(self) -> None:
        """At once, if the wire is free."""
        panel = Panel(waiting(id=1), waiting(id=2))
        assert panel.want(20, 12) == [20, 12]
        assert panel.held == [False, False]

    def test_together_not_more_than_the_circuit(self) -> None:
        """Who comes later gets what is left, or nothing if that is too little."""
        for wanted_a, granted_a in (
            ((16, 16, 16), [16, 16, 0]),
            ((16, 10, 16), [16, 10, 6]),
            ((16, 11, 16), [16, 11, 0]),
        ):
            panel = Panel(waiting(id=1), waiting(id=2), waiting(id=3))
            assert panel.want(*wanted_a) == granted_a

    def test_nobody_more_than_its_own_limits(self) -> None:
        """The wiring's and the owner's."""
        panel = Panel(waiting(id=1, unit_limit_a=13), waiting(id=2, charge_limit_a=10))
        assert panel.want(16, 16) == [13, 10]

    def test_nothing_between_zero_and_the_minimum(self) -> None:
        """Below the minimum there is only stop."""
        panel = Panel(waiting(id=1), waiting(id=2, charge_limit_a=5))
        assert panel.want(5.99, 16) == [0, 0]
        assert panel.want(6, 0) == [6, 0]

    @pytest.mark.parametrize("nonsense", [NAN, -NAN, float("-inf"), -5.0])
    def test_nonsense_is_nothing(self, nonsense: float) -> None:
        """Neither as a wish nor as a limit."""
        assert Panel(waiting()).want(nonsense) == [0]
        assert Panel(waiting(unit_limit_a=nonsense)).want(16) == [0]
        assert Panel(waiting(charge_limit_a=nonsense)).want(16) == [0]
        assert Panel(waiting(), circuit_limit_a=nonsense).want(16) == [0]

    def test_an_endless_circuit_carries_nothing(self) -> None:
        """No circuit is; an endless wish is just one for all there is."""
        endless = float("inf")
        assert Panel(waiting(), circuit_limit_a=endless).want(16) == [0]
        assert Panel(waiting()).want(endless) == [32]


class TestLowering:
    """Always allowed, at once."""

    def test_a_wish_for_less_is_granted_at_once(self, two: Panel) -> None:
        """Or for nothing."""
        assert two.want(16, 0) == [16, 0]
        assert two.want(0, 0) == [0, 0]

    def test_a_lower_circuit_limit_lowers_at_once(self) -> None:
        """All of them, in the same moment."""
        panel = Panel(connector(id=1, at_most_a=16), connector(id=2, at_most_a=16))
        panel.circuit_limit_a = 20
        assert panel.want(16, 16) == [16, 0]
        assert panel.want(10, 10) == [10, 10]

    def test_a_lower_unit_limit_lowers_at_once(self, two: Panel) -> None:
        """The owner means it."""
        two.say(1, echo_a=32, draw_a=31, charge_limit_a=10)
        assert two.want(32, 0) == [10, 0]

    def test_before_all_is_settled_too(self, two: Panel) -> None:
        """Only raising has to wait."""
        two.settled = False
        assert two.want(8, 0) == [8, 0]


class TestRaising:
    """Waits until the room for it was confirmed free."""

    def test_not_before_the_other_has_lowered(self, two: Panel) -> None:
        """It may not have heard yet."""
        assert two.want(16, 16) == [16, 0]
        assert two.held == [False, True]

    def test_its_echo_alone_is_not_enough(self, two: Panel) -> None:
        """Its car has to draw less, too."""
        two.want(16, 16)
        two.say(1, echo_a=16, draw_a=31)
        for _ in range(30):
            assert two.want(16, 16, seconds=1)[1] == 0

    def test_its_draw_alone_is_not_enough(self, two: Panel) -> None:
        """It may draw more again at any moment."""
        two.want(16, 16)
        two.say(1, echo_a=32, draw_a=10)
        for _ in range(10):
            assert two.want(16, 16, seconds=1)[1] == 0

    def test_a_message_on_the_way_counts(self, two: Panel) -> None:
        """An answer may be older than the last word to it."""
        two.want(16, 16)
        two.say(1, echo_a=16, at_most_a=32, draw_a=10)
        for _ in range(10):
            assert two.want(16, 16, seconds=1)[1] == 0

    def test_echo_and_draw_make_room(self, two: Panel) -> None:
        """As soon as a car that had yet to draw all of it must have followed."""
        two.want(16, 16)
        two.say(1, echo_a=16, draw_a=15.7)
        assert two.want(16, 16) == [16, 0]
        assert two.want(16, 16, seconds=FOLLOW_S - 0.1) == [16, 0]
        assert two.want(16, 16, seconds=0.2) == [16, 16]
        assert two.held == [False, False]

    def test_a_car_still_on_its_ramp_makes_as_much_room_as_it_made(
        self, two: Panel
    ) -> None:
        """Step by step."""
        two.want(16, 16)
        two.say(1, echo_a=16, draw_a=24)
        two.want(16, 16)
        assert two.want(16, 16, seconds=FOLLOW_S) == [16, 8]
        assert two.held == [False, True]
        two.say(1, echo_a=16, draw_a=20)
        assert two.want(16, 16, seconds=1) == [16, 12]

    def test_each_lowering_has_its_time(self, two: Panel) -> None:
        """One follows the other before the first has been followed."""
        two.want(16, 0)
        two.say(1, echo_a=16, draw_a=3)
        two.want(16, 0, seconds=1)
        two.want(8, 24, seconds=3)
        two.say(1, echo_a=8, draw_a=3)
        two.want(8, 24, seconds=1)
        assert two.want(8, 24, seconds=FOLLOW_S - 1) == [8, 0]
        assert two.want(8, 24, seconds=1) == [8, 24]

    def test_a_rise_between_two_lowerings_has_its_time_too(self) -> None:
        """What counts is the most its car may still be following."""
        panel = Panel(connector(id=1, at_most_a=10), waiting(id=2))
        panel.want(6, 0)
        panel.say(1, echo_a=6, draw_a=3)
        panel.want(6, 0, seconds=1)
        panel.want(26, 0, seconds=1)
        panel.say(1, echo_a=26, draw_a=3)
        panel.want(6, 26, seconds=1)
        panel.say(1, echo_a=6, draw_a=3)
        assert panel.want(6, 26, seconds=1) == [6, 6]

    def test_what_was_granted_counts_before_it_is_told(self) -> None:
        """Units say nothing of what is on its way to them."""
        panel = Panel(waiting(id=1, told_at=1000.0), waiting(id=2, told_at=1000.0))
        panel.want(0, 20)
        assert panel.want(20, 12) == [12, 12]
        assert panel.held == [True, False]

    def test_as_much_as_there_is_room_for(self) -> None:
        """The rest when the others made it."""
        panel = Panel(
            connector(id=1, echo_a=20, at_most_a=20, draw_a=20), waiting(id=2)
        )
        assert panel.want(16, 16) == [16, 12]
        assert panel.held == [False, True]

    def test_not_at_all_rather_than_below_the_minimum(self) -> None:
        """5 A of room start no car."""
        panel = Panel(connector(id=1, at_most_a=27, draw_a=26), waiting(id=2))
        assert panel.want(16, 16) == [16, 0]

    def test_room_is_given_once(self) -> None:
        """Two that wait do not both get it."""
        panel = Panel(connector(id=1, at_most_a=20), waiting(id=2), waiting(id=3))
        assert panel.want(12, 10, 10) == [12, 10, 0]

    def test_what_a_car_draws_is_no_reason_to_offer_it_more(self) -> None:
        """A unit that reads high would otherwise be raised step by step without room."""
        panel = Panel(
            connector(id=1, at_most_a=10, draw_a=11),
            connector(id=2, at_most_a=22, draw_a=22),
        )
        assert panel.want(16, 16) == [10, 16]
        panel.say(1, echo_a=10, draw_a=11)
        panel.say(2, echo_a=22, draw_a=22)
        assert panel.want(16, 16, seconds=1) == [10, 16]
        assert panel.held == [True, False]


class TestSettling:
    """After a start nobody knows yet who charges with what."""

    def test_nobody_is_raised(self) -> None:
        """There may be cars on this circuit that nobody has heard of."""
        panel = Panel(waiting())
        panel.settled = False
        assert panel.want(16) == [0]
        assert panel.held == [True]

    def test_who_charges_goes_on(self) -> None:
        """With what it has."""
        panel = Panel(connector(at_most_a=10))
        panel.settled = False
        assert panel.want(16) == [10]
        assert panel.held == [True]

    def test_then_all_are_raised(self) -> None:
        """Once everyone that may charge has been heard."""
        panel = Panel(waiting())
        panel.settled = False
        panel.want(16)
        panel.settled = True
        assert panel.want(16) == [16]


class TestSilence:
    """A unit that hears nothing stops its car after 20 to 30 s."""

    def test_a_silent_unit_counts_until_it_must_have_stopped(self, two: Panel) -> None:
        """Counted from the last word it may have heard."""
        two.say(1, online=False, at_most_a=32, draw_a=31, told_at=1000.0)
        assert two.want(0, 32, seconds=SILENT_STOPPED_S) == [0, 0]
        assert two.want(0, 32, seconds=0.1) == [0, 32]

    def test_a_unit_never_told_anything_counts(self, two: Panel) -> None:
        """Nobody knows what it goes by."""
        two.say(1, online=False, at_most_a=32, draw_a=31, told_at=None)
        assert two.want(0, 32, seconds=10 * SILENT_STOPPED_S) == [0, 0]

    def test_a_unit_that_is_gone_counts_as_a_silent_one(self, two: Panel) -> None:
        """Forgetting it does not stop its car."""
        two.want(32, 0)
        del two.connectors[1]
        assert two.want(32, seconds=SILENT_STOPPED_S) == [0]
        assert two.want(32, seconds=0.1) == [32]

    def test_gone_with_what_it_was_granted_last(self) -> None:
        """Nobody heard it say so, but it may have been told."""
        panel = Panel(waiting(id=1), waiting(id=2))
        panel.want(20, 0)
        del panel.connectors[1]
        assert panel.want(32, seconds=5) == [12]

    def test_nothing_of_the_silence_is_held_against_it_later(self, two: Panel) -> None:
        """It comes back with nothing, and is raised like any other."""
        two.say(1, online=False, at_most_a=32, draw_a=31, told_at=1000.0)
        two.want(0, 16, seconds=SILENT_STOPPED_S + 1)
        two.say(1, echo_a=0, draw_a=0, charging=False)
        two.say(2, echo_a=16, draw_a=16)
        assert two.want(16, 16, seconds=1) == [16, 16]


class TestZeroTakenForTheMinimum:
    """Protocol 2 units may take 0 A for the minimum."""

    def test_it_counts_with_the_minimum_until_its_car_has_stopped(self) -> None:
        """Though it echoes 0 A."""
        panel = Panel(
            connector(id=1, at_most_a=0, draw_a=6, zero_may_mean_minimum=True),
            waiting(id=2),
        )
        assert panel.want(0, 32) == [0, 26]
        panel.say(1, echo_a=0, draw_a=0, zero_may_mean_minimum=True)
        assert panel.want(0, 32, seconds=1) == [0, 26]
        panel.say(1, echo_a=0, draw_a=0, charging=False, zero_may_mean_minimum=True)
        panel.want(0, 32, seconds=1)
        assert panel.want(0, 32, seconds=FOLLOW_S) == [0, 32]

    def test_a_draw_is_enough_to_show_that_it_goes_on(self) -> None:
        """Whatever state it says it is in."""
        panel = Panel(
            waiting(id=1, draw_a=1, zero_may_mean_minimum=True), waiting(id=2)
        )
        assert panel.want(0, 32) == [0, 26]

    def test_one_of_protocol_1_has_stopped_when_it_says_so(self) -> None:
        """There 0 A is certain."""
        panel = Panel(connector(id=1, at_most_a=0, draw_a=0), waiting(id=2))
        assert panel.want(0, 32) == [0, 32]

    def test_it_may_have_the_minimum_without_any_room(self) -> None:
        """It counts with that already."""
        panel = Panel(
            connector(id=1, at_most_a=0, draw_a=6, zero_may_mean_minimum=True),
            connector(id=2, at_most_a=26, draw_a=26),
        )
        assert panel.want(10, 22) == [6, 22]


class TestHeedless:
    """Who does not heed what it is told leaves less for the others."""

    def test_a_car_that_cannot_be_stopped_is_made_room_for(self) -> None:
        """The circuit was lowered, and one of two ignores it."""
        panel = Panel(
            connector(id=1, at_most_a=0, draw_a=6, zero_may_mean_minimum=True),
            connector(id=2, at_most_a=26, draw_a=26),
            circuit_limit_a=16,
        )
        for _ in range(int(HEED_S)):
            assert panel.want(0, 16) == [0, 16]
            assert panel.available_a == 16
            panel.say(1, echo_a=0, draw_a=6, zero_may_mean_minimum=True)
            panel.say(2, echo_a=16, draw_a=16)
            panel.now += 1
        assert panel.want(0, 16) == [0, 10]
        assert panel.available_a == 10

    def test_a_car_that_starts_by_itself_is_made_room_for_at_once(self) -> None:
        """It was stopped long ago: there is nothing to wait for."""
        panel = Panel(
            waiting(id=1, zero_may_mean_minimum=True),
            connector(id=2, at_most_a=32, draw_a=32),
        )
        panel.want(0, 32)
        panel.want(0, 32, seconds=100)
        panel.say(1, echo_a=0, draw_a=6, zero_may_mean_minimum=True)
        panel.say(2, echo_a=32, draw_a=32)
        assert panel.want(0, 32, seconds=1) == [0, 26]

    def test_a_unit_that_keeps_its_old_limit_is_made_room_for(self) -> None:
        """Even while its car draws less: it may draw more any time."""
        panel = Panel(
            connector(id=1, at_most_a=16, draw_a=8), connector(id=2, at_most_a=16)
        )
        panel.circuit_limit_a = 22
        for _ in range(int(HEED_S)):
            assert panel.want(6, 16) == [6, 16]
            panel.say(1, echo_a=16, draw_a=8)
            panel.say(2, echo_a=16, draw_a=16)
            panel.now += 1
        panel.want(6, 16)
        assert panel.available_a == 12
        assert panel.want(6, 6) == [6, 6]

    def test_once_it_heeds_all_is_there_again(self) -> None:
        """Nothing is remembered against it."""
        panel = Panel(connector(id=1, at_most_a=16), waiting(id=2))
        panel.want(6, 16)
        panel.want(6, 16, seconds=HEED_S)
        assert panel.available_a == 22
        panel.say(1, echo_a=6, draw_a=6)
        panel.want(6, 16, seconds=1)
        assert panel.available_a == 32

    def test_a_car_found_charging_is_not_heedless(self) -> None:
        """Nobody has told it anything yet."""
        panel = Panel(connector(id=1, at_most_a=16), connector(id=2, at_most_a=16))
        assert panel.want(16, 16) == [16, 16]
        assert panel.available_a == 32

    def test_a_car_found_charging_after_a_silence_is_not_heedless(self) -> None:
        """Whoever told it to: now it is told something else."""
        panel = Panel(waiting(id=1, told_at=1000.0), connector(id=2, at_most_a=16))
        panel.want(0, 16)
        panel.want(0, 16, seconds=100)
        panel.say(1, echo_a=16, draw_a=16)
        panel.say(2, echo_a=16, draw_a=16)
        assert panel.want(0, 16, seconds=1) == [0, 16]
        assert panel.available_a == 32

    def test_a_car_that_follows_step_by_step_is_not_heedless(self) -> None:
        """The sun goes down, and each step is followed before the next."""
        panel = Panel(connector(id=1, at_most_a=30), waiting(id=2))
        for limit_a in range(29, 6, -1):
            panel.want(limit_a, 0, seconds=1)
            panel.say(1, echo_a=limit_a, draw_a=limit_a)
            assert panel.available_a == 32


class TestStartsByItself:
    """A unit that once ignored 0 A may do so again at any moment."""

    @staticmethod
    def ignored(**changes: Any) -> Panel:
        """Return a panel on which a stopped car went on with its minimum, then stopped."""
        panel = Panel(
            waiting(id=1, zero_may_mean_minimum=True),
            connector(id=2, at_most_a=32, draw_a=32),
        )
        panel.want(0, 32)
        panel.want(0, 32, seconds=100)
        panel.say(1, echo_a=0, draw_a=6, zero_may_mean_minimum=True, **changes)
        panel.say(2, echo_a=32, draw_a=32)
        assert panel.want(0, 32, seconds=1) == [0, 26]
        panel.now += 100
        panel.say(1, echo_a=0, draw_a=0, charging=False, zero_may_mean_minimum=True)
        panel.say(2, echo_a=26, draw_a=26)
        return panel

    def test_its_minimum_is_left_to_it_from_then_on(self) -> None:
        """Though it has stopped."""
        panel = self.ignored()
        for _ in range(100):
            assert panel.want(0, 32, seconds=1) == [0, 26]
            panel.say(1, echo_a=0, draw_a=0, charging=False)
            panel.say(2, echo_a=26, draw_a=26)
        assert panel.available_a == 26

    def test_it_may_have_that_minimum(self) -> None:
        """And more, if there is more."""
        panel = self.ignored()
        panel.want(6, 32)
        assert panel.want(6, 26, seconds=1) == [6, 26]
        panel.want(16, 16, seconds=1)
        panel.say(1, echo_a=6, draw_a=6)
        panel.say(2, echo_a=16, draw_a=16)
        panel.want(16, 16, seconds=1)
        assert panel.want(16, 16, seconds=FOLLOW_S) == [16, 16]

    def test_without_a_car_nothing_starts(self) -> None:
        """Until the next one comes."""
        panel = self.ignored()
        panel.say(1, echo_a=0, draw_a=0, charging=False, plugged_in=False)
        panel.want(0, 32)
        assert panel.want(0, 32, seconds=FOLLOW_S) == [0, 32]
        panel.say(1, echo_a=0, draw_a=0, charging=False)
        panel.say(2, echo_a=32, draw_a=32)
        assert panel.want(0, 32, seconds=1) == [0, 26]

    def test_a_car_that_only_takes_its_time_has_not_ignored_it(self) -> None:
        """It stopped within the seconds that it has."""
        panel = Panel(
            connector(id=1, at_most_a=16, draw_a=16, zero_may_mean_minimum=True),
            waiting(id=2),
        )
        for draw_a in (16, 12, 8, 4, 0):
            panel.want(0, 32, seconds=1)
            charging = draw_a > 0
            panel.say(1, echo_a=0, draw_a=draw_a, charging=charging)
        panel.want(0, 32, seconds=1)
        assert panel.want(0, 32, seconds=FOLLOW_S) == [0, 32]

    def test_who_does_not_hear_has_not_ignored_it(self) -> None:
        """It still has its old limit, and is one that does not heed for now."""
        panel = Panel(connector(id=1, at_most_a=16, draw_a=16), waiting(id=2))
        for _ in range(60):
            panel.want(0, 32, seconds=1)
            panel.say(1, echo_a=16, draw_a=16)
        assert panel.available_a == 16
        panel.say(1, echo_a=0, draw_a=0, charging=False)
        panel.want(0, 32, seconds=1)
        assert panel.want(0, 32, seconds=FOLLOW_S) == [0, 32]


class TestLines:
    """Every line counts for itself."""

    L1, L2, L12 = frozenset({0}), frozenset({1}), frozenset({0, 1})

    def test_cars_on_different_lines_have_a_whole_line_each(self) -> None:
        """They share no wire."""
        panel = Panel(waiting(id=1, lines=self.L1), waiting(id=2, lines=self.L2))
        assert panel.want(32, 32) == [32, 32]

    def test_who_is_on_both_shares_with_both(self) -> None:
        """The fuller line decides."""
        panel = Panel(
            waiting(id=1, lines=self.L1),
            waiting(id=2, lines=self.L2),
            waiting(id=3, lines=self.L12),
        )
        assert panel.want(20, 10, 32) == [20, 10, 12]
        assert panel.want(6, 24, 32) == [6, 20, 8]
        assert panel.held == [False, True, False]

    def test_a_new_car_on_more_lines_counts_there_at_once(self) -> None:
        """It waits until somebody has made room: its limit was one for other lines."""
        panel = Panel(
            connector(id=1, at_most_a=20, draw_a=20, lines=self.L1),
            connector(id=2, at_most_a=20, draw_a=20, lines=self.L2),
        )
        assert panel.want(20, 20) == [20, 20]
        panel.say(1, echo_a=20, draw_a=0, charging=False, lines=ALL_LINES)
        panel.say(2, echo_a=20, draw_a=20, lines=self.L2)
        assert panel.want(20, 20, seconds=1) == [12, 12]
        assert panel.want(20, 20, seconds=1) == [12, 12]
        panel.say(1, echo_a=12, draw_a=0, charging=False)
        panel.say(2, echo_a=12, draw_a=12, lines=self.L2)
        assert panel.want(20, 20, seconds=1) == [12, 12]
        assert panel.held == [True, False]
        assert panel.want(20, 20, seconds=FOLLOW_S) == [20, 12]

    def test_on_lines_that_have_room_it_keeps_its_limit(self) -> None:
        """Nobody has to make any."""
        panel = Panel(connector(id=1, at_most_a=20, lines=self.L1))
        panel.want(20)
        panel.say(1, echo_a=20)
        assert panel.want(20, seconds=1) == [20]

    def test_a_car_recognised_as_one_for_a_single_line_makes_room(self) -> None:
        """It never used the others."""
        panel = Panel(
            connector(id=1, at_most_a=20, draw_a=20),
            connector(id=2, at_most_a=12, draw_a=12, lines=self.L2),
        )
        assert panel.want(20, 20) == [20, 12]
        panel.say(1, echo_a=20, draw_a=20, lines=self.L1)
        panel.say(2, echo_a=12, draw_a=12, lines=self.L2)
        assert panel.want(20, 20, seconds=1) == [20, 20]

    def test_who_is_on_no_line_is_on_all(self) -> None:
        """Nobody knows on which."""
        panel = Panel(waiting(id=1, lines=frozenset()), waiting(id=2, lines=self.L2))
        assert panel.want(20, 20) == [20, 12]

    def test_who_is_gone_stays_on_its_lines(self) -> None:
        """As long as it may charge."""
        panel = Panel(
            connector(id=1, at_most_a=20, lines=self.L1),
            waiting(id=2, lines=self.L1),
            waiting(id=3, lines=self.L2),
        )
        panel.want(20, 0, 0)
        del panel.connectors[1]
        assert panel.want(32, 32, seconds=5) == [12, 32]


class TestCircuits:
    """Parts of the wiring with a limit of their own."""

    def test_a_part_limits_those_behind_it(self) -> None:
        """And leaves the rest to the others."""
        panel = Panel(
            waiting(id=1),
            waiting(id=2),
            waiting(id=3),
            circuits=(Circuit(16, frozenset({1, 2})),),
        )
        assert panel.want(10, 10, 32) == [10, 6, 16]
        assert panel.want(10, 5, 32) == [10, 0, 16]

    def test_room_in_a_part_has_to_be_confirmed_too(self) -> None:
        """Though the whole has room."""
        panel = Panel(
            connector(id=1, at_most_a=16, draw_a=16),
            waiting(id=2),
            circuits=(Circuit(16, frozenset({1, 2})),),
        )
        assert panel.want(8, 8) == [8, 0]
        assert panel.held == [False, True]
        panel.say(1, echo_a=8, draw_a=8)
        panel.want(8, 8, seconds=1)
        assert panel.want(8, 8, seconds=FOLLOW_S) == [8, 8]

    def test_a_part_that_is_lowered_lowers_at_once(self) -> None:
        """So does one that was not there before."""
        panel = Panel(connector(id=1, at_most_a=16), connector(id=2, at_most_a=16))
        assert panel.want(16, 16) == [16, 16]
        panel.circuits = (Circuit(10, frozenset({2})),)
        assert panel.want(16, 16) == [16, 10]
        panel.circuits = (Circuit(5, frozenset({2})),)
        assert panel.want(16, 16) == [16, 0]

    def test_who_does_not_heed_leaves_less_of_its_parts_only(self) -> None:
        """Others elsewhere lose nothing while the whole has enough."""
        panel = Panel(
            connector(id=1, at_most_a=0, draw_a=6, zero_may_mean_minimum=True),
            connector(id=2, at_most_a=16, draw_a=16),
            connector(id=3, at_most_a=10, draw_a=10),
            circuits=(Circuit(16, frozenset({1, 2})),),
        )
        for _ in range(int(HEED_S) + 1):
            grants = panel.want(0, 16, 10)
            panel.say(1, echo_a=0, draw_a=6, zero_may_mean_minimum=True)
            panel.say(2, echo_a=grants[1], draw_a=grants[1])
            panel.say(3, echo_a=10, draw_a=10)
            panel.now += 1
        assert grants == [0, 10, 10]


class TestReadsHigh:
    """Units were seen to read up to 16 % high."""

    def test_a_steady_little_more_is_the_reading(self) -> None:
        """Otherwise a second car would wait for ever on a circuit for just two."""
        panel = Panel(
            connector(id=1, at_most_a=6, draw_a=6.9), waiting(id=2), circuit_limit_a=12
        )
        for _ in range(int(HEED_S)):
            assert panel.want(6, 6) == [6, 0]
            panel.now += 1
            panel.say(1, echo_a=6, draw_a=6.9)
        assert panel.want(6, 6) == [6, 6]

    def test_it_stops_nobody(self) -> None:
        """Two that share a circuit and both read high go on."""
        panel = Panel(
            connector(id=1, at_most_a=6, draw_a=6.9),
            connector(id=2, at_most_a=6, draw_a=6.9),
            circuit_limit_a=12,
        )
        for _ in range(100):
            assert panel.want(6, 6) == [6, 6]
            assert panel.available_a == 12
            panel.now += 1
            panel.say(1, echo_a=6, draw_a=6.9)
            panel.say(2, echo_a=6, draw_a=6.9)

    def test_it_is_no_start_of_its_own(self) -> None:
        """A car that begins to draw reads high from then on."""
        panel = Panel(
            connector(id=1, at_most_a=6, draw_a=6),
            connector(id=2, at_most_a=6, draw_a=6),
            circuit_limit_a=12,
        )
        panel.want(6, 6)
        panel.want(6, 6, seconds=100)
        panel.say(1, echo_a=6, draw_a=6.9)
        panel.want(6, 6, seconds=1)
        assert panel.available_a == 12

    def test_much_more_is_the_car(self) -> None:
        """No meter is that wrong."""
        panel = Panel(
            connector(id=1, at_most_a=6, draw_a=8), waiting(id=2), circuit_limit_a=12
        )
        for _ in range(100):
            assert panel.want(6, 6) == [6, 0]
            panel.now += 1
            panel.say(1, echo_a=6, draw_a=8)
        assert panel.available_a == 10

    def test_a_ramp_is_not_the_reading(self) -> None:
        """A car on its way down draws a little more only for a moment."""
        panel = Panel(connector(id=1, at_most_a=32, draw_a=32), waiting(id=2))
        panel.want(10, 22)
        for draw_a in range(31, 10, -1):
            panel.say(1, echo_a=10, draw_a=draw_a)
            assert sum((draw_a, panel.want(10, 22, seconds=1)[1])) <= 32

    def test_what_electronics_draw_is_nothing(self) -> None:
        """A tenth of an ampere must not keep a car from charging."""
        panel = Panel(waiting(id=1, draw_a=0.2), waiting(id=2), circuit_limit_a=6)
        assert panel.want(0, 6) == [0, 6]
