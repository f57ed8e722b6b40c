"""Who is heard of all who have something to say about when to charge."""

import pytest

from custom_components.twcmanager.charging.charge_now import ChargeNow
from custom_components.twcmanager.charging.demand import demand
from custom_components.twcmanager.charging.model import Mode, Reason
from custom_components.twcmanager.charging.schedule import Action, Rule
from custom_components.twcmanager.charging.when import Due, Order, order

from .home import connector


@pytest.mark.parametrize("mode", Mode)
def test_mode(mode: Mode) -> None:
    """Where nobody else has said anything, the mode counts."""
    assert order(mode) == Order(mode)


@pytest.mark.parametrize("mode", Mode)
def test_charge_now(mode: Mode) -> None:
    """What was asked for just now goes before every mode, off too."""
    assert order(mode, charge_now=ChargeNow()) == Order(
        Mode.FAST, reason=Reason.CHARGE_NOW
    )
    assert order(mode, charge_now=ChargeNow(at_most_a=10)) == Order(
        Mode.FAST, 10, Reason.CHARGE_NOW
    )


# --- cars that have to be ready -------------------------------------------------------

AWAKE = [each for each in Mode if each is not Mode.OFF]


@pytest.mark.parametrize("mode", AWAKE)
@pytest.mark.parametrize(("amps", "at_most_a"), [(16, 16), (2.5, 6)])
def test_due(mode: Mode, amps: float, at_most_a: float) -> None:
    """What is due is charged, and a mean below the minimum in less time."""
    for rule in Rule(Action.MODE), Rule(Action.OFF), Rule(Action.FIXED, 10):
        assert order(mode, due=Due(amps=amps), rule=rule) == Order(
            Mode.FAST, at_most_a, Reason.READY_BY
        )


@pytest.mark.parametrize("rule", [Rule(Action.MODE), Rule(Action.FIXED, 10)])
def test_not_due_yet(rule: Rule) -> None:
    """Until then the sun is welcome, but nobody pays for what is planned for later."""
    assert order(Mode.FAST, due=Due(), rule=rule) == Order(Mode.SOLAR)
    assert order(Mode.SOLAR, due=Due(), rule=rule) == Order(Mode.SOLAR)
    minimum = order(Mode.SOLAR_MINIMUM, due=Due(), rule=rule)
    assert minimum == Order(Mode.SOLAR_MINIMUM)


def test_not_due_yet_without_sun() -> None:
    """Where nobody knows the sun there is nothing to do but wait."""
    assert order(Mode.FAST, due=Due(), has_sun=False) == Order(
        Mode.OFF, reason=Reason.PLANNED_LATER
    )


def test_nothing_needed() -> None:
    """A car that has what it needs charges with its mode, though not faster than planned."""
    done = Due(needed=False)
    assert order(Mode.FAST, due=done) == Order(Mode.SOLAR)
    assert order(Mode.SOLAR_MINIMUM, due=done) == Order(Mode.SOLAR_MINIMUM)
    # A schedule has its say again.
    fixed = order(Mode.FAST, due=done, rule=Rule(Action.FIXED, 10))
    assert fixed == Order(Mode.FAST, 10, Reason.SCHEDULED)
    closed = order(Mode.FAST, due=done, rule=Rule(Action.OFF))
    assert closed == Order(Mode.OFF, reason=Reason.NOT_SCHEDULED)


def test_who_goes_before_the_plan() -> None:
    """What was asked for just now, and what somebody has turned off."""
    assert order(Mode.OFF, due=Due(amps=16)) == Order(Mode.OFF)
    now = order(Mode.SOLAR, charge_now=ChargeNow(at_most_a=32), due=Due(amps=16))
    assert now == Order(Mode.FAST, 32, Reason.CHARGE_NOW)


# --- low prices -----------------------------------------------------------------------


@pytest.mark.parametrize("mode", AWAKE)
def test_cheap(mode: Mode) -> None:
    """Nobody need wait for the sun while the grid costs little."""
    assert order(mode, cheap=True) == Order(Mode.FAST, reason=Reason.CHEAP)


def test_who_goes_before_a_low_price() -> None:
    """What is off, a plan that knows better, and a schedule that says something."""
    assert order(Mode.OFF, cheap=True) == Order(Mode.OFF)
    assert order(Mode.SOLAR, cheap=True, due=Due()) == Order(Mode.SOLAR)
    asked = order(Mode.SOLAR, cheap=True, charge_now=ChargeNow(at_most_a=8))
    assert asked == Order(Mode.FAST, 8, Reason.CHARGE_NOW)
    closed = order(Mode.SOLAR, cheap=True, rule=Rule(Action.OFF))
    assert closed == Order(Mode.OFF, reason=Reason.NOT_SCHEDULED)
    # A plan that is done with, and hours in which the mode counts, say nothing.
    done = order(Mode.SOLAR, cheap=True, due=Due(needed=False))
    assert done == Order(Mode.FAST, reason=Reason.CHEAP)


# --- what comes of it -----------------------------------------------------------------


def test_the_reason_is_told() -> None:
    """A person sees who it was that let the car charge, or not."""
    asked = connector(mode=Mode.FAST, because=Reason.CHARGE_NOW, charge_limit_a=10.0)
    assert demand(asked).reason is Reason.CHARGE_NOW
    assert demand(asked).most_a == 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enabled": False}, Reason.DISABLED),
        ({"online": False}, Reason.OFFLINE),
        ({"unit_limit_a": 5.0}, Reason.LIMIT_BELOW_MINIMUM),
        ({"plugged_in": False}, Reason.NO_VEHICLE),
    ],
)
def test_nobody_goes_before_safety_and_the_switch(
    changes: dict[str, bool | float], reason: Reason
) -> None:
    """Whatever was asked for, what is switched off stays off."""
    asked = connector(mode=Mode.FAST, because=Reason.CHARGE_NOW, **changes)

    assert (demand(asked).most_a, demand(asked).reason) == (0, reason)
