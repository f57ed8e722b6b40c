"""Tables to read, files to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import platform
from statistics import mean
from typing import Any, ClassVar, Final

RESULTS: Final = Path(__file__).parent / "results"


def say(text: str = "") -> None:
    """Print a line, at once."""
    print(text, flush=True)  # noqa: T201


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with names; the first is text, the others are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """Return it as Markdown that can also be read as it is."""
        cells = [list(self.columns), *[list(row) for row in self.rows]]
        widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]

        def line(row: Sequence[str]) -> str:
            first, *others = row
            padded = [
                each.rjust(width)
                for each, width in zip(others, widths[1:], strict=True)
            ]
            return f"| {' | '.join([first.ljust(widths[0]), *padded])} |"

        rule = [f"{'-' * (width - 1)}:" for width in widths]
        rule[0] = "-" * widths[0]
        head, *body = [line(row) for row in cells]
        return [head, line(rule), *body]


@dataclass(frozen=True, slots=True)
class Spread:
    """How much some times differ, in s."""

    COLUMNS: ClassVar = ("count", "mean s", "p99 s", "most s")

    count: int
    mean: float
    p99: float
    most: float

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """Look at them."""
        if not values:
            nothing = float("nan")
            return Spread(0, nothing, nothing, nothing)
        ordered = sorted(values)
        p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        return Spread(len(ordered), mean(ordered), p99, ordered[-1])

    def cells(self) -> tuple[str, ...]:
        """Return it as a part of a row."""
        times = (f"{each:.3f}" for each in (self.mean, self.p99, self.most))
        return (str(self.count), *times)


def machine() -> dict[str, str]:
    """Return where and when this is."""
    model = platform.machine()
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_gb = 0.0
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemTotal"):
            memory_gb = int(line.split()[1]) / 2**20
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": model,
        "cores": str(os.cpu_count()),
        "memory": f"{memory_gb:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def publish(
    name: str, title: str, tables: Sequence[Table], notes: str, data: dict[str, Any]
) -> None:
    """Print tables and keep them, for people and for programs."""
    where = machine()
    lines = [f"# {title}", "", *[f"- {key}: {value}" for key, value in where.items()]]
    for table in tables:
        lines += ["", f"## {table.title}", "", *table.lines()]
    if notes:
        lines += ["", notes]
    for line in lines:
        say(line)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
    text = json.dumps({"machine": where, **data}, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    say()
    say(f"Written to {RESULTS / name}.md and .json")
