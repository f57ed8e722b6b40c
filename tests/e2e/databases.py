"""Database servers for a test: in a folder of their own, reached by a socket in it alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import shutil
import subprocess
import tempfile
from typing import Any, Final

import sqlalchemy as sa

from .home_assistant import until

# Where Debian has what is no command for everybody.
_PATH: Final = ":".join(
    [
        os.environ["PATH"],
        "/usr/sbin",
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin"))),
    ]
)
_START_S: Final = 30.0


def program(name: str) -> str | None:
    """Return where a program is, None if it is not installed."""
    return shutil.which(name, path=_PATH)


def query(url: str, statement: str, **values: Any) -> list[Any]:
    """Return the rows a statement returns, if it returns any."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement), values)
        return [*result] if result.returns_rows else []


def an_hour_passes(url: str) -> None:
    """Let all states that Home Assistant keeps be of an hour ago, and nobody there since.

    It makes up for the statistics of that time when it starts.
    """
    for column in "last_updated_ts", "last_changed_ts", "last_reported_ts":
        query(url, f"UPDATE states SET {column} = {column} - 3600")  # noqa: S608
    # Before anything was.
    begun = datetime.now(UTC).replace(minute=0, second=0) - timedelta(hours=2)
    # What was made of it is in the way of what will be.
    for table in "statistics_runs", "statistics_short_term", "statistics":
        query(url, f"DELETE FROM {table}")  # noqa: S608
    query(
        url,
        "INSERT INTO statistics_runs (start) VALUES (:start)",
        start=f"{begun:%Y-%m-%d %H:%M:%S}",
    )


@asynccontextmanager
async def mariadb() -> AsyncIterator[str]:
    """Run MariaDB. Return the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="mariadb") as folder:
        user = f"--user={'root' if os.geteuid() == 0 else os.environ['USER']}"
        where = f"--datadir={folder}/data"
        await _run(
            *("mariadb-install-db", "--no-defaults", user, where),
            *("--auth-root-authentication-method=normal", "--skip-test-db"),
        )
        socket = f"{folder}/socket"
        url = f"mysql+pymysql://root@localhost/?unix_socket={socket}&charset=utf8mb4"
        async with _server(
            *("mariadbd", "--no-defaults", user, where, f"--socket={socket}"),
            *("--skip-networking", "--innodb-flush-log-at-trx-commit=0"),
            url=url,
        ):
            query(url, "CREATE DATABASE home CHARACTER SET utf8mb4")
            yield url.replace("/?", "/home?")


@asynccontextmanager
async def postgresql() -> AsyncIterator[str]:
    """Run PostgreSQL. Return the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="postgresql") as folder:
        run_as: dict[str, Any] = {}
        if os.geteuid() == 0:
            # It refuses to run as root.
            run_as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(folder, "nobody", "nogroup")
        data = f"{folder}/data"
        await _run("initdb", "-D", data, "-A", "trust", "-U", "home", "-N", **run_as)
        url = f"postgresql+psycopg2://home@/postgres?host={folder}"
        async with _server(
            *("postgres", "-D", data, "-k", folder, "-F", "-c", "listen_addresses="),
            url=url,
            **run_as,
        ):
            yield url


@asynccontextmanager
async def sqlite() -> AsyncIterator[str]:
    """Return the URL of a new file."""
    with tempfile.TemporaryDirectory(prefix="sqlite") as folder:
        yield f"sqlite:///{folder}/home.db"


async def _run(name: str, *arguments: str, **run_as: Any) -> None:
    """Run a program to its end."""
    process = await asyncio.create_subprocess_exec(
        program(name) or name,
        *arguments,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **run_as,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode(errors="replace")


@asynccontextmanager
async def _server(
    name: str, *arguments: str, url: str, **run_as: Any
) -> AsyncIterator[None]:
    """Run a server until it is no longer needed."""
    process = await asyncio.create_subprocess_exec(
        program(name) or name,
        *arguments,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **run_as,
    )

    async def answers() -> bool:
        assert process.returncode is None, f"{name} has ended"
        try:
            return bool(query(url, "SELECT 1"))
        except sa.exc.OperationalError:
            return False

    try:
        await until(answers, f"{name} answers", timeout_s=_START_S)
        yield
    finally:
        process.terminate()
        await process.wait()
