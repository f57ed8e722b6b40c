"""Whatever happens, in any order, the cars never draw more than the wiring carries.

The real chain runs here: what units say goes through the bus's record of them to the
controller, and its offers go back to them in heartbeats. Messages get lost both ways, units
come, go and fall silent, people change their minds, sensors talk nonsense, Home Assistant
restarts. What is checked is not what anyone believes but what the units' cars may truly draw.
"""

from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Final

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from custom_components.twcmanager.bus.messages import Protocol, SlaveLinkReady
from custom_components.twcmanager.bus.status import KnownUnit, UnitStatus
from custom_components.twcmanager.bus.unit import Unit
from custom_components.twcmanager.charging.commitment import HEED_S, SILENT_STOPPED_S
from custom_components.twcmanager.charging.controller import FIRST_READING_S, Controller
from custom_components.twcmanager.charging.model import (
    Connector,
    GridReading,
    Mode,
    Reason,
    Site,
)

from .wall import Wall

MASTER_ID: Final = 0x7777
UNIT_IDS: Final = (0x1111, 0x2222, 0x3333)
GIVEN_UP_S: Final = 26.0
NEVER_HEARD_S: Final = 8.0
TOLERANCE_A: Final = 1e-3

# Seconds of undisturbed talk after which nothing has an excuse any more: who does not heed
# is found out, the others are told, and their cars have followed.
SORTED_OUT_S: Final = HEED_S + 10.0

AMPS = st.sampled_from([6.0, 7.5, 10.0, 13.0, 16.0, 20.0, 24.0, 32.0])
POWERS = st.one_of(
    st.floats(-12000, 12000),
    st.sampled_from([nan, inf, -inf, 1e9, -1e9, 0.0]),
)
WALLS = st.builds(
    Wall,
    protocol=st.sampled_from([Protocol.V1, Protocol.V2, Protocol.V2]),
    rating_a=st.sampled_from([32.0, 40.0, 80.0]),
    delay_s=st.sampled_from([0.0, 1.5, 4.5]),
    patience_s=st.floats(20, 30),
    zero_is_minimum=st.booleans(),
    falls_a_per_s=st.sampled_from([1.5, 100.0]),
    reads_high=st.sampled_from([1.0, 1.05, 1.16]),
)
LOSSES = st.one_of(
    st.just(0),
    st.integers(0, 2**12 - 1),
    st.integers(1, 60).map(lambda seconds: 2**seconds - 1),
)
INDEX = st.integers(0, 2)
CHARGE_LIMITS = st.one_of(AMPS, st.just(4.0))


@dataclass(frozen=True, slots=True)
class Then:
    """What follows: time, in which one unit misses heartbeats and its answers get lost."""

    seconds: int
    index: int = 0
    heartbeats: int = 0
    """A bit for each heartbeat, the lowest first: whether it gets lost."""
    answers: int = 0


SECONDS = st.integers(0, 40)
THEN = st.one_of(
    st.builds(Then, SECONDS), st.builds(Then, SECONDS, INDEX, LOSSES, LOSSES)
)
MODES = st.sampled_from([Mode.FAST, Mode.FAST, *Mode])


@dataclass(slots=True, kw_only=True)
class Settings:
    """What the owner of a unit set."""

    unit_limit_a: float = 32.0
    charge_limit_a: float = 32.0
    mode: Mode = Mode.FAST
    enabled: bool = True
    unstick: bool = False


class Home(RuleBasedStateMachine):
    """A home with up to three units, in which anything may happen."""

    def __init__(self) -> None:
        """Build an empty home."""
        super().__init__()
        self.now = 1000.0
        self.circuit_limit_a = 32.0
        self.excused_a = 0.0
        """What cars may still draw together after a change that nobody could foresee."""
        self.undisturbed_s = 0.0
        self.walls: dict[int, Wall] = {}
        self.settings: dict[int, Settings] = {}
        self.lost_ways: dict[int, tuple[int, int]] = {}
        self.grid: GridReading | None = None
        self.start_over(set())

    def start_over(self, known: set[int]) -> None:
        """Begin as after a start of Home Assistant."""
        self.began_at = self.now
        self.settled_at = self.now + SILENT_STOPPED_S
        self.controller = Controller()
        self.units = {
            id_: Unit(
                KnownUnit(id_, self.walls[id_].rating_a, self.walls[id_].protocol),
                self.now,
                real=True,
            )
            for id_ in known
        }
        self.decide()

    # --- what happens -----------------------------------------------------------------

    @initialize(
        circuit_limit_a=AMPS,
        walls=st.lists(WALLS, min_size=2, max_size=3),
        draws_a=st.tuples(*[st.sampled_from([0.0, 6.0, 10.0, 16.0])] * 3),
        known=st.sets(st.integers(0, 2)),
        then=st.sampled_from([Then(0), Then(45)]),
    )
    def begin(
        self,
        circuit_limit_a: float,
        walls: list[Wall],
        draws_a: tuple[float, ...],
        known: set[int],
        then: Then,
    ) -> None:
        """Start in a home in which cars may charge on what a former master offered."""
        self.circuit_limit_a = circuit_limit_a
        for id_, wall, draw_a in zip(UNIT_IDS, walls, draws_a, strict=False):
            wall.unit_id, wall.now = id_, self.now
            # Nothing that is offered stops such a unit: two of them may be too many.
            if any(each.zero_is_minimum for each in self.walls.values()):
                wall.zero_is_minimum = False
            wall.plug(40.0)
            # That one kept to the circuit, too.
            if 0 < draw_a <= circuit_limit_a - self.drawn_a():
                wall.limit_a = wall.pilot_a = wall.draw_a = draw_a
                wall.offered = True
                wall.heard_at = self.now
            self.walls[id_] = wall
            self.settings[id_] = Settings()
            self.lost_ways[id_] = (0, 0)
        self.start_over({w.unit_id for index in known if (w := self.wall(index))})
        self.go_on(then)

    @rule(index=INDEX, wish_a=st.sampled_from([0.0, 5.0, 9.0, 40.0]), then=THEN)
    def change_appetite(self, index: int, wish_a: float, then: Then) -> None:
        """Have a car take less or more; plug one in where there is none."""
        if wall := self.wall(index):
            wall.plug(wish_a)
        self.go_on(then)

    @rule(index=INDEX, then=THEN)
    def unplug(self, index: int, then: Then) -> None:
        """Pull a plug."""
        if wall := self.wall(index):
            wall.unplug()
        self.go_on(then)

    @rule(index=INDEX, then=THEN)
    def power_cycle(self, index: int, then: Then) -> None:
        """Switch a unit off and on: it remembers nothing."""
        if wall := self.wall(index):
            wall.stop()
            wall.heard_at = -inf
        self.go_on(then)

    @rule(index=INDEX, mode=MODES, unstick=st.booleans(), then=THEN)
    def choose(self, index: int, mode: Mode, unstick: bool, then: Then) -> None:
        """Choose how to charge."""
        if wall := self.wall(index):
            chosen = self.settings[wall.unit_id]
            chosen.mode, chosen.unstick = mode, unstick
        self.go_on(then)

    @rule(index=INDEX, then=THEN)
    def switch(self, index: int, then: Then) -> None:
        """Switch charging on or off."""
        if wall := self.wall(index):
            chosen = self.settings[wall.unit_id]
            chosen.enabled = not chosen.enabled
        self.go_on(then)

    @rule(index=INDEX, unit_a=AMPS, charge_a=CHARGE_LIMITS, then=THEN)
    def limit_unit(
        self, index: int, unit_a: float, charge_a: float, then: Then
    ) -> None:
        """Limit a unit."""
        if wall := self.wall(index):
            chosen = self.settings[wall.unit_id]
            chosen.unit_limit_a, chosen.charge_limit_a = unit_a, charge_a
        self.go_on(then)

    @rule(limit_a=AMPS, then=THEN)
    def limit_circuit(self, limit_a: float, then: Then) -> None:
        """Limit the circuit; what was allowed until now takes a while to come down."""
        if limit_a < self.circuit_limit_a:
            self.excuse(self.most_a)
        self.circuit_limit_a = limit_a
        self.go_on(then)

    @rule(
        power_w=st.one_of(st.none(), POWERS),
        age_s=st.floats(0, 120),
        stale_s=st.floats(0, 60),
        dead_s=st.floats(0, 600),
        then=THEN,
    )
    def measure_grid(
        self,
        power_w: float | None,
        age_s: float,
        stale_s: float,
        dead_s: float,
        then: Then,
    ) -> None:
        """Read the grid's sensor, or what it takes for a reading."""
        self.grid = None
        if power_w is not None:
            self.grid = GridReading(
                power_w=power_w,
                at=self.now - age_s,
                stale_at=self.now + stale_s,
                dead_at=self.now + max(stale_s, dead_s),
            )
        self.go_on(then)

    @rule(index=INDEX, then=THEN)
    def forget_unit(self, index: int, then: Then) -> None:
        """Remove a unit by hand that is still there."""
        self.units.pop(UNIT_IDS[index], None)
        self.go_on(then)

    @rule(known=st.sets(INDEX), away_s=st.sampled_from([0.0, 5.0, 15.0]), then=THEN)
    def restart(self, known: set[int], away_s: float, then: Then) -> None:
        """Restart Home Assistant: it forgets all but which units there are."""
        self.pass_time(away_s)
        self.start_over({w.unit_id for index in known if (w := self.wall(index))})
        self.go_on(then)

    @rule(step_s=st.one_of(st.floats(0.05, 3), st.floats(3, 90)), then=THEN)
    def oversleep(self, step_s: float, then: Then) -> None:
        """Have the machine that runs all this come late."""
        self.second(step_s)
        self.go_on(then)

    def go_on(self, then: Then) -> None:
        """Let the home live for a while, with messages lost."""
        if wall := self.wall(then.index):
            self.lost_ways[wall.unit_id] = then.heartbeats, then.answers
        for _ in range(then.seconds):
            self.second(1.0)

    # --- how it goes on ---------------------------------------------------------------

    def wall(self, index: int) -> Wall | None:
        """Return a unit, None if there are not as many."""
        return self.walls.get(UNIT_IDS[index])

    def drawn_a(self) -> float:
        """Return what cars may be drawing together."""
        return sum(each.may_draw_a for each in self.walls.values())

    @property
    def most_a(self) -> float:
        """Return what they may draw together at most."""
        return max(self.circuit_limit_a, self.excused_a)

    def excuse(self, most_a: float) -> None:
        """Allow cars more until everyone had the time to sort it out."""
        self.excused_a = most_a
        self.undisturbed_s = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let time pass for the units."""
        self.now += seconds
        for wall in self.walls.values():
            was_stopped = wall.may_draw_a == 0
            wall.live(self.now)
            if was_stopped and wall.ignores_stop and wall.charging:
                # Told to stop it had stopped, and then began by itself.
                self.excuse(self.most_a + 6)

    def second(self, step_s: float) -> None:
        """Let time pass, decide, and talk to every unit."""
        self.pass_time(step_s)
        self.decide()
        disturbed = step_s > 2
        for wall in self.walls.values():
            disturbed |= not self.talk(wall)
        self.undisturbed_s = 0.0 if disturbed else self.undisturbed_s + step_s
        if self.undisturbed_s > SORTED_OUT_S:
            self.excused_a = 0.0
        self.check_current()

    def talk(self, wall: Wall) -> bool:
        """Say what master and unit have to say. Return whether all of it arrived."""
        now = self.now
        deaf, mute = self.next_losses(wall.unit_id)
        unit = self.units.get(wall.unit_id)
        if unit and unit.online:
            patience_s = GIVEN_UP_S if unit.heard else NEVER_HEARD_S
            unit.online = now - unit.silence_since < patience_s
            if not unit.online and not unit.real:
                del self.units[wall.unit_id]
        link_ready = wall.link_ready()
        if link_ready and not mute:
            unit = self.link(link_ready)
        if unit is None or not unit.online:
            return False
        heartbeat = unit.next_heartbeat(MASTER_ID, now)
        assert heartbeat is not None
        if deaf:
            return False
        answer = wall.hear(heartbeat)
        if mute:
            return False
        unit.heartbeat(answer, now)
        return True

    def next_losses(self, id_: int) -> tuple[bool, bool]:
        """Return whether a unit's heartbeat and its answer get lost this time."""
        deaf, mute = self.lost_ways[id_]
        self.lost_ways[id_] = deaf >> 1, mute >> 1
        return bool(deaf & 1), bool(mute & 1)

    def link(self, message: SlaveLinkReady) -> Unit:
        """Take a unit that looks for a master, as the master does."""
        id_ = message.unit_id
        if id_ not in self.units:
            known = KnownUnit(id_, message.rating_a, message.protocol)
            self.units[id_] = Unit(known, self.now)
        self.units[id_].link_ready(message, self.now)
        return self.units[id_]

    def decide(self) -> None:
        """Tick, as Home Assistant does it: with the units that have answered so far."""
        statuses = [
            status
            for unit in self.units.values()
            if (status := unit.status()).state is not None
        ]
        site = Site(
            connectors=tuple(self.connector(each) for each in statuses),
            circuit_limit_a=self.circuit_limit_a,
            grid=self.grid,
            settled=self.settled(),
        )
        decision = self.controller.tick(site, self.now)
        assert decision.offers.keys() == {each.unit_id for each in statuses}
        for connector in site.connectors:
            offer = decision.offers[connector.id]
            self.check_offer(connector, offer.limit_a, offer.reason)
            self.units[connector.id].offer(offer.limit_a, self.now)
        offered_a = sum(each.limit_a for each in decision.offers.values())
        assert offered_a <= self.circuit_limit_a + TOLERANCE_A

    def settled(self) -> bool:
        """Return whether every unit that may charge on an old offer has been heard.

        Who was told to go on as it does may do so, though no answer ever arrived.
        """
        for status in map(Unit.status, self.units.values()):
            if status.state is None and status.told_at is not None:
                going_on_until = status.told_at + SILENT_STOPPED_S
                self.settled_at = max(self.settled_at, going_on_until)
        return self.now >= self.settled_at

    def connector(self, status: UnitStatus) -> Connector:
        """Return a unit as the controller sees it."""
        chosen = self.settings[status.unit_id]
        return Connector(
            id=status.unit_id,
            online=status.online,
            plugged_in=status.plugged_in,
            charging=status.charging,
            draw_a=status.draw_a,
            echo_a=status.limit_a,
            at_most_a=status.at_most_a,
            told_at=status.told_at,
            rating_a=status.rating_a,
            unit_limit_a=min(chosen.unit_limit_a, status.rating_a),
            charge_limit_a=chosen.charge_limit_a,
            zero_may_mean_minimum=status.protocol is not Protocol.V1,
            watts_per_a=230.0,
            mode=chosen.mode,
            enabled=chosen.enabled,
            unstick=chosen.unstick,
        )

    # --- what always holds ------------------------------------------------------------

    def check_offer(self, connector: Connector, limit_a: float, reason: Reason) -> None:
        """Check one offer."""
        assert isfinite(limit_a)
        assert isinstance(reason, Reason)
        assert limit_a == 0 or limit_a >= connector.minimum_a
        assert limit_a == round(limit_a, 2)
        assert limit_a <= min(
            connector.unit_limit_a, connector.charge_limit_a, self.circuit_limit_a
        )
        wanted = connector.online and connector.enabled
        assert limit_a == 0 or (wanted and connector.mode is not Mode.OFF)
        blind = self.grid is None or not self.grid.counts(self.now)
        if blind and self.now - self.began_at >= FIRST_READING_S:
            assert limit_a == 0 or connector.mode is not Mode.SOLAR

    @invariant()
    def check_current(self) -> None:
        """Check what everything is about."""
        drawn_a = self.drawn_a()
        assert drawn_a <= self.most_a + TOLERANCE_A, (
            f"{drawn_a} A of {self.most_a} A: {self.walls}"
        )


TestHome = Home.TestCase
TestHome.settings = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
