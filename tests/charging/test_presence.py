"""Which car is on which cable."""

import pytest

from custom_components.twcmanager.charging.presence import (
    Cable,
    Car,
    Evidence,
    PlugWatch,
    Presence,
    recognise,
)

RED_VIN = "LRW3E7FS1PC000417"

HERE = Cable(since=0.0, came=True)
FOUND = Cable(since=0.0, came=False)
SILENT = Car()
PLUGGED = Car(plugged=True)
GUEST = Presence()


def _who(
    cables: dict[str, Cable],
    cars: dict[str, Car],
    before: dict[str, Presence] | None = None,
    now: float = 100.0,
) -> dict[str, Presence]:
    return recognise(cables, cars, before or {}, now)


def test_vin_goes_before_all() -> None:
    """Whatever cars say of themselves, the VIN on the bus is this minute's truth."""
    car = Car(vin=RED_VIN, plugged=False, home=False)
    cable = Cable(since=0.0, came=True, vin=RED_VIN)

    # Nor does it have to be waited for.
    found = _who({"A": cable}, {"red": car, "blue": PLUGGED}, now=0.0)

    assert found == {"A": Presence("red", Evidence.VIN)}
    assert found["A"].known


def test_nobody_is_at_two_cables() -> None:
    """Whoever is known by its VIN here is not there."""
    cables = {"A": Cable(since=0.0, came=True, vin=RED_VIN), "B": HERE}
    car = Car(vin=RED_VIN, plugged=True)
    assert _who(cables, {"red": car})["B"] == GUEST


def test_vin_of_nobody() -> None:
    """It is a guest, though the owner's car might be thought to be there."""
    cable = Cable(since=0.0, came=True, vin="5YJ3E1EA7KF000316")

    found = _who({"A": cable}, {"red": PLUGGED})

    assert found == {"A": Presence(None, Evidence.VIN)}
    assert not found["A"].known


@pytest.mark.parametrize("delay_s", [-60, 0, 899])
def test_same_time(delay_s: float) -> None:
    """Of two cars it is the one that was plugged in when the unit saw it."""
    cars = {
        "red": Car(plugged=True, plugged_at=1000.0 + delay_s),
        "blue": Car(plugged=True, plugged_at=4000.0),
    }
    cable = Cable(since=1000.0, came=True)
    assert _who({"A": cable}, cars) == {"A": Presence("red", Evidence.TIME)}


@pytest.mark.parametrize("delay_s", [-61, 901])
def test_other_time(delay_s: float) -> None:
    """A car that was plugged in at another time was so elsewhere."""
    car = Car(plugged=True, plugged_at=1000.0 + delay_s)
    found = _who({"A": Cable(since=1000.0, came=True)}, {"red": car}, now=2000.0)
    assert found == {"A": GUEST}


def test_a_time_that_nobody_saw() -> None:
    """When a car is just found, it may have been there for days."""
    cars = {"red": Car(plugged=True, plugged_at=10.0), "blue": PLUGGED}
    assert _who({"A": FOUND}, cars) == {"A": GUEST}


def test_two_at_the_same_time() -> None:
    """Times that fit both tell nothing."""
    cars = {
        "red": Car(plugged=True, plugged_at=10.0),
        "blue": Car(plugged=True, plugged_at=20.0),
    }
    assert _who({"A": HERE, "B": HERE}, cars) == {"A": GUEST, "B": GUEST}
    assert _who({"A": HERE}, cars) == {"A": GUEST}


def test_car_says_it_is_plugged_in() -> None:
    """That will do, if no other car and no other cable can be meant."""
    assert _who({"A": FOUND}, {"red": PLUGGED, "blue": SILENT}) == {
        "A": Presence("red", Evidence.PLUG)
    }
    assert _who({"A": FOUND, "B": FOUND}, {"red": PLUGGED}) == {"A": GUEST, "B": GUEST}


def test_only_one_left() -> None:
    """It is believed to be that one, but only believed."""
    found = _who({"A": HERE}, {"red": SILENT})
    assert found == {"A": Presence("red", Evidence.LEFT)}
    assert not found["A"].known

    assert _who({"A": HERE}, {"red": SILENT, "blue": SILENT}) == {"A": GUEST}
    assert _who({"A": HERE, "B": HERE}, {"red": SILENT}) == {"A": GUEST, "B": GUEST}


@pytest.mark.parametrize("elsewhere", [Car(plugged=False), Car(home=False)])
def test_cars_elsewhere(elsewhere: Car) -> None:
    """Who is not plugged in or not at home is on no cable."""
    cars = {"red": elsewhere, "blue": SILENT}
    assert _who({"A": HERE}, cars) == {"A": Presence("blue", Evidence.LEFT)}
    assert _who({"A": HERE}, {"red": elsewhere}) == {"A": GUEST}


def test_car_that_would_have_told_its_vin() -> None:
    """A unit that reads VINs, and one it has read: without it, that car is not there."""
    car = Car(vin=RED_VIN, told_vin=True, plugged=True)
    reader = Cable(since=0.0, came=True, reads_vins=True)

    assert _who({"A": reader}, {"red": car}) == {"A": GUEST}
    assert _who({"A": HERE}, {"red": car}) == {"A": Presence("red", Evidence.PLUG)}


def test_nobody_is_a_guest_at_once() -> None:
    """The VIN takes a while."""
    assert _who({"A": HERE}, {"red": SILENT}, now=29.9) == {}
    assert _who({"A": HERE}, {}, now=29.9) == {}
    assert _who({"A": HERE}, {}, now=30.0) == {"A": GUEST}


def test_what_is_known_stays() -> None:
    """A car that falls asleep is still there; another one cannot be there, too."""
    before = {"A": Presence("red", Evidence.TIME)}
    found = _who({"A": HERE, "B": HERE}, {"red": SILENT, "blue": SILENT}, before)
    assert found == {**before, "B": Presence("blue", Evidence.LEFT)}


@pytest.mark.parametrize("car", [Car(plugged=False), Car(home=False)])
def test_unless_the_car_says_otherwise(car: Car) -> None:
    """It was another one then."""
    before = {"A": Presence("red", Evidence.TIME)}
    assert _who({"A": HERE}, {"red": car}, before) == {"A": GUEST}


def test_a_guess_does_not_stay() -> None:
    """As soon as there is another one that may be meant, nobody knows."""
    before = {"A": Presence("red", Evidence.LEFT)}
    cars = {"red": SILENT, "blue": SILENT}
    assert _who({"A": HERE}, cars, before) == {"A": GUEST}


def test_a_restart() -> None:
    """Who was there still is, at once, and more surely if the car says so."""
    before = {"A": Presence("red", Evidence.REMEMBERED)}
    cars = {"red": SILENT, "blue": SILENT}
    assert _who({"A": FOUND}, cars, before, now=0.0) == before

    cars["red"] = cars["blue"] = PLUGGED
    assert _who({"A": FOUND, "B": FOUND}, cars, before) == {
        "A": Presence("red", Evidence.PLUG),
        "B": Presence("blue", Evidence.PLUG),
    }


# --- plugs ----------------------------------------------------------------------------


def test_plug_that_is_seen_to_come() -> None:
    """Since when is known, until it goes."""
    watch = PlugWatch()
    assert watch.watch("A", plugged=False, now=1.0) is None
    assert watch.watch("A", plugged=True, now=2.0) == (2.0, True)
    assert watch.watch("A", plugged=True, now=300.0) == (2.0, True)
    assert watch.watch("A", plugged=False, now=301.0) is None


def test_plug_that_was_there() -> None:
    """Nobody knows since when."""
    assert PlugWatch().watch("A", plugged=True, now=2.0) == (2.0, False)


def test_plug_that_comes_while_nothing_is_said() -> None:
    """Cars wake up when they are plugged in."""
    watch = PlugWatch()
    watch.watch("A", plugged=False, now=1.0)
    assert watch.watch("A", plugged=None, now=500.0) is None
    assert watch.watch("A", plugged=True, now=501.0) == (501.0, True)


def test_plug_of_which_nothing_is_said() -> None:
    """For a minute that means nothing, after that anything may have happened."""
    watch = PlugWatch()
    watch.watch("A", plugged=True, now=0.0)
    assert watch.watch("A", plugged=None, now=60.0) == (0.0, False)
    assert watch.watch("A", plugged=None, now=60.1) is None
    assert watch.watch("A", plugged=True, now=70.0) == (70.0, False)
    assert watch.watch("B", plugged=None, now=70.0) is None


def test_plug_of_who_is_late_after_a_restart() -> None:
    """The minute begins when the unit is heard again, not when the restart was."""
    watch = PlugWatch(["A"], now=0.0)
    assert watch.watch("A", plugged=None, now=500.0) == (0.0, False)
    assert watch.watch("A", plugged=None, now=560.0) == (0.0, False)
    assert watch.watch("A", plugged=None, now=560.1) is None
