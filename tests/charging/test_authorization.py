"""Who may charge, and what everybody else gets."""

import pytest

from custom_components.twcmanager.charging.authorization import (
    Admission,
    Others,
    Permit,
    for_others,
    may_charge,
)
from custom_components.twcmanager.charging.model import Mode, Reason
from custom_components.twcmanager.charging.when import Order

GUEST = False, False
KNOWN = True, False
CHOSEN = True, True


@pytest.mark.parametrize(
    ("admission", "who", "may"),
    [
        (Admission.ALL, GUEST, True),
        (Admission.KNOWN, GUEST, False),
        (Admission.KNOWN, KNOWN, True),
        (Admission.KNOWN, CHOSEN, True),
        (Admission.CHOSEN, GUEST, False),
        (Admission.CHOSEN, KNOWN, False),
        (Admission.CHOSEN, CHOSEN, True),
        # Nobody is believed to be chosen who is only thought to be there.
        (Admission.CHOSEN, (False, True), False),
    ],
)
def test_who_may(admission: Admission, who: tuple[bool, bool], may: bool) -> None:
    """Everybody, the cars that are known, or only those chosen for the unit."""
    known, chosen = who
    assert may_charge(admission, known=known, chosen=chosen, permit=None) is may
    assert may_charge(admission, known=known, chosen=chosen, permit=Permit())


ORDERS = {
    "off": Order(Mode.OFF),
    "not scheduled": Order(Mode.OFF, reason=Reason.NOT_SCHEDULED),
    "solar": Order(Mode.SOLAR),
    "solar and minimum": Order(Mode.SOLAR_MINIMUM),
    "fast": Order(Mode.FAST),
    "charge now": Order(Mode.FAST, 16.0, Reason.CHARGE_NOW),
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize(
    ("settled", "reason"),
    [(True, Reason.NOT_ALLOWED), (False, Reason.RECOGNISING_VEHICLE)],
)
def test_nothing(name: str, settled: bool, reason: Reason) -> None:
    """Whoever may not charge does not, not even now; what is off stays so for its reason."""
    order = ORDERS[name]
    off = order if order.mode is Mode.OFF else Order(Mode.OFF, reason=reason)
    assert for_others(order, Others.NOTHING, settled=settled) == off


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("off", ORDERS["off"]),
        ("not scheduled", ORDERS["not scheduled"]),
        ("solar", ORDERS["solar"]),
        ("solar and minimum", Order(Mode.SOLAR)),
        ("fast", Order(Mode.SOLAR)),
        ("charge now", Order(Mode.SOLAR, 16.0)),
    ],
)
def test_solar_only(name: str, left: Order) -> None:
    """The sun is for everybody, as far as it goes."""
    assert for_others(ORDERS[name], Others.SOLAR, settled=True) == left


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("off", ORDERS["off"]),
        ("solar", Order(Mode.SOLAR, 6.0)),
        ("solar and minimum", Order(Mode.SOLAR_MINIMUM, 6.0)),
        ("fast", Order(Mode.FAST, 6.0, Reason.OTHERS_MINIMUM)),
        ("charge now", Order(Mode.FAST, 6.0, Reason.OTHERS_MINIMUM)),
    ],
)
def test_the_minimum(name: str, left: Order) -> None:
    """Never more than that, and nothing where nothing was to be charged anyway."""
    assert for_others(ORDERS[name], Others.MINIMUM, settled=True) == left


def test_never_more_than_without() -> None:
    """Whatever others get, it is not more than the owner's cars would."""
    for order in *ORDERS.values(), Order(Mode.FAST, 0.0):
        for others in Others:
            left = for_others(order, others, settled=True)
            assert left.mode is Mode.OFF or left.at_most_a <= order.at_most_a
            assert list(Mode).index(left.mode) <= list(Mode).index(order.mode)


def test_permit() -> None:
    """It is for the car that is there, or comes next, and for no other."""
    permit = Permit()
    assert permit.after(plugged_in=False) == permit
    used = permit.after(plugged_in=True)
    assert used == Permit(car_seen=True)
    assert used.after(plugged_in=True) == used
    assert used.after(plugged_in=False) is None
