"""The order of the house: who may know whom, and who may look at the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from custom_components import twcmanager

ROOT = Path(twcmanager.__file__).parent
PACKAGE = twcmanager.__name__
PURE = [*(ROOT / "bus").glob("*.py"), *(ROOT / "charging").glob("*.py")]
# The one module of the wire that does I/O.
IO = ROOT / "bus" / "connection.py"

CLOCKS = {"time", "datetime", "asyncio", "threading", "sched", "random", "socket", "os"}


def imported(path: Path) -> Iterator[str]:
    """Return the full names of the modules a file imports."""
    package = [PACKAGE, *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_there_is_something_to_look_at() -> None:
    """Or what follows says nothing."""
    assert len(PURE) > 10
    assert IO in PURE
    assert "asyncio" in set(imported(IO))
    master = set(imported(ROOT / "bus" / "master.py"))
    assert f"{PACKAGE}.bus.codec.decode" in master


@pytest.mark.parametrize(
    "path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_the_wire_and_the_decisions_know_neither_home_assistant_nor_each_other(
    path: Path,
) -> None:
    """Both run without it, a day in a second."""
    own = f"{PACKAGE}.{path.parent.name}"
    for name in imported(path):
        assert name.split(".")[0] != "homeassistant", name
        assert not name.startswith(PACKAGE) or name == own or name.startswith(f"{own}.")


@pytest.mark.parametrize(
    "path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_time_is_an_argument(path: Path) -> None:
    """Nobody but the connection has a clock, or does anything to the world."""
    if path == IO:
        return
    assert not {name.split(".")[0] for name in imported(path)} & CLOCKS
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"monotonic", "time", "now", "utcnow", "sleep"}
