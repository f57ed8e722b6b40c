"""The energy of a unit: integrated, scaled slowly, and held to the counter after a gap."""

import pytest

from custom_components.twcmanager.charging.ledger import CounterWatch, Ledger


def learned(kwh: int, *, true_scale: float) -> Ledger:
    """Return a ledger whose counter was seen to move that often while cars drew."""
    ledger = Ledger()
    ledger.read(100.0, 0.0, moved=True)
    for count in range(1, kwh + 1):
        ledger.draw(1 / true_scale)
        ledger.read(100.0 + count, 0.0, moved=True)
    return ledger


def test_without_a_counter_what_is_drawn_counts() -> None:
    """Most old firmware has no counter that tells."""
    ledger = Ledger()
    assert ledger.draw(1.5) == 1.5


def test_the_scale_is_learned_slowly() -> None:
    """One kWh of the counter says little, many say it all."""
    assert learned(1, true_scale=1.05).draw(1.0) == pytest.approx(1.0, abs=0.005)
    assert learned(100, true_scale=1.05).draw(1.0) == pytest.approx(1.042, abs=0.003)
    assert learned(500, true_scale=0.95).draw(1.0) == pytest.approx(0.954, abs=0.003)


def test_the_scale_never_stops_learning() -> None:
    """After a thousand kWh of one kind, another two hundred count for most of it."""
    ledger = learned(1000, true_scale=1.1)
    for count in range(1, 301):
        ledger.draw(1 / 0.95)
        ledger.read(1100.0 + count, 0.0, moved=True)
    assert ledger.scale < 1.0


@pytest.mark.parametrize("true_scale", [0.5, 3.0])
def test_what_is_far_off_is_no_matter_of_scale(true_scale: float) -> None:
    """A three-phase home whose car uses one phase, or another counter altogether."""
    assert learned(50, true_scale=true_scale).scale == 1.0


def test_short_stretches_teach_nothing() -> None:
    """A counter in Wh moves all the time; when it was read matters more than the meter."""
    ledger = Ledger()
    ledger.read(600.0, 0.0, moved=True)
    for tenth in range(1, 10):
        ledger.draw(0.09)
        ledger.read(600.0 + tenth / 10, 0.0, moved=True)
    assert ledger.scale == 1.0

    ledger.draw(0.09)
    ledger.read(601.01, 0.0, moved=True)
    assert ledger.scale > 1.0


def test_what_the_counter_says_beyond_what_was_drawn_is_no_gap() -> None:
    """While somebody looks, a reading a little later or earlier changes nothing."""
    ledger = learned(5, true_scale=1.0)
    ledger.draw(0.95)
    assert ledger.read(106.0, 0.0, moved=True) == 0.0


class TestGap:
    """Home Assistant was away, or the unit was silent."""

    def test_the_counter_tells_what_was_missed(self) -> None:
        """It never sleeps."""
        ledger = learned(1, true_scale=1.0)
        ledger.draw(0.3)
        ledger.miss(0.0)

        assert ledger.read(103.0, 7200.0, moved=False) == pytest.approx(1.7)
        ledger.draw(0.4)
        assert ledger.read(103.0, 7205.0, moved=False) == 0.0
        # It moves while somebody looks: now it is exact.
        assert ledger.read(104.0, 7210.0, moved=True) == pytest.approx(0.6)
        assert ledger.missed_since is None

    def test_nothing_counts_twice(self) -> None:
        """What has been counted already is not missing."""
        ledger = learned(1, true_scale=1.0)
        ledger.draw(2.5)
        ledger.miss(0.0)
        assert ledger.read(103.0, 3600.0, moved=False) == 0.0
        assert ledger.read(104.0, 3600.0, moved=True) == pytest.approx(0.5)

    def test_a_gap_teaches_nothing(self) -> None:
        """Who was away cannot tell how much was drawn."""
        ledger = learned(1, true_scale=1.0)
        ledger.draw(0.85)
        ledger.miss(0.0)
        ledger.read(102.0, 3600.0, moved=True)
        assert ledger.scale == 1.0

    def test_the_first_gap_counts(self) -> None:
        """Silence within a gap does not make it shorter."""
        ledger = learned(1, true_scale=1.0)
        ledger.miss(0.0)
        ledger.miss(7000.0)
        assert ledger.missed_since == 0.0

    @pytest.mark.parametrize("counter_kwh", [4_194_484.0, 99.0])
    def test_nonsense_is_left(self, counter_kwh: float) -> None:
        """More than any unit gives, or less than before: another unit, or a fit."""
        ledger = learned(1, true_scale=1.0)
        ledger.miss(0.0)

        assert ledger.read(counter_kwh, 3600.0, moved=True) == 0.0
        assert ledger.anchor_kwh is None
        # From the next time it moves on it is believed again.
        ledger.read(200.0, 3700.0, moved=True)
        assert ledger.anchor_kwh == 200.0

    def test_what_was_another_cars_is_asked_for_no_more(self) -> None:
        """A session ends with an open question; the next one does not pay for it."""
        ledger = learned(1, true_scale=1.0)
        ledger.miss(0.0)
        ledger.settle()
        assert ledger.read(104.0, 3600.0, moved=False) == 0.0
        assert ledger.missed_since is None

    def test_without_a_gap_nothing_is_settled(self) -> None:
        """A session that ends as it should leaves the counter to the next one."""
        ledger = learned(1, true_scale=1.0)
        ledger.settle()
        assert ledger.anchor_kwh == 101.0


class TestCounterWatch:
    """When a counter moves it is exact, if somebody looks."""

    def test_moves(self) -> None:
        """Two readings in a row that differ."""
        watch = CounterWatch()
        assert watch.moved(100.0, 0.0) is False
        assert watch.moved(100.0, 5.0) is False
        assert watch.moved(101.0, 10.0) is True
        assert watch.moved(101.0, 15.0) is False

    def test_the_same_reading_is_no_news(self) -> None:
        """Readings are looked at more often than taken."""
        watch = CounterWatch()
        watch.moved(100.0, 0.0)
        assert watch.moved(100.0, 0.0) is None

    def test_nobody_looked(self) -> None:
        """It may have moved at any time in between."""
        watch = CounterWatch()
        watch.moved(100.0, 0.0)
        assert watch.moved(101.0, 60.0) is False

    def test_falls(self) -> None:
        """It is another counter, or began anew."""
        watch = CounterWatch()
        watch.moved(100.0, 0.0)
        assert watch.moved(1.0, 5.0) is False
