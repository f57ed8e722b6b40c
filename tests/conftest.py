"""Fixtures shared by all tests."""

import asyncio
from collections.abc import AsyncGenerator, Generator
import logging
from pathlib import Path
from unittest.mock import AsyncMock, patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# At module level: otherwise the harness' own custom_components folder wins, and Home
# Assistant does not find the integration.
from custom_components.twcmanager import clock
from custom_components.twcmanager.const import DOMAIN

from .flows import meet, texts_checked
from .garage import Garage, let_time_fly


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration in every test that has one."""


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Leave out of snapshots what differs from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def flying_time(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass faster for the rest of the test."""
    loop = asyncio.get_running_loop()
    let_time_fly(loop)
    # The calendar with it: a day has as many seconds by either clock.
    ahead_s = clock.calendar_s() - loop.time()
    monkeypatch.setattr(clock, "calendar_s", lambda: loop.time() + ahead_s)


@pytest.fixture
def soon_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait half a minute after a start for units that may still be charging."""
    for module in "coordinator", "conductor":
        monkeypatch.setattr(
            f"custom_components.twcmanager.{module}.SILENT_STOPPED_S", 1
        )


@pytest.fixture
def impatient_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose patience with sensors after ten seconds, not after minutes."""
    package = "custom_components.twcmanager"
    monkeypatch.setattr(f"{package}.charging.beat.SHORTEST_STALE_S", 5)
    monkeypatch.setattr(f"{package}.charging.beat.SHORTEST_DEAD_S", 10)
    monkeypatch.setattr(f"{package}.charging.beat.FIRST_BEAT_S", 2)
    monkeypatch.setattr(f"{package}.sources.inputs.PATIENCE_S", 5)
    monkeypatch.setattr(f"{package}.sources.checked.PATIENCE_S", 5)


@pytest.fixture
def no_errors(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """See to it that nothing is logged that anyone would have to worry about."""
    caplog.set_level(logging.INFO)
    yield
    assert not [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if _worrying(record)
    ]


def _worrying(record: logging.LogRecord) -> bool:
    """Return whether a message is an error, or a warning about the integration."""
    message = record.getMessage()
    # What a person asked for in vain, and what is said of every custom integration.
    if "websocket_api" in record.name or "not been tested" in message:
        return False
    # How long something took on a busy machine is not about us.
    ours = "twcmanager" in f"{record.name} {message}" and record.name != "asyncio"
    return record.levelno >= (logging.WARNING if ours else logging.ERROR)


@pytest.fixture
async def garage(
    hass: HomeAssistant,
    flying_time: None,
    soon_settled: None,
    no_errors: None,
    tmp_path: Path,
) -> AsyncGenerator[Garage]:
    """Return a garage to be opened, and close it in the end."""
    garage = Garage(hass, tmp_path / "wall-connectors")
    yield garage
    await garage.close()


@pytest.fixture
async def open_garage(garage: Garage) -> Garage:
    """Return a garage with two Wall Connectors that have been met."""
    await garage.open()
    await garage.until_met()
    return garage


# --- flows ----------------------------------------------------------------------------


@pytest.fixture
async def setup_entry(hass: HomeAssistant) -> AsyncGenerator[AsyncMock]:
    """Keep new and changed entries from being set up for real."""

    async def pretend(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
        meet(entry)
        return True

    with (
        patch(f"custom_components.{DOMAIN}.async_unload_entry", return_value=True),
        patch(
            f"custom_components.{DOMAIN}.async_setup_entry", side_effect=pretend
        ) as mock,
    ):
        yield mock
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def check_texts() -> Generator[None]:
    """See that whatever a flow shows has a text, and every text its placeholders."""
    with texts_checked():
        yield
