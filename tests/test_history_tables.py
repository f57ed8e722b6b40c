"""Logs as they may be found: in any case, order and kind, or not what they should be."""

from collections.abc import Generator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.twcmanager import history_tables
from custom_components.twcmanager.charging.history import Flow, Logged
from custom_components.twcmanager.history_rows import flows_of, sessions_of, twc_id
from custom_components.twcmanager.history_tables import Table, read_files, read_server

from .logs import FLOWS, SESSIONS, STATUS, write_csv, write_sqlite

NOON = "2021-05-21 12:00:00"
NOW_S = 1_790_000_000.0

ROW = (1, NOON, 700, "1A2B", "2021-05-21 14:00:00", 710, "LRW3E7FS1PC000417")
FLOW = (NOON, 3000, 1500.5, 1000)


@pytest.fixture(autouse=True)
def zone() -> Generator[None]:
    """Be in Amsterdam, where it is two hours later in summer."""
    before, zone = dt_util.get_default_time_zone(), "Europe/Amsterdam"
    dt_util.set_default_time_zone(dt_util.get_time_zone(zone) or before)
    yield
    dt_util.set_default_time_zone(before)


def at(hour: int, minute: int = 0) -> float:
    """Return a time of that day, in UTC."""
    return datetime(2021, 5, 21, hour, minute, tzinfo=UTC).timestamp()


def refusal(*paths: str) -> tuple[str | None, dict[str, str] | None]:
    """Return why files are refused."""
    with pytest.raises(ServiceValidationError) as refused:
        read_files(paths)
    return refused.value.translation_key, refused.value.translation_placeholders


# --- files ----------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path: Path, delimiter: str) -> None:
    """Which table it is, the columns tell; the file may be called anything."""
    paths = [
        write_csv(tmp_path / "a", SESSIONS, [ROW], delimiter),
        write_csv(tmp_path / "b", FLOWS, [FLOW], delimiter),
        write_csv(tmp_path / "c", STATUS, [("1A2B", NOON, 701, 230, 0, 0)], delimiter),
        write_csv(tmp_path / "d", SESSIONS, [ROW, ROW], delimiter),
    ]
    tables = read_files(paths)
    assert {table: len(rows) for table, rows in tables.items()} == {
        Table.SESSIONS: 3,
        Table.FLOWS: 1,
        Table.STATUS: 1,
    }
    (logged, *_) = sessions_of(tables[Table.SESSIONS], now_s=NOW_S)
    assert logged == Logged(
        unit="1A2B",
        began_at=at(10),
        ended_at=at(12),
        before_kwh=700.0,
        after_kwh=710.0,
        vin="LRW3E7FS1PC000417",
    )
    assert flows_of(tables[Table.FLOWS], with_cars=False, now_s=NOW_S) == [
        Flow(at(10), 3000.0, 1500.5, 1000.0)
    ]


def test_csv_of_a_spreadsheet(tmp_path: Path) -> None:
    """With a mark at its beginning, quotes, blanks and columns in another order."""
    path = tmp_path / "sessions.csv"
    path.write_text(
        '\ufeff"ENDKWH"; "EndTime"; "starttime"; startkwh ; SlaveTWC\r\n'
        '710; "2021-05-21T14:00:00+02:00"; 2021-05-21 12:00; 700; 0x1a2b\r\n',
        "utf-8",
    )
    (logged,) = sessions_of(read_files([str(path)])[Table.SESSIONS], now_s=NOW_S)
    assert (logged.began_at, logged.ended_at) == (at(10), at(12))
    assert (logged.unit, logged.energy_kwh, logged.vin) == ("1A2B", 10.0, None)


def test_a_csv_that_was_cut_off(tmp_path: Path) -> None:
    """What is missing is not known, and the rest counts."""
    path = tmp_path / "sessions.csv"
    path.write_text(f"{','.join(SESSIONS)}\n1,{NOON},700,1A2B\n", "utf-8")
    (logged,) = sessions_of(read_files([str(path)])[Table.SESSIONS], now_s=NOW_S)
    assert not logged.has_end
    assert logged.began_at == at(10)


def test_sqlite(tmp_path: Path) -> None:
    """All tables there are, in any case; nothing is written."""
    path = tmp_path / "twc manager #1?.sqlite"
    source = write_sqlite(
        path, Charge_Sessions=(SESSIONS, [ROW]), green_energy=(FLOWS, [FLOW, FLOW])
    )
    before = path.read_bytes()
    tables = read_files([source])
    assert {table: len(rows) for table, rows in tables.items()} == {
        Table.SESSIONS: 1,
        Table.FLOWS: 2,
    }
    (logged,) = sessions_of(tables[Table.SESSIONS], now_s=NOW_S)
    assert (logged.unit, logged.energy_kwh) == ("1A2B", 10.0)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("name", ["nothing.csv", "no\0name"])
def test_not_there(tmp_path: Path, name: str) -> None:
    """It is said which file."""
    path = str(tmp_path / name)
    key, given = refusal(path)
    assert key == "log_unreadable"
    assert given
    assert given["source"] == path


@pytest.mark.parametrize("content", [b"", b"1,2,3\n", b"name,size\na,1\n", b"time,a\n"])
def test_some_other_csv(tmp_path: Path, content: bytes) -> None:
    """One without names for its columns cannot be told from any other."""
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    assert refusal(str(path)) == ("log_without_columns", {"source": str(path)})


def test_no_text(tmp_path: Path) -> None:
    """Neither CSV nor SQLite."""
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    assert refusal(str(path))[0] == "log_unreadable"


def test_columns_that_are_missing(tmp_path: Path) -> None:
    """They are named, so that they can be looked for."""
    columns = tuple(each for each in SESSIONS if each not in {"endkWh", "startTime"})
    expected = {"table": "charge_sessions", "columns": "endkwh, starttime"}
    path = write_csv(tmp_path / "sessions.csv", columns, [])
    assert refusal(path) == ("log_columns_missing", {"source": path} | expected)
    path = write_sqlite(tmp_path / "twc.db", charge_sessions=(columns, []))
    assert refusal(path) == ("log_columns_missing", {"source": path} | expected)


def test_some_other_sqlite(tmp_path: Path) -> None:
    """A database of somebody else."""
    path = write_sqlite(tmp_path / "other.db", states=(("a", "b"), []))
    assert refusal(path) == ("log_without_tables", {"source": path})


def test_a_damaged_sqlite(tmp_path: Path) -> None:
    """It says what it is, and is no such thing."""
    path = tmp_path / "twc.db"
    path.write_bytes(b"SQLite format 3\0" + b"nonsense" * 100)
    assert refusal(str(path))[0] == "log_unreadable"


# --- servers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("db_url", "key"),
    [
        ("nonsense", "db_url_malformed"),
        ("mysql://user@host:port/db", "db_url_malformed"),
        ("sqlite:////config/secrets.db", "db_url_not_mysql"),
        ("postgresql://host/db", "db_url_not_mysql"),
        ("mysql+nonsense://host/db", "db_driver_missing"),
        ("mysql://user:secret@host/db", "db_driver_missing"),
        ("mariadb://user:secret@host/db", "db_driver_missing"),
    ],
)
def test_urls(db_url: str, key: str) -> None:
    """Only MySQL is asked, and only if something that speaks it is installed."""
    with (
        patch.object(history_tables, "find_spec", return_value=None),
        pytest.raises(ServiceValidationError) as refused,
    ):
        read_server(db_url)
    assert refused.value.translation_key == key
    assert "secret" not in str(refused.value.translation_placeholders)


# --- rows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1a2b", "1A2B"),
        ("0x1A2B", "1A2B"),
        (" A2B ", "0A2B"),
        (0x1A2B, "1A2B"),
        (b"\x1a\x2b", "1A2B"),
        (b"1a2b", "1A2B"),
        ("TWC 1", "TWC 1"),
        ("", ""),
        (None, ""),
    ],
)
def test_ids(value: Any, expected: str) -> None:
    """Four hex digits, however they were written."""
    assert twc_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2021, 5, 21, 12, 0), at(10)),
        (datetime(2021, 5, 21, 12, 0, tzinfo=UTC), at(12)),
        ("2021-05-21 12:00:00.25", at(10) + 0.25),
        ("2021-05-21T10:00:00Z", at(10)),
        (str(at(10)), at(10)),
        (at(10), at(10)),
        (Decimal(int(at(10))), at(10)),
        ("1970-01-01 00:00:00", None),
        ("2126-05-21 12:00:00", None),
        ("0001-01-01 00:00:00", None),
        ("yesterday", None),
        ("nan", None),
        (True, None),
    ],
)
def test_times(value: Any, expected: float | None) -> None:
    """Without a zone they are of this place; a clock that was wrong tells nothing."""
    row = dict.fromkeys(map(str.lower, SESSIONS)) | {"starttime": value}
    (logged,) = sessions_of([row], now_s=NOW_S)
    assert logged.began_at == expected
    assert not logged.has_end


def test_consumption_with_cars() -> None:
    """Then the home is what is left."""
    rows = [{"time": NOON, "genw": "3000", "conw": "4500", "chgw": "4000"}]
    (flow,) = flows_of(rows, with_cars=True, now_s=NOW_S)
    assert (flow.home_w, flow.cars_w) == (500.0, 4000.0)


def test_flows_in_disorder() -> None:
    """They are put in order, without those that tell nothing."""
    rows = [
        {"time": f"2021-05-21 {hour}:00", "genw": power, "conw": 0, "chgw": 0}
        for hour, power in ((14, 1), (12, 2), (13, None), (15, "x"))
    ]
    flows = flows_of(rows, with_cars=False, now_s=NOW_S)
    assert [each.solar_w for each in flows] == [2.0, 1.0]


async def test_the_zone_is_that_of_the_home(hass: HomeAssistant) -> None:
    """Home Assistant says which."""
    await hass.config.async_set_time_zone("America/New_York")
    row = dict.fromkeys(map(str.lower, SESSIONS)) | {"starttime": NOON}
    (logged,) = sessions_of([row], now_s=NOW_S)
    assert logged.began_at == at(16)
