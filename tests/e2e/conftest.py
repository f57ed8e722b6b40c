"""Fixtures and the look into the log that all end-to-end tests end with.

Home Assistant takes its time to start: the tests of a module share one, and one house.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
import re
from typing import Final

import pytest
import pytest_asyncio

from .home_assistant import CONFIGURATION, DOMAIN, HomeAssistant, free_port
from .house import House
from .owner import Owner

_RECORD: Final = re.compile(r"^\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \(", re.MULTILINE)
# Not a folder by whose name the repository may happen to go.
_OURS: Final = re.compile(
    rf"custom_components[./]{DOMAIN}\b|(?<![\w/-]){DOMAIN}(?![\w-])"
)
# Said of every custom integration.
_HARMLESS: Final = "which has not been tested by Home Assistant"

_MEASURED: Final = "measured"


def complaints(log: Path) -> list[str]:
    """Return the warnings and errors in a log that have to do with the integration."""
    text = log.read_text(errors="replace")
    starts = [*_RECORD.finditer(text)]
    ends = [each.start() for each in starts[1:]] + [len(text)]
    return [
        record
        for start, end in zip(starts, ends, strict=True)
        if start["level"] in {"WARNING", "ERROR", "CRITICAL"}
        and _OURS.search(record := text[start.start() : end])
        and _HARMLESS not in record
    ]


@pytest.fixture(scope="module")
def configuration() -> str:
    """Return what a module adds to the configuration, as YAML."""
    return ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home_assistant(
    tmp_path_factory: pytest.TempPathFactory, configuration: str
) -> AsyncIterator[HomeAssistant]:
    """Home Assistant, new and onboarded."""
    folder = tmp_path_factory.mktemp("home_assistant")
    (folder / "configuration.yaml").write_text(CONFIGURATION + configuration)
    async with HomeAssistant(folder, port=free_port("127.0.0.1")) as home_assistant:
        await home_assistant.start()
        yield home_assistant
    assert not complaints(home_assistant.log)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    home_assistant: HomeAssistant, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """The house, whose meter Home Assistant can read."""
    link = tmp_path_factory.mktemp("dev") / "ttyUSB0"
    house = House(link, asyncio.get_running_loop().time())
    async with house.port:
        meter = asyncio.create_task(house.tell_grid_power(home_assistant))
        yield house
        meter.cancel()
        with suppress(asyncio.CancelledError):
            await meter


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(home_assistant: HomeAssistant, house: House) -> Owner:
    """Who has added the house."""
    return await Owner.add(home_assistant, house)


@pytest.fixture(autouse=True)
def nothing_to_complain_about(home_assistant: HomeAssistant) -> Iterator[None]:
    """Let a test fail that leaves the integration's warnings or errors in the log."""
    yield
    assert not complaints(home_assistant.log)


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what to tell a figure that is of interest after the run."""
    return lambda figure: record_property(_MEASURED, figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured, whichever process ran the test."""
    figures = [
        figure
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, figure in report.user_properties
        if name == _MEASURED
    ]
    if figures:
        terminalreporter.section("measured")
        for figure in figures:
            terminalreporter.write_line(str(figure))
