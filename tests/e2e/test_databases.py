"""Home Assistant keeps its states and statistics in a database: ours arrive in each kind."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from .conftest import complaints
from .databases import an_hour_passes, mariadb, postgresql, program, query, sqlite
from .home_assistant import CONFIGURATION, DOMAIN, HomeAssistant, Json, free_port, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

type Server = Callable[[], AbstractAsyncContextManager[str]]


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[
        sqlite,
        mariadb,
        pytest.param(
            postgresql,
            marks=pytest.mark.skipif(not program("initdb"), reason="no PostgreSQL"),
        ),
    ],
)
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The URL of an empty database on a server that runs."""
    server: Server = request.param
    async with server() as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home_assistant(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    """Home Assistant, new and onboarded, with that database."""
    folder = tmp_path_factory.mktemp("home_assistant")
    configuration = f"{CONFIGURATION}recorder:\n  db_url: {database}\n"
    (folder / "configuration.yaml").write_text(configuration)
    async with HomeAssistant(folder, port=free_port("127.0.0.1")) as home_assistant:
        await home_assistant.start()
        yield home_assistant
    assert not complaints(home_assistant.log)


async def test_states_and_statistics_arrive(
    database: str, home_assistant: HomeAssistant
) -> None:
    """Every entity has its state there, and the statistics of an hour are made of them."""
    step = await home_assistant.start_flow()
    step = await home_assistant.go_on(step, next_step_id="simulator")
    step = await home_assistant.go_on(step)
    assert step["type"] == "create_entry", step
    entry_id = step["result"]["entry_id"]

    async def shown() -> dict[str, Any]:
        ours = {*(await home_assistant.entities(entry_id)).values()}
        states = {
            each["entity_id"]: each
            for each in await home_assistant.get("/api/states")
            if each["entity_id"] in ours
        }
        energies = [each for each in states if each.endswith("_lifetime_energy")]
        told = len(energies) == 2 and all(
            states[each]["state"] not in {"unknown", "unavailable"} for each in energies
        )
        return states if told else {}

    states = await until(shown, "both Wall Connectors tell their counters")
    assert await home_assistant.stop() == 0

    rows = query(
        database,
        "SELECT meta.entity_id, count(*) FROM states JOIN states_meta AS meta"
        " ON states.metadata_id = meta.metadata_id GROUP BY meta.entity_id",
    )
    assert {*states} <= {entity_id for entity_id, _ in rows}

    an_hour_passes(database)
    await home_assistant.start()
    lifetime = {each for each in states if each.endswith("_lifetime_energy")}
    for table in "statistics_short_term", "statistics":

        async def compiled(table: str = table) -> bool:
            rows = query(
                database,
                f"SELECT meta.statistic_id FROM {table} AS ours"  # noqa: S608
                " JOIN statistics_meta AS meta ON ours.metadata_id = meta.id",
            )
            return lifetime <= {each for (each,) in rows}

        await until(compiled, f"{table} are made")
    issues = await home_assistant.command("recorder/validate_statistics")
    assert not {*issues} & {*states}, issues


async def test_history_is_imported_from_a_database(
    database: str, home_assistant: HomeAssistant
) -> None:
    """What another program has logged into MySQL becomes sessions and statistics."""
    if not database.startswith("mysql"):
        pytest.skip("only MySQL is read by its URL")
    query(
        database,
        "CREATE TABLE charge_sessions (chargeid INT, startTime DATETIME, startkWh INT,"
        " slaveTWC VARCHAR(4), endTime DATETIME, endkWh INT, vehicleVIN VARCHAR(17))",
    )
    query(
        database,
        "INSERT INTO charge_sessions VALUES"
        " (1, '2021-05-21 12:30:00', 700, 'BEEF', '2021-05-21 14:30:00', 710, NULL),"
        " (2, '2021-05-22 12:30:00', 710, 'BEEF', NULL, NULL, NULL)",
    )
    (unit, *_) = (
        each["id"]
        for each in await home_assistant.command("config/device_registry/list")
        if each["name"].startswith("Wall Connector")
    )

    async def imported(**said: Any) -> Json:
        # Home Assistant looks for a driver itself.
        db_url = database.replace("mysql+pymysql:", "mysql:")
        answer = await home_assistant.post(
            f"/api/services/{DOMAIN}/import_history?return_response",
            {"db_url": db_url, "device_id": unit, "twc": "BEEF", **said},
        )
        response: Json = answer["service_response"]
        return response

    for said, sessions in ({}, 1), ({"dry_run": False}, 1), ({"dry_run": False}, 0):
        response = await imported(**said)
        assert response["sessions"] == sessions
        assert response["skipped"]["no_end"] == 1

    async def compiled() -> Json | None:
        told = await home_assistant.command(
            "recorder/list_statistic_ids", statistic_type="sum"
        )
        return next((each for each in told if each["source"] == DOMAIN), None)

    statistic = await until(compiled, "it is in the statistics")
    assert statistic
    assert statistic["statistics_unit_of_measurement"] == "kWh"
    rows = await home_assistant.command(
        "recorder/statistics_during_period",
        start_time="2021-01-01T00:00:00+00:00",
        statistic_ids=[statistic["statistic_id"]],
        period="day",
    )
    assert [each["sum"] for each in rows[statistic["statistic_id"]]] == [10.0]
