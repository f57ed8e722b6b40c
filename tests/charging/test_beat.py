"""How long a source is trusted depends on how often it speaks."""

import pytest

from custom_components.twcmanager.charging.beat import Beat


def heard(*times: float) -> Beat:
    """Return the rhythm of a source that spoke at some times."""
    beat = Beat()
    for at in times:
        beat.note(at)
    return beat


def test_unknown_rhythm() -> None:
    """Until it has spoken twice it is taken for one that comes once a minute."""
    assert heard().interval_s == 60
    assert heard(5).interval_s == 60
    assert heard(5).stale_after_s == 150
    assert heard(5).dead_after_s == 300


@pytest.mark.parametrize(
    ("interval_s", "stale_s", "dead_s"),
    [(1, 30, 120), (10, 30, 120), (30, 75, 150), (300, 750, 1500), (900, 2250, 2700)],
)
def test_patience(interval_s: float, stale_s: float, dead_s: float) -> None:
    """A missed beat is forgiven, but not for ever."""
    beat = heard(0, interval_s, 2 * interval_s)

    assert beat.stale_after_s == stale_s
    assert beat.dead_after_s == dead_s


def test_ceiling() -> None:
    """What is very old is dead however slow the source is, and then it is stale too."""
    beat = heard(0, 7200)

    assert beat.dead_after_s == 2700
    assert beat.stale_after_s == 2700


def test_slowest_beat_of_late_counts() -> None:
    """Sources that report changes only pause now and then; what is long ago is forgotten."""
    times = [0.0, 100.0]
    times += [100.0 + each for each in range(1, 8)]
    assert heard(*times).interval_s == 100

    times.append(108)
    assert heard(*times).interval_s == 1


def test_outage_is_no_beat() -> None:
    """How long it was out of order tells nothing about its rhythm."""
    beat = heard(0, 10)
    beat.interrupt()
    beat.note(1000)
    assert beat.interval_s == 10

    beat.note(1020)
    assert beat.interval_s == 20


def test_same_moment_twice_is_no_beat() -> None:
    """A source that is looked at again has not spoken again."""
    assert heard(0, 10, 10).interval_s == 10
