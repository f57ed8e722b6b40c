"""Sun that no meter shows, as the inverter holds it back."""

from custom_components.twcmanager.charging.feed_in import HiddenSun
from custom_components.twcmanager.charging.model import GridReading

LIMIT_W = 1000.0


def reading(power_w: float, at: float = 0, solar_w: float | None = None) -> GridReading:
    """Return a reading of the grid's meter."""
    return GridReading(
        power_w=power_w, solar_w=solar_w, at=at, stale_at=at + 1, dead_at=at + 1
    )


def test_below_the_limit_nothing_is_hidden() -> None:
    """The inverter delivers all it can."""
    hidden = HiddenSun()
    assert hidden.available_w(reading(-899), LIMIT_W, charging=True) == 0
    assert hidden.available_w(reading(500), LIMIT_W, charging=True) == 0


def test_at_the_limit_a_bit_more_is_tried() -> None:
    """An inverter does not hit its limit to the watt, and who charges sees what comes."""
    hidden = HiddenSun()
    for at in range(5):
        assert hidden.available_w(reading(-901, at), LIMIT_W, charging=True) == 300
    assert hidden.available_w(reading(-800, 6), LIMIT_W, charging=True) == 0


def test_to_start_a_car_it_has_to_be_believed_in() -> None:
    """Step by step, until there is enough for one."""
    hidden = HiddenSun()
    tried_w = [
        hidden.available_w(reading(-1000, at), LIMIT_W, charging=False)
        for at in range(4)
    ]
    assert tried_w == [300, 600, 900, 1200]
    assert hidden.available_w(reading(-1000, 5), LIMIT_W, charging=True) == 300


def test_when_it_was_imported_instead_it_is_left_for_a_while() -> None:
    """A quarter of an hour; a little import proves nothing."""
    hidden = HiddenSun()
    hidden.available_w(reading(-1000, 0), LIMIT_W, charging=True)
    assert hidden.available_w(reading(101, 10), LIMIT_W, charging=True) == 0
    assert hidden.available_w(reading(-1000, 909), LIMIT_W, charging=True) == 0
    assert hidden.available_w(reading(-1000, 910), LIMIT_W, charging=True) == 300
    assert hidden.available_w(reading(99, 911), LIMIT_W, charging=True) == 0
    assert hidden.available_w(reading(-1000, 912), LIMIT_W, charging=True) == 300


def test_at_night_nothing_is_hidden() -> None:
    """Where the sun is measured; a limit of 0 W is reached all night."""
    hidden = HiddenSun()
    assert hidden.available_w(reading(0, 0, solar_w=49), 0, charging=False) == 0
    assert hidden.available_w(reading(0, 1, solar_w=50), 0, charging=False) == 300
