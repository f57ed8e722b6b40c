"""How what there is gets divided: minima first, then turn by turn, never more than a pool."""

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.allocation import Part, Pool, Request, divide
from custom_components.twcmanager.charging.model import Reason

NAN = float("nan")
TOLERANCE = 1e-6
CIRCUIT, FUSE, SUN = (
    Reason.CIRCUIT_LIMIT,
    Reason.MAIN_FUSE,
    Reason.WAITING_FOR_SUN,
)


def circuit(room_a: float, *ids: int, reason: Reason = CIRCUIT) -> Pool:
    """Return a pool of amps for some connectors."""
    return Pool(room_a, dict.fromkeys(ids, 1.0), reason)


def cars(*most_a: float, equally: bool = True) -> list[Request]:
    """Return cars 1, 2, ... that can start with 6 A."""
    return [
        Request(id_, 6, each, turn=0 if equally else id_)
        for id_, each in enumerate(most_a, 1)
    ]


def amps(parts: dict[int, Part]) -> list[float]:
    """Return what each gets, in the order of ids."""
    return [parts[id_].limit_a for id_ in sorted(parts)]


def why(parts: dict[int, Part]) -> list[Reason | None]:
    """Return what kept each from more, in the order of ids."""
    return [parts[id_].cut_by for id_ in sorted(parts)]


class TestOnePool:
    """Cars on one circuit."""

    def test_nothing_wanted_nothing_given(self) -> None:
        """No requests, no parts."""
        assert divide([], [circuit(32)]) == {}

    def test_without_pools_everyone_gets_all(self) -> None:
        """Nothing is in the way."""
        assert divide(cars(32, 16), []) == {1: Part(32), 2: Part(16)}

    def test_one_alone_gets_its_most(self) -> None:
        """If it is there to be had, and hears why if not."""
        assert divide(cars(32), [circuit(40, 1)]) == {1: Part(32)}
        assert divide(cars(32), [circuit(20, 1)]) == {1: Part(20, CIRCUIT)}

    def test_equally(self) -> None:
        """What one cannot use goes to the others, whatever their order."""
        pools = [circuit(32, 1, 2, 3)]
        assert amps(divide(cars(32, 32), pools)) == [16, 16]
        assert amps(divide(cars(32, 8, 32), pools)) == [12, 8, 12]
        assert amps(divide(cars(32, 8, 32)[::-1], pools)) == [12, 8, 12]

    def test_in_turn(self) -> None:
        """The first is filled, the others have their minima meanwhile."""
        pools = [circuit(32, 1, 2, 3)]
        requests = cars(32, 32, 32, equally=False)
        assert amps(divide(requests, pools)) == [20, 6, 6]
        assert amps(divide(requests[::-1], pools)) == [20, 6, 6]
        assert amps(divide(cars(10, 32, 32, equally=False), pools)) == [10, 16, 6]

    def test_some_in_turn_some_equally(self) -> None:
        """The lowest turn comes first, whatever their order."""
        requests = [
            Request(1, 6, 10, turn=7),
            Request(2, 6, 32, turn=9),
            Request(3, 6, 10, turn=7),
        ]
        assert amps(divide(requests, [circuit(24, 1, 2, 3)])) == [9, 6, 9]
        assert amps(divide(requests, [circuit(32, 1, 2, 3)])) == [10, 12, 10]

    def test_who_comes_first_gets_its_least_first(self) -> None:
        """The last one waits if not all minima fit, and knows for what."""
        parts = divide(cars(32, 32, 32), [circuit(16, 1, 2, 3)])
        assert amps(parts) == [8, 8, 0]
        assert why(parts) == [CIRCUIT] * 3

    def test_a_smaller_minimum_may_still_fit(self) -> None:
        """A connector that waits does not keep a more modest one from charging."""
        requests = [Request(1, 6, 6), Request(2, 8, 8), Request(3, 5, 5)]
        assert amps(divide(requests, [circuit(12, 1, 2, 3)])) == [6, 0, 5]

    def test_minima_that_fit_exactly_fit(self) -> None:
        """Decimal fractions do not get in the way."""
        requests = [Request(1, 0.1, 0.1), Request(2, 0.2, 0.2)]
        assert amps(divide(requests, [circuit(0.3, 1, 2)])) == [0.1, 0.2]

    def test_who_is_not_concerned_is_not_cut(self) -> None:
        """Somebody else's circuit is empty."""
        assert amps(divide(cars(32, 32), [circuit(10, 2)])) == [32, 10]

    @pytest.mark.parametrize("room", [0.0, -5.0, NAN, float("-inf")])
    def test_of_nothing_nobody_gets_anything(self, room: float) -> None:
        """Nor of less than nothing, nor of what is not a number."""
        parts = divide(cars(32, 32), [circuit(room, 1, 2)])
        assert parts == {1: Part(0, CIRCUIT), 2: Part(0, CIRCUIT)}

    def test_what_costs_next_to_nothing_comes_to_an_end_too(self) -> None:
        """Though hardly anything of it is ever missing."""
        assert amps(divide(cars(32), [Pool(6e-4, {1: 1e-4}, CIRCUIT)])) == [6]

    def test_what_costs_nobody_knows_what_does_not_fit(self) -> None:
        """And takes nothing from the others."""
        pool = Pool(5000, {1: NAN, 2: 230}, Reason.POWER_LIMIT)
        assert amps(divide(cars(32, 16), [pool])) == [0, 16]


class TestSeveralPools:
    """Whichever is empty first decides."""

    def test_the_tighter_one_speaks(self) -> None:
        """A car is told which."""
        pools = [circuit(20, 1), circuit(12, 1, reason=FUSE)]
        assert divide(cars(32), pools) == {1: Part(12, FUSE)}
        assert divide(cars(32), pools[::-1]) == {1: Part(12, FUSE)}

    def test_a_panel_within_a_circuit(self) -> None:
        """What the two behind the panel cannot have goes to the third."""
        pools = [circuit(40, 1, 2, 3), circuit(16, 1, 2)]
        parts = divide(cars(32, 32, 32), pools)
        assert amps(parts) == [8, 8, 24]
        assert amps(divide(cars(32, 32, 32, equally=False), pools)) == [10, 6, 24]

    def test_panels_that_overlap(self) -> None:
        """Equal as long as each of them allows it."""
        pools = [circuit(20, 1, 2), circuit(14, 2, 3)]
        assert amps(divide(cars(32, 32, 32), pools)) == [13, 7, 7]

    def test_a_minimum_has_to_fit_into_all(self) -> None:
        """Otherwise it takes nothing of any."""
        pools = [circuit(32, 1, 2), circuit(5, 1, reason=FUSE)]
        parts = divide(cars(32, 32), pools)
        assert parts == {1: Part(0, FUSE), 2: Part(32)}

    def test_lines(self) -> None:
        """A three-phase car and two on one line each."""
        pools = [circuit(32, 1, 2), circuit(32, 1, 3)]
        assert amps(divide(cars(32, 32, 10), pools)) == [16, 16, 10]

    def test_watts_next_to_amps(self) -> None:
        """A three-phase car takes three times as much of a power limit."""
        power = Pool(6900, {1: 690, 2: 230}, Reason.POWER_LIMIT)
        parts = divide(cars(32, 32), [circuit(40, 1, 2), power])
        assert amps(parts) == pytest.approx([7.5, 7.5])
        assert why(parts) == [Reason.POWER_LIMIT] * 2


class TestLeftovers:
    """Somebody that only gets what nobody else can use."""

    def test_all_the_others_come_first(self) -> None:
        """Their most, not only their least, whatever the order."""
        idle = Request(1, 6, 32, leftover=True)
        for room_a, parts_a in ((37, [0, 32]), (38, [6, 32]), (60, [6, 32])):
            asked = [idle, Request(2, 6, 32)]
            assert amps(divide(asked, [circuit(room_a, 1, 2)])) == parts_a
            assert amps(divide(asked[::-1], [circuit(room_a, 1, 2)])) == parts_a

    def test_one_by_one(self) -> None:
        """As many as there is room for."""
        asked = [Request(id_, 6, 6, leftover=True) for id_ in (1, 2, 3)]
        assert amps(divide(asked, [circuit(13, 1, 2, 3)])) == [6, 6, 0]

    def test_of_what_is_above_the_least_they_cost_nothing(self) -> None:
        """The sun is kept for those who take it."""
        asked = [Request(1, 6, 6, leftover=True), Request(2, 6, 32)]
        sun = circuit(4, 1, 2, reason=SUN)
        assert amps(divide(asked, [circuit(32, 1, 2)], [sun])) == [6, 10]


class TestAboveTheLeast:
    """Some pools are for what exceeds the minimum only: the sun on top of the grid."""

    def test_minima_take_nothing_of_it(self) -> None:
        """Who runs anyway leaves all of it for more."""
        sun = circuit(4, 1, 2, reason=SUN)
        parts = divide(cars(32, 32), [circuit(32, 1, 2)], [sun])
        assert parts == {1: Part(8, SUN), 2: Part(8, SUN)}

    @pytest.mark.parametrize("room", [0.0, -5.0, NAN])
    def test_without_it_there_are_minima(self, room: float) -> None:
        """What is less than nothing is nothing."""
        parts = divide(cars(32), [circuit(32, 1)], [circuit(room, 1, reason=SUN)])
        assert parts == {1: Part(6, SUN)}

    def test_wires_come_before_the_sun(self) -> None:
        """However much of it there is."""
        parts = divide(cars(32), [circuit(10, 1)], [circuit(99, 1, reason=SUN)])
        assert parts == {1: Part(10, CIRCUIT)}

    def test_what_costs_nobody_knows_what_gets_no_more(self) -> None:
        """And takes nothing from the others."""
        sun = Pool(2300, {1: NAN, 2: 230}, SUN)
        assert amps(divide(cars(32, 32), [circuit(64, 1, 2)], [sun])) == [6, 16]


IDS = range(5)
ROOMS = st.one_of(st.floats(0, 100), st.sampled_from([0.0, 6.0, 12.0, 32.0, NAN, -3.0]))
COSTS = st.dictionaries(
    st.sampled_from(IDS), st.sampled_from([1.0, 1.0, 0.5, 230.0, 690.0]), min_size=1
)
POOLS = st.lists(st.builds(Pool, ROOMS, COSTS, st.just(CIRCUIT)), max_size=4)


@st.composite
def requests_of_some(draw: st.DrawFn) -> list[Request]:
    """Return what some connectors ask for, in any order."""
    ids = draw(st.permutations(IDS))[: draw(st.integers(0, len(IDS)))]
    asked = []
    for id_ in ids:
        least_a = draw(st.sampled_from([5.0, 6.0, 8.0]))
        extra_a = draw(st.one_of(st.integers(0, 7400), st.just(0))) / 100
        turn = draw(st.integers(0, 2))
        leftover = draw(st.booleans())
        most_a = least_a if leftover else least_a + extra_a
        asked.append(Request(id_, least_a, most_a, turn, leftover))
    return asked


@given(requests=requests_of_some(), pools=POOLS, above=POOLS)
def test_whatever_is_asked_of_whatever_there_is(
    requests: list[Request], pools: list[Pool], above: list[Pool]
) -> None:
    """No pool is overdrawn, nobody gets what it cannot use, and nothing is wasted."""
    parts = divide(requests, pools, above)
    assert parts.keys() == {request.id for request in requests}
    for request in requests:
        limit_a = parts[request.id].limit_a
        assert limit_a == 0 or request.least_a <= limit_a <= request.most_a
    above_a = {
        request.id: max(0.0, parts[request.id].limit_a - request.least_a)
        for request in requests
    }
    limits_a = {id_: part.limit_a for id_, part in parts.items()}
    left = [(pool, rest(pool, limits_a)) for pool in pools]
    left += [(pool, rest(pool, above_a)) for pool in above]
    for request in requests:
        part = parts[request.id]
        if part.limit_a > request.most_a - TOLERANCE:
            assert part.cut_by is None
            continue
        # Whoever could use more is kept from it by a pool that has no more for it.
        assert part.cut_by is CIRCUIT
        raise_a = 2e-6 if part.limit_a else request.least_a
        candidates = left if part.limit_a else left[: len(pools)]
        assert any(
            request.id in pool.costs and not room >= pool.costs[request.id] * raise_a
            for pool, room in candidates
        )


def rest(pool: Pool, taken_a: dict[int, float]) -> float:
    """Return what is left of a pool, which is never overdrawn."""
    taken = sum(cost * taken_a.get(id_, 0.0) for id_, cost in pool.costs.items())
    if taken:
        assert taken <= pool.room + TOLERANCE
    return pool.room - taken
