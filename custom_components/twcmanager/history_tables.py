"""The logs of the program TWCManager as tables: CSV files, a SQLite file, or MySQL.

Tables are told by their columns, whose names may be in any case and order. All of this waits
for disks and servers: it is for an executor.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import csv
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from homeassistant.exceptions import ServiceValidationError
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from .const import DOMAIN

type Row = Mapping[str, Any]


class Table(StrEnum):
    """What is logged."""

    SESSIONS = "charge_sessions"
    FLOWS = "green_energy"
    STATUS = "slave_status"


type Tables = dict[Table, list[Row]]

_COLUMNS: Final[Mapping[Table, Sequence[str]]] = {
    Table.SESSIONS: ("starttime", "startkwh", "slavetwc", "endtime", "endkwh"),
    Table.FLOWS: ("time", "genw", "conw", "chgw"),
    Table.STATUS: ("time", "slavetwc", "kwh"),
}
_OPTIONAL: Final[Mapping[Table, Sequence[str]]] = {Table.SESSIONS: ("vehiclevin",)}
# With fewer of its columns, something is no such table at all.
_TELLING: Final = 2
_SQLITE: Final = b"SQLite format 3\0"
_DELIMITERS: Final = ",;\t"
_CONNECT_S: Final = 10
# What MySQL is spoken with, the first that is installed: Home Assistant installs neither.
_DRIVERS: Final = {"mysqldb": "MySQLdb", "pymysql": "pymysql"}


def read_files(paths: Iterable[str]) -> Tables:
    """Return what is in some files. Raises ServiceValidationError if one is no log."""
    tables: Tables = {}
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                is_sqlite = file.read(len(_SQLITE)) == _SQLITE
            if is_sqlite:
                # Nothing is written there, not even a journal.
                url = sa.make_url(f"sqlite:///file:{quote(path)}?mode=ro&uri=true")
                found = _read_database(url, path)
            else:
                found = _read_csv(path)
        except (OSError, ValueError, csv.Error) as err:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="log_unreadable",
                translation_placeholders={"source": path, "error": str(err)},
            ) from err
        for table, rows in found.items():
            tables.setdefault(table, []).extend(rows)
    return tables


def read_server(db_url: str) -> Tables:
    """Return what is in a MySQL database. Raises ServiceValidationError if that is none."""
    try:
        url = sa.make_url(db_url)
    except (ArgumentError, ValueError) as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="db_url_malformed"
        ) from err
    if url.get_backend_name() not in {"mysql", "mariadb"}:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="db_url_not_mysql"
        )
    if "+" not in url.drivername:
        installed = (name for name, package in _DRIVERS.items() if find_spec(package))
        url = url.set(drivername=f"mysql+{next(installed, 'mysqldb')}")
    return _read_database(url, url.render_as_string(), connect_timeout=_CONNECT_S)


def _read_csv(path: str) -> Tables:
    """Return the one table that is in a CSV file."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        names = [each.strip().lower() for each in _split(first, delimiter)]
        table = _table(names, path)
        rows = csv.DictReader(file, names, delimiter=delimiter, skipinitialspace=True)
        return {table: list(rows)}


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _table(names: Sequence[str], source: str) -> Table:
    """Return which table has some columns."""
    table = max(_COLUMNS, key=lambda each: len({*_COLUMNS[each]} & {*names}))
    if len({*_COLUMNS[table]} & {*names}) < _TELLING:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="log_without_columns",
            translation_placeholders={"source": source},
        )
    _check_columns(table, names, source)
    return table


def _check_columns(table: Table, names: Iterable[str], source: str) -> None:
    if missing := {*_COLUMNS[table]} - {*names}:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="log_columns_missing",
            translation_placeholders={
                "source": source,
                "table": table,
                "columns": ", ".join(sorted(missing)),
            },
        )


def _read_database(url: sa.URL, source: str, **connect_args: Any) -> Tables:
    """Return all tables that are known of a database."""
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=connect_args)
    except (ModuleNotFoundError, NoSuchModuleError) as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="db_driver_missing",
            translation_placeholders={"driver": url.drivername},
        ) from err
    try:
        with engine.connect() as connection:
            tables = dict(_read_tables(connection, source))
    except SQLAlchemyError as err:
        # What the driver says; SQLAlchemy's own words may tell the whole statement.
        error = str(getattr(err, "orig", None) or err)
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="log_unreadable",
            translation_placeholders={"source": source, "error": error},
        ) from err
    if not tables:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="log_without_tables",
            translation_placeholders={"source": source},
        )
    return tables


def _read_tables(
    connection: sa.Connection, source: str
) -> Iterator[tuple[Table, list[Row]]]:
    inspector = sa.inspect(connection)
    names = {each.lower(): each for each in inspector.get_table_names()}
    for table in Table:
        if (name := names.get(table)) is None:
            continue
        columns = {
            each["name"].lower(): each["name"] for each in inspector.get_columns(name)
        }
        _check_columns(table, columns, source)
        wanted = [*_COLUMNS[table], *_OPTIONAL.get(table, ())]
        chosen: list[sa.ColumnElement[Any]] = [
            sa.column(columns[each]).label(each) for each in wanted if each in columns
        ]
        rows = connection.execute(sa.select(*chosen).select_from(sa.table(name)))
        yield table, [dict(each) for each in rows.mappings()]
