"""Fixtures and the look into the log that all end-to-end tests end with."""

from collections.abc import Callable, Iterator
from pathlib import Path
import re
from typing import Final

import pytest

from .home_assistant import DOMAIN, HomeAssistant

_RECORD: Final = re.compile(r"^\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \(", re.MULTILINE)
# Not a folder by whose name the repository may happen to go.
_OURS: Final = re.compile(
    rf"custom_components[./]{DOMAIN}\b|(?<![\w/-]){DOMAIN}(?![\w-])"
)
# Said of every custom integration.
_HARMLESS: Final = "which has not been tested by Home Assistant"

_measured: list[str] = []


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


@pytest.fixture(autouse=True)
def nothing_to_complain_about(home_assistant: HomeAssistant) -> Iterator[None]:
    """Let a test fail that leaves the integration's warnings or errors in the log."""
    yield
    assert not complaints(home_assistant.log)


@pytest.fixture
def measured() -> Callable[[str], None]:
    """Return what to tell a figure that is of interest after the run."""
    return _measured.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was measured."""
    if _measured:
        terminalreporter.section("measured")
        for each in _measured:
            terminalreporter.write_line(each)
