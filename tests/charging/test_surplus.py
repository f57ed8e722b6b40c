"""What is left for cars: own draw at the reading's time, less grid power."""

from custom_components.twcmanager.charging.model import GridReading
from custom_components.twcmanager.charging.surplus import DrawHistory, surplus_w


def reading(power_w: float, at: float) -> GridReading:
    """Return a reading that counts for long."""
    return GridReading(power_w=power_w, at=at, stale_at=at + 1e6, dead_at=at + 1e6)


def test_without_cars_the_surplus_is_the_export() -> None:
    """Grid power is positive when imported, so export is a surplus."""
    assert surplus_w(reading(-3000, at=10), DrawHistory()) == 3000


def test_import_is_a_negative_surplus() -> None:
    """What the house takes from the grid is what the cars should not even have had."""
    assert surplus_w(reading(500, at=10), DrawHistory()) == -500


def test_what_the_cars_draw_is_part_of_the_surplus() -> None:
    """The meter sees the cars too: a car that eats all the export has not used it up."""
    history = DrawHistory()
    history.add(at=0, draw_w=2300)
    assert surplus_w(reading(0, at=10), history) == 2300
    assert surplus_w(reading(400, at=10), history) == 1900


def test_the_draw_counts_that_was_when_the_meter_looked() -> None:
    """A late reading must not be held against what the cars draw by now."""
    history = DrawHistory()
    history.add(at=0, draw_w=1400)
    history.add(at=60, draw_w=7000)
    assert surplus_w(reading(-1000, at=59.9), history) == 2400
    assert surplus_w(reading(4600, at=60), history) == 2400


def test_the_surplus_stays_the_same_until_the_next_reading() -> None:
    """A reading is not acted upon twice: what the cars do later does not change it."""
    history = DrawHistory()
    history.add(at=0, draw_w=0)
    before = surplus_w(reading(-2000, at=5), history)
    history.add(at=20, draw_w=2000)
    assert surplus_w(reading(-2000, at=5), history) == before


class TestDrawHistory:
    """What all cars together drew, and when."""

    def test_knows_no_draw_at_first(self) -> None:
        """No memory reads as no draw."""
        assert DrawHistory().draw_w(5) == 0

    def test_a_draw_lasts_until_the_next(self) -> None:
        """It is a staircase."""
        history = DrawHistory()
        for at, draw_w in ((0, 100), (10, 200), (20, 300)):
            history.add(at, draw_w)
        assert [history.draw_w(at) for at in (0, 9, 10, 19, 20, 99)] == [
            *(100, 100, 200, 200, 300, 300)
        ]

    def test_before_the_first_it_was_like_the_first(self) -> None:
        """After a restart a car that charges has charged before."""
        history = DrawHistory()
        history.add(100, 2300)
        assert history.draw_w(50) == 2300

    def test_a_draw_that_is_found_was_always_there(self) -> None:
        """A unit that is heard later than others has not begun to draw only then."""
        history = DrawHistory()
        history.add(0, 100)
        history.add(10, 200)
        history.found(1000)
        history.add(20, 1200)
        assert [history.draw_w(at) for at in (0, 10, 20)] == [1100, 1200, 1200]

    def test_it_remembers_twenty_minutes_and_no_more(self) -> None:
        """A meter may be late, but a day must not cost memory."""
        history = DrawHistory()
        for at in range(5000):
            history.add(at, 10 * at)
        assert history.draw_w(3799) == 37990
        assert history.draw_w(0) == 37980

    def test_a_steady_draw_is_remembered_however_long(self) -> None:
        """What has not changed for hours has still been like that."""
        history = DrawHistory()
        history.add(0, 100)
        for at in range(1, 5000):
            history.add(at, 700)
        assert history.draw_w(0.5) == 100
        assert history.draw_w(1) == 700
