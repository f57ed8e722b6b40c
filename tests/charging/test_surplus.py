"""What the cars drew, back to when a meter may have looked."""

import pytest

from custom_components.twcmanager.charging.surplus import DrawHistory


class TestDrawHistory:
    """All cars together: what they drew, and when."""

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

    def test_a_mean_weighs_draws_by_their_time(self) -> None:
        """For meters that do not show a moment."""
        history = DrawHistory()
        history.add(0, 100)
        history.add(10, 400)
        history.add(40, 0)
        assert history.mean_w(0, 10) == 100
        assert history.mean_w(0, 40) == pytest.approx(325)
        assert history.mean_w(5, 15) == pytest.approx(250)
        assert history.mean_w(30, 50) == pytest.approx(200)
        assert history.mean_w(100, 200) == 0

    def test_a_mean_reaches_back_before_the_first_draw(self) -> None:
        """It was like the first, also for what is found later."""
        history = DrawHistory()
        assert history.mean_w(0, 10) == 0
        history.add(100, 300)
        assert history.mean_w(80, 120) == pytest.approx(300)
        history.found(200)
        assert history.mean_w(80, 120) == pytest.approx(500)

    def test_it_says_since_when_nothing_has_changed(self) -> None:
        """The same draw again is no change."""
        history = DrawHistory()
        assert history.changed_at == float("-inf")
        history.add(10, 300)
        history.add(20, 500)
        history.add(30, 500)
        assert history.changed_at == 20
