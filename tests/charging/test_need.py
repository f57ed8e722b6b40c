"""What a car still needs until it leaves."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.twcmanager.charging.need import (
    Battery,
    Reading,
    Target,
    needed_kwh,
    read,
)

TEN_KWH = Target(energy_kwh=10)
FOUR_FIFTHS = Target(energy_kwh=10, soc=80)
FAR = Target(energy_kwh=10, range_km=240)


def said(soc: float, charged_kwh: float = 0.0, full_range_km: float = 300.0) -> Reading:
    """Return what a car said of itself at some time of its session."""
    return Reading(
        vehicle="red", soc=soc, charged_kwh=charged_kwh, full_range_km=full_range_km
    )


def battery(
    soc: float, charged_kwh: float = 0.0, limit_soc: float | None = None
) -> Battery:
    """Return a battery of 60 kWh."""
    return Battery(size_kwh=60, reading=said(soc, charged_kwh), limit_soc=limit_soc)


# --- what it needs --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charged_kwh", "needed"),
    [(0, 10), (4, 6), (9.94, pytest.approx(0.06)), (9.96, 0), (10, 0), (30, 0)],
)
def test_energy(charged_kwh: float, needed: float) -> None:
    """So much since it was plugged in, but nobody starts a car for a crumb."""
    assert needed_kwh(TEN_KWH, charged_kwh, battery(20)) == needed


@pytest.mark.parametrize(("soc", "needed"), [(50, 20), (79, 2 / 3), (80, 0), (91, 0)])
def test_soc(soc: float, needed: float) -> None:
    """What is missing in the battery, and what gets lost on the way."""
    # What was charged before it said so does not matter: it knows what of it has arrived.
    assert needed_kwh(FOUR_FIFTHS, 7, battery(soc, 7)) == pytest.approx(needed)


@pytest.mark.parametrize(
    "unknown",
    [Battery(size_kwh=60), Battery(reading=said(50)), Battery()],
)
@pytest.mark.parametrize("target", [FOUR_FIFTHS, FAR])
def test_a_car_that_does_not_tell(unknown: Battery, target: Target) -> None:
    """It gets the energy: rather that than nothing."""
    assert needed_kwh(target, 4, unknown) == 6


def test_the_limit_of_the_car() -> None:
    """More than its own limit the car never takes, and who wants more can be told."""
    limited = battery(50, limit_soc=65)
    assert needed_kwh(FOUR_FIFTHS, 0, limited) == pytest.approx(10)
    assert not limited.allows(FOUR_FIFTHS)
    generous = battery(50, limit_soc=80)
    assert needed_kwh(FOUR_FIFTHS, 0, generous) == pytest.approx(20)
    assert generous.allows(FOUR_FIFTHS)
    assert limited.allows(TEN_KWH)


def test_range() -> None:
    """As far as it would come with what is in it now, and with more in proportion."""
    assert needed_kwh(FAR, 0, battery(50)) == pytest.approx(20)
    assert needed_kwh(FAR, 0, battery(80)) == 0
    # Of two wishes the one that is more.
    assert needed_kwh(replace(FAR, soc=65), 0, battery(50)) == pytest.approx(20)
    assert needed_kwh(replace(FAR, soc=95), 0, battery(50)) == pytest.approx(30)


def test_range_that_no_battery_has() -> None:
    """A full battery is all it can get."""
    assert needed_kwh(replace(FAR, range_km=900), 0, battery(50)) == pytest.approx(
        100 / 3
    )
    assert not battery(50).allows(replace(FAR, range_km=301))
    assert battery(50).allows(replace(FAR, range_km=300))


def test_range_of_a_car_that_does_not_tell_its_own() -> None:
    """It gets what else was asked for."""
    silent = Battery(size_kwh=60, reading=replace(said(50, 4), full_range_km=None))
    assert needed_kwh(FAR, 4, silent) == 6
    assert needed_kwh(replace(FAR, soc=65), 4, silent) == pytest.approx(10)


# --- what is known of it --------------------------------------------------------------


def test_counting_on() -> None:
    """A car that says nothing new is fuller by what it was given since."""
    asleep = battery(50, 7)
    assert needed_kwh(FOUR_FIFTHS, 7, asleep) == pytest.approx(20)
    assert needed_kwh(FOUR_FIFTHS, 13, asleep) == pytest.approx(14)
    assert needed_kwh(FOUR_FIFTHS, 27, asleep) == 0
    assert asleep.soc(13) == pytest.approx(59)


def test_stuck() -> None:
    """That is worth a word once it should have said something."""
    assert not battery(50, 7).stuck(20)
    assert battery(50, 7).stuck(20.5)
    assert not Battery().stuck(100)


def test_a_word_that_is_repeated() -> None:
    """It may be hours old: what was charged since the first time counts."""
    first = read(None, "red", 2.0, soc=50, range_km=150)
    assert first == said(50, 2.0)
    assert read(first, "red", 9.0, soc=50, range_km=150) is first
    assert read(first, "red", 9.0, soc=50) is first
    assert read(first, "red", 9.0, soc=None) is first
    assert read(first, "red", 9.0, soc=51, range_km=153) == said(51, 9.0)
    # It may know less than before, as after preheating.
    assert read(first, "red", 9.0, soc=49, range_km=147) == said(49, 9.0)


def test_range_that_is_told_late() -> None:
    """It changes nothing of what was charged since."""
    first = read(None, "red", 2.0, soc=50)
    assert first == replace(said(50, 2.0), full_range_km=None)
    assert read(first, "red", 9.0, soc=50, range_km=150) == said(50, 2.0)


def test_range_of_an_empty_battery() -> None:
    """With next to nothing in it, nobody knows how far all of it would do."""
    empty = read(None, "red", 0.0, soc=4, range_km=0)
    assert empty
    assert empty.full_range_km is None
    assert read(empty, "red", 1.0, soc=5, range_km=15) == said(5, 1.0)


def test_another_car_or_session() -> None:
    """What was known of the one before says nothing."""
    before = said(50, 7.0)
    assert read(before, "blue", 7.0, soc=None) is None
    assert read(before, "red", 0.0, soc=None) is None
    assert read(before, "red", 0.0, soc=50, range_km=150) == said(50, 0.0)


@given(
    told=st.lists(st.none() | st.integers(0, 100), max_size=8),
    size_kwh=st.floats(5, 150),
    wanted=st.integers(1, 100),
)
def test_never_for_ever(told: list[int | None], size_kwh: float, wanted: float) -> None:
    """Whatever a car says, and then says no more: it is full some day, and not before."""
    target = Target(energy_kwh=10, soc=wanted)
    reading, charged_kwh = None, 0.0
    for soc in told:
        reading = read(reading, "red", charged_kwh, soc=soc)
        charged_kwh += 1
    known = Battery(size_kwh=size_kwh, reading=reading)
    given_kwh = 0.0
    while needed := needed_kwh(target, charged_kwh + given_kwh, known):
        given_kwh += needed
        assert given_kwh <= max(size_kwh / 0.9, 10) + 1e-6
    if reading and wanted > reading.soc:
        kwh = (wanted - reading.soc) / 100 * size_kwh / 0.9
        since_kwh = charged_kwh + given_kwh - reading.charged_kwh
        assert since_kwh >= kwh - 0.06
