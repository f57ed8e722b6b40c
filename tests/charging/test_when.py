"""Who is heard of all who have something to say about when to charge."""

import pytest

from custom_components.twcmanager.charging.charge_now import ChargeNow
from custom_components.twcmanager.charging.demand import demand
from custom_components.twcmanager.charging.model import Mode, Reason
from custom_components.twcmanager.charging.when import Order, order

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
