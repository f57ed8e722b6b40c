"""Which phases a car uses is learned from its unit's own meter."""

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
    use.watch((0.0, 15.5, 0.0))
    assert use.watts_per_a(EU_3, 1) == 231


def test_a_small_current_teaches_nothing() -> None:
    """Steps of half an amp: 1 A may be electronics or noise."""
    use = PhaseUse()
    use.watch((1.0, 0.0, 0.0))
    assert use.watts_per_a(EU_3, 1) == 690


def test_what_was_learned_holds_while_the_car_pauses() -> None:
    """It is the same car on the same phases when it goes on."""
    use = PhaseUse()
    use.watch((15.5, 0.0, 0.0))
    use.watch((0.0, 0.0, 0.0))
    assert use.watts_per_a(EU_3, 1) == 230


def test_the_next_car_may_use_other_phases() -> None:
    """Until that is seen, it may use all of them."""
    use = PhaseUse()
    use.watch((15.5, 0.0, 0.0))
    use.car_left()
    assert use.watts_per_a(EU_3, 1) == 690


def test_phases_learned_that_have_no_voltage_any_more_are_not_counted() -> None:
    """A fuse may have gone: power never becomes zero per amp."""
    use = PhaseUse()
    use.watch((0.0, 15.5, 0.0))
    assert use.watts_per_a((230, 0, 230), 3) == 460
