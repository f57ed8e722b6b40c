"""Whatever happens, in any order, the cars never draw more than any wire carries.

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
from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.charging.model import (
    ALL_LINES,
    MINIMUM_A,
    Circuit,
    Connector,
    GridReading,
    MainFuse,
    Mode,
    PowerLimits,
    Reason,
    Site,
)
from custom_components.twcmanager.charging.solar import FIRST_READING_S

from .wall import Wall

MASTER_ID: Final = 0x7777
UNIT_IDS: Final = (0x1111, 0x2222, 0x3333)
GIVEN_UP_S: Final = 26.0
NEVER_HEARD_S: Final = 8.0
TOLERANCE_A: Final = 1e-3
WATTS_PER_A: Final = 230.0

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


LINES = st.sampled_from([ALL_LINES, ALL_LINES, frozenset({0}), frozenset({1})])
CURRENTS = st.one_of(
    st.floats(-30, 40),
    st.sampled_from([nan, inf, -inf, 1e9, -1e9, 0.0]),
)


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


@dataclass(slots=True, kw_only=True)
class Part:
    """A part of the wiring, as it truly is."""

    limit_a: float
    members: frozenset[int]
    excused_a: float = 0.0
    """What cars may still draw there after a change that nobody could foresee."""

    @property
    def most_a(self) -> float:
        """Return what cars may draw there at most, on each line."""
        return max(self.limit_a, self.excused_a)


class Home(RuleBasedStateMachine):
    """A home with up to three units, in which anything may happen."""

    def __init__(self) -> None:
        """Build an empty home."""
        super().__init__()
        self.now = 1000.0
        self.whole = Part(limit_a=32.0, members=frozenset(UNIT_IDS))
        self.parts: list[Part] = []
        self.undisturbed_s = 0.0
        self.walls: dict[int, Wall] = {}
        self.lines: dict[int, frozenset[int]] = {}
        """Which lines the cars use."""
        self.known_lines: dict[int, frozenset[int]] = {}
        """Which ones they are known to be limited to."""
        self.fuse: MainFuse | None = None
        self.limits = PowerLimits()
        self.settings: dict[int, Settings] = {}
        self.lost_ways: dict[int, tuple[int, int]] = {}
        self.grid: GridReading | None = None
        self.start_over(set())

    def start_over(self, known: set[int]) -> None:
        """Begin as after a start of Home Assistant."""
        self.began_at = self.now
        seen = self.grid is not None and isfinite(self.grid.power_w)
        # The sensor is still there, with what it last said.
        self.grid_seen_until = self.grid.dead_at if self.grid and seen else -inf
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
        lines=st.tuples(LINES, LINES, LINES),
        known=st.sets(st.integers(0, 2)),
        then=st.sampled_from([Then(0), Then(45)]),
    )
    def begin(
        self,
        circuit_limit_a: float,
        walls: list[Wall],
        draws_a: tuple[float, ...],
        lines: tuple[frozenset[int], ...],
        known: set[int],
        then: Then,
    ) -> None:
        """Start in a home in which cars may charge on what a former master offered."""
        self.whole.limit_a = circuit_limit_a
        for id_, wall, draw_a in zip(UNIT_IDS, walls, draws_a, strict=False):
            wall.unit_id, wall.now = id_, self.now
            # Nothing that is offered stops such a unit: two of them may be too many.
            if any(each.zero_is_minimum for each in self.walls.values()):
                wall.zero_is_minimum = False
            wall.plug(40.0)
            # That one kept to the circuit, too.
            if 0 < draw_a <= circuit_limit_a - self.drawn_a(self.whole):
                wall.limit_a = wall.pilot_a = wall.draw_a = draw_a
                wall.offered = True
                wall.heard_at = self.now
            self.walls[id_] = wall
            self.lines[id_] = self.known_lines[id_] = lines[UNIT_IDS.index(id_)]
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

    @rule(index=INDEX, lines=LINES, then=THEN)
    def change_car(self, index: int, lines: frozenset[int], then: Then) -> None:
        """Have another car come, that uses other lines; nobody knows yet which."""
        if wall := self.wall(index):
            wall.unplug()
            wall.plug(40.0)
            self.lines[wall.unit_id] = lines
            self.known_lines.pop(wall.unit_id, None)
        self.go_on(then)

    @rule(index=INDEX, then=THEN)
    def recognise_car(self, index: int, then: Then) -> None:
        """Learn which lines a car uses that charges."""
        wall = self.wall(index)
        if wall and wall.charging:
            self.known_lines[wall.unit_id] = self.lines[wall.unit_id]
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
        if limit_a < self.whole.limit_a:
            self.excuse(self.whole, self.whole.most_a)
        self.whole.limit_a = limit_a
        self.go_on(then)

    @rule(
        parts=st.lists(st.tuples(AMPS, st.sets(INDEX, min_size=1)), max_size=2),
        then=THEN,
    )
    def wire(self, parts: list[tuple[float, set[int]]], then: Then) -> None:
        """Tell of parts of the wiring, which may overlap or be parts of each other."""
        self.parts = [
            Part(limit_a=limit_a, members=frozenset(UNIT_IDS[each] for each in members))
            for limit_a, members in parts
        ]
        for part in self.parts:
            self.excuse(part, self.whole.most_a)
        self.go_on(then)

    @rule(
        currents_a=st.one_of(st.none(), st.lists(CURRENTS, max_size=3)),
        limit_a=st.sampled_from([16.0, 25.0, 63.0, nan]),
        age_s=st.floats(0, 120),
        stale_s=st.floats(0, 60),
        dead_s=st.floats(0, 600),
        then=THEN,
    )
    def read_fuse(
        self,
        currents_a: list[float] | None,
        limit_a: float,
        age_s: float,
        stale_s: float,
        dead_s: float,
        then: Then,
    ) -> None:
        """Read the currents of the main fuse, or what a sensor takes for some."""
        self.fuse = None
        if currents_a is not None:
            self.fuse = MainFuse(
                limit_a=limit_a,
                currents_a=tuple(currents_a),
                at=self.now - age_s,
                stale_at=self.now + stale_s,
                dead_at=self.now + max(stale_s, dead_s),
            )
        self.go_on(then)

    @rule(
        cars_w=st.one_of(st.none(), POWERS),
        import_w=st.one_of(st.none(), POWERS),
        import_mean_w=st.one_of(st.none(), POWERS),
        then=THEN,
    )
    def limit_power(
        self,
        cars_w: float | None,
        import_w: float | None,
        import_mean_w: float | None,
        then: Then,
    ) -> None:
        """Have a grid operator or a tariff limit the power."""
        self.limits = PowerLimits(
            cars_w=cars_w, import_w=import_w, import_mean_w=import_mean_w
        )
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
            if isfinite(power_w):
                self.grid_seen_until = max(self.grid_seen_until, self.grid.dead_at)
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

    def drawn_a(self, part: Part) -> float:
        """Return what cars may be drawing in a part on its fullest line."""
        walls = [wall for id_, wall in self.walls.items() if id_ in part.members]
        return max(
            sum(each.may_draw_a for each in walls if line in self.lines[each.unit_id])
            for line in ALL_LINES
        )

    def excuse(self, part: Part, most_a: float) -> None:
        """Allow cars more there until everyone had the time to sort it out."""
        part.excused_a = most_a
        self.undisturbed_s = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let time pass for the units."""
        self.now += seconds
        for id_, wall in self.walls.items():
            was_stopped = wall.may_draw_a == 0
            wall.live(self.now)
            if was_stopped and wall.ignores_stop and wall.charging:
                # Told to stop it had stopped, and then began by itself.
                for part in (self.whole, *self.parts):
                    if id_ in part.members:
                        self.excuse(part, part.most_a + 6)

    def second(self, step_s: float) -> None:
        """Let time pass, decide, and talk to every unit."""
        self.pass_time(step_s)
        self.decide()
        disturbed = step_s > 2
        for wall in self.walls.values():
            disturbed |= not self.talk(wall)
        self.undisturbed_s = 0.0 if disturbed else self.undisturbed_s + step_s
        if self.undisturbed_s > SORTED_OUT_S:
            for part in (self.whole, *self.parts):
                part.excused_a = 0.0
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
            circuit_limit_a=self.whole.limit_a,
            circuits=tuple(Circuit(each.limit_a, each.members) for each in self.parts),
            fuse=self.fuse,
            limits=self.limits,
            grid=self.grid,
            settled=self.settled(),
        )
        decision = self.controller.tick(site, self.now)
        assert decision.offers.keys() == {each.unit_id for each in statuses}
        for connector in site.connectors:
            offer = decision.offers[connector.id]
            self.check_offer(connector, offer.limit_a, offer.reason)
            self.units[connector.id].offer(offer.limit_a, self.now)
        self.check_offers(
            {id_: offer.limit_a for id_, offer in decision.offers.items()}
        )

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
            watts_per_a=WATTS_PER_A,
            lines=self.known_lines.get(status.unit_id, ALL_LINES),
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
        assert limit_a <= min(connector.unit_limit_a, connector.charge_limit_a)
        wanted = connector.online and connector.enabled
        assert limit_a == 0 or (wanted and connector.mode is not Mode.OFF)
        blind = self.grid is None or not self.grid.counts(self.now)
        if blind and self.now - self.began_at >= FIRST_READING_S:
            assert limit_a == 0 or connector.mode is not Mode.SOLAR

    def check_offers(self, offers_a: dict[int, float]) -> None:
        """Check what all are offered together."""
        for line in ALL_LINES:
            on_line = {
                id_ for id_ in offers_a if line in self.known_lines.get(id_, ALL_LINES)
            }
            for part in (self.whole, *self.parts):
                offered_a = sum(offers_a[id_] for id_ in on_line & part.members)
                assert offered_a <= part.limit_a + TOLERANCE_A
            if self.fuse and line < len(self.fuse.currents_a or ALL_LINES):
                offered_a = sum(offers_a[id_] for id_ in on_line)
                assert not offered_a > self.fuse.limit_a
                assert not offered_a or isfinite(self.fuse.limit_a)
        if self.limits.cars_w is not None:
            offered_w = sum(offers_a.values()) * WATTS_PER_A
            assert offered_w == 0 or offered_w <= self.limits.cars_w + TOLERANCE_A
        bounded = {self.limits.import_w, self.limits.import_mean_w} != {None}
        if bounded and self.now >= self.grid_seen_until:
            assert all(each <= MINIMUM_A for each in offers_a.values())

    @invariant()
    def check_current(self) -> None:
        """Check what everything is about."""
        for part in (self.whole, *self.parts):
            drawn_a = self.drawn_a(part)
            assert drawn_a <= part.most_a + TOLERANCE_A, (
                f"{drawn_a} A of {part.most_a} A: {self.walls}"
            )


TestHome = Home.TestCase
TestHome.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
