"""What applies inside and outside of the hours that an owner has chosen."""

import pytest

from custom_components.twcmanager.charging.charge_now import ChargeNow
from custom_components.twcmanager.charging.demand import demand
from custom_components.twcmanager.charging.model import Mode, Reason
from custom_components.twcmanager.charging.schedule import Action, Rule, Schedule
from custom_components.twcmanager.charging.when import Order, order

from .home import connector

NIGHT = Schedule(inside=Rule(Action.FIXED, 16), outside=Rule(Action.SOLAR))


@pytest.mark.parametrize(
    ("open_", "rule"),
    [
        (True, NIGHT.inside),
        (False, NIGHT.outside),
        # A calendar that is not available closes nothing and opens nothing.
        (None, Rule(Action.MODE)),
    ],
)
def test_hours(open_: bool | None, rule: Rule) -> None:
    """Inside and outside have a rule each."""
    assert NIGHT.rule(open_=open_) == rule


AWAKE = [each for each in Mode if each is not Mode.OFF]


@pytest.mark.parametrize("mode", AWAKE)
@pytest.mark.parametrize(
    ("rule", "ordered"),
    [
        (Rule(Action.OFF), Order(Mode.OFF, reason=Reason.NOT_SCHEDULED)),
        (Rule(Action.SOLAR), Order(Mode.SOLAR)),
        (Rule(Action.SOLAR_MINIMUM), Order(Mode.SOLAR_MINIMUM)),
        (Rule(Action.FIXED, 13), Order(Mode.FAST, 13, Reason.SCHEDULED)),
    ],
)
def test_the_schedule_goes_before_the_mode(
    mode: Mode, rule: Rule, ordered: Order
) -> None:
    """Whatever the mode says, but for off."""
    assert order(mode, rule=rule) == ordered


@pytest.mark.parametrize("mode", Mode)
def test_as_the_mode_says(mode: Mode) -> None:
    """A schedule may leave it to the mode for some of the time."""
    assert order(mode, rule=Rule(Action.MODE)) == Order(mode)


@pytest.mark.parametrize("action", Action)
def test_off_is_off(action: Action) -> None:
    """No clock turns on what somebody has turned off."""
    assert order(Mode.OFF, rule=Rule(action, 16)) == Order(Mode.OFF)


@pytest.mark.parametrize("action", Action)
def test_charge_now_goes_before_the_schedule(action: Action) -> None:
    """What was asked for just now cannot wait for the hours."""
    asked = order(Mode.SOLAR, charge_now=ChargeNow(), rule=Rule(action, 16))
    assert asked == Order(Mode.FAST, reason=Reason.CHARGE_NOW)


def test_the_reason_is_told() -> None:
    """A car that waits for its hours says so."""
    waits = connector(mode=Mode.OFF, because=Reason.NOT_SCHEDULED)
    assert (demand(waits).most_a, demand(waits).reason) == (0, Reason.NOT_SCHEDULED)
