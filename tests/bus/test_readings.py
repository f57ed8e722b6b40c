"""Lifetime energy and VINs, freed of the nonsense units are known to tell."""

import pytest

from custom_components.twcmanager.bus.messages import Question
from custom_components.twcmanager.bus.readings import (
    LifetimeEnergy,
    VinReader,
    vin_is_valid,
)

START, MIDDLE, END = Question.VIN_START, Question.VIN_MIDDLE, Question.VIN_END

# No car has these: made up, with a check digit that is right.
VIN = "5YJ3E1EA7KF317123"
OTHER_VIN = "7SAYGDEE3PA400012"
VINS = [VIN, OTHER_VIN, "5YJSA1E27HF200456", "LRW3E7FA0MC300789", "XP7YGCEL2RB600678"]
# The well-known example of the standard's check digit X.
VIN_X = "1M8GDM9AXKP042788"
# Outside North America and China the digit is not compulsory.
VIN_WITHOUT_CHECK = "XP7YGCEL9RB600678"


def energy(*readings: tuple[float, int]) -> LifetimeEnergy:
    """Return what a counter of a 22 kW unit has come to after readings at some times."""
    counter = LifetimeEnergy(largest_power_kw=22.0)
    for now, count in readings:
        counter.take(count, now)
    return counter


# --- lifetime energy ------------------------------------------------------------------


def test_energy_is_in_kwh() -> None:
    """As most units count it."""
    assert energy((0, 56), (30, 56)).kwh == 56.0


def test_energy_is_in_wh_where_it_cannot_be_kwh() -> None:
    """As one busy unit counts it."""
    assert energy((0, 10_690_796), (30, 10_690_800)).kwh == pytest.approx(10_690.8)


@pytest.mark.parametrize(("count", "kwh"), [(500_000, 500_000.0), (500_001, 500.001)])
def test_more_than_seven_years_of_80_a_is_in_wh(count: int, kwh: float) -> None:
    """No unit can have delivered as much."""
    assert energy((0, count), (30, count)).kwh == pytest.approx(kwh)


def test_the_first_reading_needs_a_second() -> None:
    """One alone may be nonsense."""
    assert energy().kwh is None
    assert energy((0, 56)).kwh is None
    assert energy((0, 4_194_484), (30, 56)).kwh is None
    assert energy((0, 4_194_484), (30, 56), (60, 56)).kwh == 56.0


def test_energy_rises_as_fast_as_the_unit_can_deliver() -> None:
    """One count more, as the counter has steps of its own."""
    counter = energy((0, 56), (30, 56))
    counter.take(57, 60)
    assert counter.kwh == 57.0
    counter.take(79, 60 + 3600)
    assert counter.kwh == 79.0


@pytest.mark.parametrize("glitch", [4_194_484, 8_732_946, 0, 55, 58, 300_000])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_nonsense_is_dropped(glitch: int, times: int) -> None:
    """A total neither falls nor jumps; afterwards all goes on as before."""
    counter = energy((0, 56), (30, 56))
    for step in range(times):
        counter.take(glitch, 60 + step)
        assert counter.kwh == 56.0
    counter.take(57, 90)
    assert counter.kwh == 57.0


@pytest.mark.parametrize("glitch", [4_194_484, 8_732_946, 10_690_700, 56])
def test_nonsense_is_dropped_from_a_counter_in_wh(glitch: int) -> None:
    """The same glitches look less absurd there."""
    counter = energy((0, 10_690_796), (30, 10_690_796))
    counter.take(glitch, 60)
    assert counter.kwh == pytest.approx(10_690.796)
    counter.take(10_690_900, 90)
    assert counter.kwh == pytest.approx(10_690.9)


def test_the_longer_the_gap_the_larger_the_rise() -> None:
    """A unit may have charged while nobody listened."""
    counter = energy((0, 56), (30, 56))
    counter.take(56 + 22 * 24, 30 + 24 * 3600)
    assert counter.kwh == 584.0


def test_twenty_readings_in_a_row_overrule_what_was_believed() -> None:
    """A unit was exchanged, or the first two readings were the nonsense."""
    counter = energy((0, 8_000), (30, 8_000))
    for step in range(19):
        counter.take(12, 60 + 30 * step)
        assert counter.kwh == 8_000.0
    counter.take(12, 60 + 30 * 19)
    assert counter.kwh == 12.0


# --- VIN ------------------------------------------------------------------------------


@pytest.mark.parametrize("vin", [*VINS, VIN_X])
def test_the_check_digit(vin: str) -> None:
    """Position 9 vouches for all the others."""
    assert vin_is_valid(vin)
    for position, char in enumerate(vin):
        if position == 8:
            assert not vin_is_valid(vin[:8] + ("1" if char == "0" else "0") + vin[9:])
        elif char.isdigit():
            wrong = str((int(char) + 1) % 10)
            assert not vin_is_valid(vin[:position] + wrong + vin[position + 1 :])


@pytest.mark.parametrize(
    "text",
    ["", VIN[:-1], VIN + "0", VIN.lower(), VIN.replace("Y", "I"), "O" * 17, " " * 17],
)
def test_what_is_no_vin(text: str) -> None:
    """Wrong length, or letters no VIN has."""
    assert not vin_is_valid(text)


def read(reader: VinReader, vin: str) -> bool:
    """Read a VIN part by part, in the order the reader asks for; return what came of it."""
    parts = {START: vin[:7], MIDDLE: vin[7:14], END: vin[14:]}
    for part in (START, MIDDLE):
        assert reader.missing is part
        assert reader.take(part, parts[part])
    assert reader.missing is END
    return reader.take(END, parts[END])


@pytest.mark.parametrize("vin", VINS)
def test_a_vin_comes_in_three_parts(vin: str) -> None:
    """And then there is nothing left to ask."""
    reader = VinReader()
    assert read(reader, vin)
    assert reader.vin == vin
    assert reader.missing is None


def test_no_tesla_no_vin() -> None:
    """All zeros: the round is over, the next one begins at the beginning."""
    reader = VinReader()
    assert not reader.take(START, "")
    assert reader.missing is START
    assert reader.take(START, VIN[:7])
    assert not reader.take(MIDDLE, "")
    assert reader.missing is START
    assert reader.vin is None


def test_parts_of_two_cars_are_told_apart() -> None:
    """One left and another came in the middle of the round."""
    reader = VinReader()
    assert not read(reader, VIN[:7] + OTHER_VIN[7:])
    assert reader.vin is None
    read(reader, OTHER_VIN)
    assert reader.vin == OTHER_VIN


def test_a_doubtful_vin_is_believed_when_read_twice_in_a_row() -> None:
    """The check digit is not compulsory everywhere."""
    assert not vin_is_valid(VIN_WITHOUT_CHECK)
    reader = VinReader()
    read(reader, VIN_WITHOUT_CHECK)
    assert reader.vin is None
    read(reader, VIN[:7] + OTHER_VIN[7:])
    assert reader.vin is None
    read(reader, VIN_WITHOUT_CHECK)
    assert reader.vin is None
    read(reader, VIN_WITHOUT_CHECK)
    assert reader.vin == VIN_WITHOUT_CHECK


def test_two_cars_do_not_vouch_for_each_other() -> None:
    """Twice in a row means from the same car."""
    reader = VinReader()
    read(reader, VIN_WITHOUT_CHECK)
    reader.clear()
    read(reader, VIN_WITHOUT_CHECK)
    assert reader.vin is None


def test_nonsense_is_not_believed_even_twice() -> None:
    """It must at least look like a VIN."""
    reader = VinReader()
    for _ in range(3):
        read(reader, "5YJ3?1EA7KF317123")
    assert reader.vin is None


def test_the_next_car_is_asked_anew() -> None:
    """Nothing of the one that left remains."""
    reader = VinReader()
    read(reader, VIN)
    reader.clear()
    assert reader.vin is None
    reader.take(START, VIN[:7])
    reader.clear()
    read(reader, OTHER_VIN)
    assert reader.vin == OTHER_VIN
