"""Which phases a car uses is learned from its unit's own meter."""

import pytest

from custom_components.twcmanager.charging.power import NOMINAL_V, PhaseUse

EU_3 = (230, 231, 229)
EU_1 = (230, 0, 0)
US = (241, 0, 0)


def test_without_a_meter_the_owners_word_counts() -> None:
    """Old firmware tells no voltages."""
    assert PhaseUse().watts_per_a(None, 1) == NOMINAL_V
    assert PhaseUse().watts_per_a(None, 3) == 3 * NOMINAL_V


def test_the_meters_voltages_count_once_they_are_known() -> None:
    """Whatever the owner said about phases, the meter sees them."""
    assert PhaseUse().watts_per_a(EU_1, 3) == 230
    assert PhaseUse().watts_per_a(US, 1) == 241
    assert PhaseUse().watts_per_a(EU_3, 1) == 690


def test_a_meter_that_reads_no_voltage_is_not_believed() -> None:
    """All zeros is what some firmware says instead of nothing."""
    assert PhaseUse().watts_per_a((0, 0, 0), 3) == 3 * NOMINAL_V


def test_a_car_on_one_of_three_phases_counts_with_that_one() -> None:
    """A one-phase car on a three-phase unit takes one phase's power."""
    use = PhaseUse()
    use.watch((0.0, 15.5, 0.0), at=1.0)
    assert use.watts_per_a(EU_3, 1) == 231


def test_a_small_current_teaches_nothing() -> None:
    """Steps of half an amp: 1 A may be electronics or noise."""
    use = PhaseUse()
    use.watch((1.0, 0.0, 0.0), at=1.0)
    assert use.watts_per_a(EU_3, 1) == 690


def test_what_was_learned_holds_while_the_car_pauses() -> None:
    """It is the same car on the same phases when it goes on."""
    use = PhaseUse()
    use.watch((15.5, 0.0, 0.0), at=1.0)
    use.watch((0.0, 0.0, 0.0), at=2.0)
    assert use.watts_per_a(EU_3, 1) == 230


def test_the_next_car_is_expected_to_be_like_the_last() -> None:
    """Mostly it is the same: a one-phase car must not wait for three phases' worth of sun."""
    use = PhaseUse()
    use.watch((15.5, 0.0, 0.0), at=1.0)
    use.car_left()
    assert use.used is None
    assert use.watts_per_a(EU_3, 1) == 230
    use.car_left()
    assert use.watts_per_a(EU_3, 1) == 230
    # It shows soon if it is another one.
    use.watch((6.0, 6.0, 6.0), at=2.0)
    assert use.watts_per_a(EU_3, 1) == 690


def test_what_was_expected_before_a_restart() -> None:
    """The next car is expected to be like the last one then, too."""
    assert PhaseUse([0]).watts_per_a(EU_3, 1) == 230
    assert PhaseUse([]).watts_per_a(EU_3, 1) == 690
    # Nothing of it is known for sure.
    assert PhaseUse([0]).used is None
    assert PhaseUse([0]).proven(0.0) is None
    # A unit that has been wired to one phase since.
    assert PhaseUse([1, 2]).watts_per_a(EU_1, 1) == 230


def test_a_car_whose_owner_told_its_phases() -> None:
    """What it is seen to do is believed more, and what there is not it cannot use."""
    use = PhaseUse([0, 1, 2])
    assert use.watts_per_a(EU_3, 3, car_phases=1) == 230
    assert use.watts_per_a(EU_3, 3, car_phases=2) == 461
    assert use.watts_per_a(EU_1, 1, car_phases=3) == 230
    assert use.watts_per_a(None, 3, car_phases=1) == NOMINAL_V
    assert use.watts_per_a(None, 1, car_phases=3) == NOMINAL_V
    # Nothing of it is known for sure.
    assert use.proven(0.0) is None
    use.watch((15.5, 15.5, 15.5), at=1.0)
    assert use.watts_per_a(EU_3, 3, car_phases=1) == 690


def test_phases_learned_that_have_no_voltage_any_more_are_not_counted() -> None:
    """A fuse may have gone: power never becomes zero per amp."""
    use = PhaseUse()
    use.watch((0.0, 15.5, 0.0), at=1.0)
    assert use.watts_per_a((230, 0, 230), 3) == 460


# --- what is beyond doubt -------------------------------------------------------------


def prove(*readings: tuple[float, float, float]) -> tuple[PhaseUse, float]:
    """Return what readings of one car every 5 s taught, and the time of the last."""
    use, now = PhaseUse(), 0.0
    for now, reading in enumerate(readings):
        use.watch(reading, at=now * 5.0)
    return use, now * 5.0


ON_ONE = (15.5, 0.0, 0.0)


def test_three_clear_readings_prove_which_phases_a_car_loads() -> None:
    """A fuse depends on it: one of them may be a fault."""
    for readings, proven in (
        ([], None),
        ([ON_ONE] * 2, None),
        ([ON_ONE] * 3, {0}),
        ([(0.0, 8.0, 8.0)] * 3, {1, 2}),
        ([(16.0, 16.0, 16.0)] * 3, {0, 1, 2}),
        # Half an amp is a step of the meter, more is a current.
        ([(15.5, 0.5, 0.0)] * 3, {0}),
        ([(15.5, 1.0, 0.0)] * 3, {0, 1}),
    ):
        use, now = prove(*readings)
        assert use.proven(now) == (proven and frozenset(proven)), readings


def test_a_reading_counts_once() -> None:
    """However often it is looked at."""
    use = PhaseUse()
    for _ in range(5):
        use.watch(ON_ONE, at=1.0)
    assert use.proven(1.0) is None


def test_a_car_at_its_minimum_proves_nothing() -> None:
    """Some leave phases out at 6 to 7 A and take them again with more."""
    use, now = prove(*[(6.5, 0.0, 0.0)] * 5)
    assert use.proven(now) is None


def test_a_current_elsewhere_takes_it_back_at_once() -> None:
    """However small beside the other, and it takes three more readings to be sure again."""
    for reading in (15.5, 1.0, 0.0), (0.0, 1.0, 0.0), (2.0, 2.0, 2.0):
        use, now = prove(*[ON_ONE] * 3, reading)
        assert use.proven(now) is None
        use, now = prove(*[ON_ONE] * 3, reading, *[ON_ONE] * 2)
        assert use.proven(now) is None
        use, now = prove(*[ON_ONE] * 3, reading, *[ON_ONE] * 3)
        assert use.proven(now) == frozenset({0})


def test_fewer_phases_than_before_have_to_be_proven_too() -> None:
    """A car that leaves a phase out for a moment takes it again."""
    use, now = prove(*[(16.0, 16.0, 16.0)] * 3, ON_ONE)
    assert use.proven(now) is None


def test_proof_outlasts_a_pause() -> None:
    """It is the same car that goes on."""
    use, now = prove(*[ON_ONE] * 3, (0.0, 0.0, 0.0), (3.0, 0.0, 0.0))
    assert use.proven(now) == frozenset({0})


@pytest.mark.parametrize(("later_s", "proven"), [(39.0, {0}), (41.0, None)])
def test_proof_has_to_be_fresh(later_s: float, proven: set[int] | None) -> None:
    """A meter that is silent may hide anything."""
    use, now = prove(*[ON_ONE] * 3)
    assert use.proven(now + later_s) == (proven and frozenset(proven))


def test_proof_is_of_one_car() -> None:
    """It ends with the car, or when there may be another one."""
    use, now = prove(*[ON_ONE] * 3)
    use.doubt()
    assert use.proven(now) is None
    assert use.used == frozenset({0})
    use, now = prove(*[ON_ONE] * 3)
    use.car_left()
    assert use.proven(now) is None
    assert use.used is None
