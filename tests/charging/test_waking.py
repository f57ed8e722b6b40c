"""Cars that sleep."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.twcmanager.charging.car import Allowed, Cable, Told
from custom_components.twcmanager.charging.model import Offer, Reason
from custom_components.twcmanager.charging.waking import Wakes, Waking

ASLEEP = Told(asleep=True)
THREE_A_DAY = Allowed(wakes_a_day=3)
DAY_S = 86400
IGNORES = Cable(
    known=True, sure=True, online=True, draw_a=0.0, offer=Offer(16.0, Reason.FAST)
)
STANDS = replace(IGNORES, offer=Offer(0.0, Reason.WAITING_FOR_SUN))


def _woken(
    cable: Cable | None,
    seconds: int = 1000,
    *,
    told: Told = ASLEEP,
    allowed: Allowed = THREE_A_DAY,
) -> list[int]:
    """Return when a car is woken that sleeps on."""
    waking = Waking(None)
    return [
        now
        for now in range(seconds)
        if waking.due(told, allowed, cable, now, now // DAY_S)
    ]


def test_does_not_take_what_it_is_offered() -> None:
    """It is given a while to notice, then time to wake, and not woken for ever."""
    assert _woken(IGNORES, DAY_S) == [120, 1020, 1920]
    assert _woken(IGNORES, 2 * DAY_S)[3:] == [DAY_S, DAY_S + 900, DAY_S + 1800]


def test_nobody_knows_how_full_it_is() -> None:
    """At once, if that matters."""
    assert _woken(STANDS, 500) == []
    assert _woken(replace(STANDS, needs_soc=True), 500) == [0]


@pytest.mark.parametrize(
    "changes",
    [
        {"told": Told(asleep=False)},
        {"told": Told()},
        {"allowed": Allowed()},
        {"cable": replace(IGNORES, sure=False, needs_soc=True)},
        {"cable": replace(IGNORES, draw_a=6.0)},
        {"cable": None},
    ],
)
def test_left_to_sleep(changes: dict[str, Any]) -> None:
    """Awake, not allowed, maybe elsewhere, charging, or nobody's business."""
    assert _woken(**{"cable": IGNORES, **changes}) == []


def test_awake_and_not_willing() -> None:
    """It may have a schedule of its own: it is not woken for this offer again."""
    waking = Waking(None)

    def woken(told: Told, cable: Cable, seconds: range) -> list[int]:
        return [now for now in seconds if waking.due(told, THREE_A_DAY, cable, now, 1)]

    assert woken(ASLEEP, IGNORES, range(200)) == [120]
    assert woken(Told(asleep=False), IGNORES, range(200, 600)) == []
    assert woken(ASLEEP, IGNORES, range(600, 5000)) == []
    assert woken(ASLEEP, STANDS, range(5000, 5001)) == []
    assert woken(ASLEEP, IGNORES, range(5001, 5200)) == [5121]


def test_counted_over_restarts() -> None:
    """A day has as many wakes however often Home Assistant starts."""
    waking = Waking(Wakes(day=1, count=2))
    needed = replace(STANDS, needs_soc=True)
    assert waking.due(ASLEEP, THREE_A_DAY, needed, 0, 1)
    assert waking.wakes == Wakes(day=1, count=3)
    assert not Waking(waking.wakes).due(ASLEEP, THREE_A_DAY, needed, 0, 1)
    assert Waking(waking.wakes).due(ASLEEP, THREE_A_DAY, needed, 0, 2)
