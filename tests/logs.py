"""Logs of the program TWCManager, as files and as tables of a database."""

from pathlib import Path
import sqlite3
from typing import Any, Final

SESSIONS: Final = (
    "chargeid",
    "startTime",
    "startkWh",
    "slaveTWC",
    "endTime",
    "endkWh",
    "vehicleVIN",
)
FLOWS: Final = ("time", "genW", "conW", "chgW")
STATUS: Final = (
    "slaveTWC",
    "time",
    "kWh",
    "voltsPhaseA",
    "voltsPhaseB",
    "voltsPhaseC",
)

type Rows = list[tuple[Any, ...]]


def write_csv(
    path: Path, columns: tuple[str, ...], rows: Rows, delimiter: str = ","
) -> str:
    """Write a file with the columns in its first line. Return where it is."""
    lines = [columns, *rows]
    path.write_text(
        "".join(delimiter.join(map(str, each)) + "\n" for each in lines), "utf-8"
    )
    return str(path)


def write_sqlite(path: Path, **tables: tuple[tuple[str, ...], Rows]) -> str:
    """Write a database with some tables. Return where it is."""
    with sqlite3.connect(path) as connection:
        for name, (columns, rows) in tables.items():
            connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
    connection.close()
    return str(path)
