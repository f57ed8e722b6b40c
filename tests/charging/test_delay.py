"""How late a meter is, found out by looking at its readings."""

from statistics import fmean

import pytest

from custom_components.twcmanager.charging.delay import MeterDelay
from custom_components.twcmanager.charging.surplus import DrawHistory

SUN_W = 5000.0


class Meter:
    """A meter of some delay, cars that draw this and that, and what is made of it."""

    def __init__(self, *, delay_s: int, every_s: int = 1, means: bool = False) -> None:
        """Begin without cars."""
        self.delay_s, self.every_s, self.means = delay_s, every_s, means
        self.history = DrawHistory()
        self.delay = MeterDelay(self.history)
        self.draws_w: list[float] = []
        self.surpluses_w: list[float] = []

    def run(self, seconds: int, draw_w: float) -> None:
        """Let the cars draw something for some time, and read the meter."""
        for _ in range(seconds):
            now = len(self.draws_w)
            self.draws_w.append(draw_w)
            self.history.add(now, draw_w)
            if now % self.every_s == 0:
                reading_w = self.drawn_w(now) - SUN_W
                self.surpluses_w.append(self.delay.surplus_w(reading_w, now))

    def drawn_w(self, now: int) -> float:
        """Return what the meter shows of the cars."""
        end = now - self.delay_s
        if not self.means:
            return self.draws_w[max(0, end)]
        return fmean(
            self.draws_w[max(0, each)] for each in range(end - self.every_s, end)
        )


def test_most_meters_are_two_seconds_late() -> None:
    """That is believed until something is known."""
    assert MeterDelay(DrawHistory()).delay_s == 2


@pytest.mark.parametrize(
    ("delay_s", "every_s"), [(0, 5), (5, 1), (15, 1), (30, 1), (60, 1)]
)
def test_a_car_that_starts_tells_how_late_the_meter_is(
    delay_s: int, every_s: int
) -> None:
    """One start is enough."""
    meter = Meter(delay_s=delay_s, every_s=every_s)
    meter.run(100, draw_w=0)
    meter.run(100, draw_w=3000)
    assert meter.delay.delay_s == delay_s
    assert not meter.delay.shows_means
    meter.run(100, draw_w=1000)
    assert set(meter.surpluses_w[-100 // every_s :]) == {SUN_W}


@pytest.mark.parametrize("delay_s", [0, 15, 60])
def test_so_it_is_for_a_slow_meter(delay_s: int) -> None:
    """As far as it can be told: to the second only one that reads every second."""
    meter = Meter(delay_s=delay_s, every_s=10)
    meter.run(200, draw_w=0)
    for _ in range(10):
        meter.run(73, draw_w=3000)
        meter.run(87, draw_w=1500)
    assert meter.delay.delay_s == pytest.approx(delay_s, abs=5)
    assert meter.surpluses_w[-30:] == [SUN_W] * 30


def test_means_are_told_from_moments() -> None:
    """As meters in the cloud show them."""
    meter = Meter(delay_s=60, every_s=300, means=True)
    meter.run(900, draw_w=0)
    for draw_w in (3000, 1500, 4000, 2000):
        meter.run(470, draw_w=draw_w)
    assert meter.delay.shows_means
    assert meter.delay.delay_s == 60
    assert meter.delay.beat_s == 300
    assert meter.surpluses_w[-3:] == pytest.approx([SUN_W] * 3, abs=50)


def test_a_meter_that_reads_often_shows_moments() -> None:
    """There is next to no difference, so none is looked for."""
    meter = Meter(delay_s=3, every_s=5)
    meter.run(60, draw_w=0)
    for _ in range(20):
        meter.run(33, draw_w=3000)
        meter.run(27, draw_w=1000)
    assert not meter.delay.shows_means


def test_cars_that_draw_the_same_teach_nothing() -> None:
    """However the sun changes; any delay will do."""
    meter = Meter(delay_s=30)
    meter.run(1000, draw_w=3000)
    assert meter.delay.delay_s == 2
    assert meter.surpluses_w == [SUN_W] * 1000


def test_it_is_not_thrown_by_chance() -> None:
    """Another delay has to be clearly better, and for long if much was learned."""
    meter = Meter(delay_s=5)
    for _ in range(20):
        meter.run(50, draw_w=3000)
        meter.run(50, draw_w=1000)
    assert meter.delay.delay_s == 5
    meter.delay_s = 15
    meter.run(50, draw_w=3000)
    assert meter.delay.delay_s == 5


def test_a_meter_that_changes_is_learned_anew() -> None:
    """Old evidence is forgotten."""
    meter = Meter(delay_s=5)
    for _ in range(20):
        meter.run(50, draw_w=3000)
        meter.run(50, draw_w=1000)
    meter.delay_s = 15
    for _ in range(20):
        meter.run(50, draw_w=3000)
        meter.run(50, draw_w=1000)
    assert meter.delay.delay_s == 15


def test_the_beat_is_the_usual_time_between_two_readings() -> None:
    """It follows slowly; a clock that jumps back says nothing."""
    delay = MeterDelay(DrawHistory())
    delay.surplus_w(0, 100)
    assert delay.beat_s is None
    delay.surplus_w(0, 110)
    assert delay.beat_s == 10
    delay.surplus_w(0, 90)
    assert delay.beat_s == 10
    delay.surplus_w(0, 105)
    assert delay.beat_s == 11


def test_a_cloud_that_a_car_follows_is_no_late_meter() -> None:
    """The grid hardly shows either of them, as if the car had not drawn less yet."""
    history = DrawHistory()
    delay = MeterDelay(history)
    falls = [100.0] * 100 + [100.0 - second for second in range(60)]
    sun_w = [50 * max(each, 40.0) for each in falls]
    draws_w: list[float] = []
    for now in range(len(sun_w)):
        draws_w.append(sun_w[max(0, now - 4)])
        history.add(now, draws_w[-1])
        seen = max(0, now - 2)
        delay.surplus_w(draws_w[seen] - sun_w[seen], now)
        assert delay.delay_s <= 5, now


def _ahead(every_s: int, seconds: int, *, falls_w: float = 0.0) -> list[float]:
    """Return what is made of a meter that sees a car rise a second before its unit tells.

    It begins slowly. ``falls_w`` is by how much there is less sun once it rises.
    """
    history = DrawHistory()
    delay = MeterDelay(history)
    surpluses_w = []
    draw_w = 0.0
    for now in range(40 + seconds):
        history.add(now, draw_w)
        draw_w = 230.0 + 690.0 * (now - 40) if now >= 40 else 0.0
        sun_w = SUN_W - (falls_w if now > 40 else 0.0)
        if now % every_s == 0:
            surpluses_w.append(delay.surplus_w(draw_w - sun_w, now))
    return surpluses_w


def test_what_a_fast_meter_reads_while_a_car_changes_is_not_clear() -> None:
    """Else it would look like less sun, and the car be told to fall again, for ever."""
    assert set(_ahead(1, 10)[2:]) == {SUN_W, SUN_W - 230}


def test_it_is_not_waited_for_clear_readings_for_long() -> None:
    """The sun goes on changing, too."""
    assert _ahead(1, 12, falls_w=2000)[-2:] == [SUN_W - 230, SUN_W - 2000 - 3 * 690]


def test_a_slow_meter_is_believed_at_once() -> None:
    """Its next reading is a while away."""
    assert _ahead(5, 10)[-1] < SUN_W
