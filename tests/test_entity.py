"""What all entities share: when they are written, and when they come and go."""

from collections.abc import Generator
from types import SimpleNamespace
from typing import cast
from unittest.mock import Mock, patch

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import StateType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import DOMAIN
from custom_components.twcmanager.coordinator import TwcCoordinator
from custom_components.twcmanager.entity import TwcEntity, TwcEntityDescription

from .garage import FIRST, SECOND, Garage


class Probe(TwcEntity):
    """An entity whose value a test sets, with a clock of its own."""

    value: StateType = None
    up = True

    def __init__(
        self,
        hass: HomeAssistant,
        dead_band: float = 0.0,
        interval_s: float = 0.0,
        hold_s: float = 0.0,
        at_once: frozenset[StateType] = frozenset(),
    ) -> None:
        """Take what makes it quiet."""
        entry = MockConfigEntry(domain=DOMAIN)
        super().__init__(
            TwcCoordinator(hass, entry),
            TwcEntityDescription(
                key="probe",
                dead_band=dead_band,
                interval_s=interval_s,
                hold_s=hold_s,
                at_once=at_once,
            ),
        )
        self.now = 100.0
        loop = SimpleNamespace(time=lambda: self.now)
        self.hass = cast(HomeAssistant, SimpleNamespace(loop=loop))

    @property
    def available(self) -> bool:
        """Return what the test set."""
        return self.up

    def current_value(self) -> StateType:
        """Return what the test set."""
        return self.value


@pytest.fixture
def written() -> Generator[Mock]:
    """Return what counts how often a probe is written."""
    with patch.object(Probe, "async_write_ha_state") as mock:
        yield mock


async def _show(probe: Probe, first: StateType) -> None:
    """Show a probe's first value."""
    probe.value = first
    await probe.async_added_to_hass()


@pytest.mark.parametrize(
    ("first", "steps"),
    [
        # Wobbling is not worth a row on disk, however long it lasts.
        (10.0, [(1, 10.1, False), (60, 9.9, False), (60, 10.19, False)]),
        # A drift is, but not each of its steps.
        (10.0, [(1, 10.3, False), (8, 10.6, False), (1, 10.7, True), (1, 11, False)]),
        # What is far from the last value matters at once.
        (10.0, [(1, 12.1, True), (1, 10.0, True)]),
        # So do starting and stopping.
        (0.0, [(1, 0.3, True), (1, 0.0, True), (1, 0.1, False), (60, 0.1, False)]),
        # Nothing is left over of what has stopped.
        (0.1, [(1, 0.0, False), (9, 0.0, True)]),
        # A value that was not there before is news.
        (None, [(1, 10.0, True), (1, None, True), (1, None, False)]),
    ],
)
async def test_quiet(
    hass: HomeAssistant,
    written: Mock,
    first: StateType,
    steps: list[tuple[float, StateType, bool]],
) -> None:
    """A value that wobbles is written when it matters."""
    probe = Probe(hass, dead_band=0.2, interval_s=10)
    await _show(probe, first)

    for passed_s, value, expected in steps:
        written.reset_mock()
        probe.now += passed_s
        probe.value = value
        probe.coordinator.async_update_listeners()
        assert written.called is expected, (passed_s, value)


async def test_counter(hass: HomeAssistant, written: Mock) -> None:
    """A counter never matters at once, except when it begins to count."""
    probe = Probe(hass, interval_s=60)
    await _show(probe, 0)

    for count in range(1, 601):
        probe.now += 1
        probe.value = count * 8
        probe.coordinator.async_update_listeners()

    assert written.call_count == 10


async def test_plain_value(hass: HomeAssistant, written: Mock) -> None:
    """A value without a dead band is written at every change, and only then."""
    probe = Probe(hass)
    await _show(probe, "ready")

    for value in "ready", "charging", "charging", "ready":
        probe.value = value
        probe.coordinator.async_update_listeners()

    assert written.call_count == 2


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        # What stays is shown after a while.
        ("A B B B B", "B"),
        ("A B C C C", "C"),
        # What takes turns is not.
        ("A B A B A B A B", ""),
        ("A B B A B B", ""),
        ("A B C D E", ""),
        # What matters does not wait, and what comes after it does.
        ("A ! A A A", "! A"),
        ("A ! B ! B !", "!"),
    ],
)
async def test_hold(
    hass: HomeAssistant, written: Mock, values: str, shown: str
) -> None:
    """A word is only worth a row on disk if it stays for a while."""
    probe = Probe(hass, hold_s=2, at_once=frozenset({"!"}))
    first, *others = values.split()
    await _show(probe, first)
    seen = []
    for value in others:
        probe.now += 1
        probe.value = value
        before = written.call_count
        probe.coordinator.async_update_listeners()
        if written.call_count > before:
            seen.append(value)

    assert seen == shown.split()


async def test_hold_ends_with_availability(hass: HomeAssistant, written: Mock) -> None:
    """Coming and going does not wait, nor does what is true by then."""
    probe = Probe(hass, hold_s=2)
    await _show(probe, "A")

    for up, value in (False, "A"), (True, "B"):
        probe.up = up
        probe.value = value
        probe.coordinator.async_update_listeners()

    assert written.call_count == 2


async def test_availability(hass: HomeAssistant, written: Mock) -> None:
    """Coming and going is written at once, and what changes unseen is not."""
    probe = Probe(hass, dead_band=0.2, interval_s=10)
    await _show(probe, 10.0)

    for up, value, count in (
        (False, 10.0, 1),
        (False, 20.0, 1),
        (True, 10.05, 2),
        (True, 10.1, 2),
    ):
        probe.up = up
        probe.value = value
        probe.coordinator.async_update_listeners()
        assert written.call_count == count


# --- on a real bus --------------------------------------------------------------------


async def test_disabled_by_default(open_garage: Garage) -> None:
    """Few people want to see everything."""
    disabled = {
        entry.unique_id.removeprefix("garage_").removeprefix(f"{FIRST}_")
        for entry in er.async_entries_for_config_entry(
            er.async_get(open_garage.hass), open_garage.entry.entry_id
        )
        if entry.disabled_by and SECOND not in entry.unique_id
    }

    assert disabled == {
        "answer_time",
        "answer_time_worst",
        "checksum_errors",
        "current_phase_a",
        "current_phase_b",
        "current_phase_c",
        "echoes",
        "frames",
        "last_session_duration",
        "last_session_energy",
        "last_session_solar_share",
        "meter_delay",
        "noise_bytes",
        "reconnects",
        "stop_method",
        "timeouts",
        "unstick",
        "voltage_phase_b",
        "voltage_phase_c",
        "whole_amps",
    }


async def test_steady_charging_is_quiet(garage: Garage) -> None:
    """While cars just charge, next to nothing is written."""
    await garage.open()
    await garage.until(lambda: all(each.draw_a > 19 for each in garage.site.units))
    await garage.seconds(15)
    changes: list[str] = []

    @callback
    def count(event: Event[EventStateChangedData]) -> None:
        changes.append(event.data["entity_id"])

    stop = garage.hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    await garage.seconds(40)
    stop()

    # The energy of both sessions, once a minute.
    assert len(changes) <= 4, changes


async def test_units_appear_by_themselves(garage: Garage) -> None:
    """A Wall Connector that is switched on later gets its device and its entities."""
    second = garage.site.units.pop()
    await garage.open()
    await garage.until_met()
    assert garage.coordinator.identities == (FIRST,)

    second.power_up(garage.hass.loop.time())
    garage.site.units.append(second)
    await garage.until_met()

    assert garage.device(SECOND) is not None
    assert garage.value("status", SECOND) != STATE_UNAVAILABLE
    assert garage.value("charging_enabled", SECOND) == "on"


async def test_update_entity(open_garage: Garage) -> None:
    """Asking for an update does no harm: units speak by themselves."""
    assert await async_setup_component(open_garage.hass, "homeassistant", {})

    await open_garage.call("homeassistant.update_entity", "status", FIRST)
    await open_garage.seconds(15)

    assert open_garage.value("status", FIRST) != STATE_UNAVAILABLE
