"""Taking over what the program TWCManager has logged, as an action."""

from collections.abc import AsyncGenerator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import (
    list_statistic_ids,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.twcmanager.charging.session import Session
from custom_components.twcmanager.const import DOMAIN, SUBENTRY_VEHICLE

from .garage import FIRST, NO_VEHICLE_DATA, SECOND
from .logs import FLOWS, SESSIONS, STATUS, write_csv, write_sqlite
from .situation import VIN, situation

LOGGED: Final = [
    (1, "2021-05-21T10:30:00Z", 700, "1111", "2021-05-21T12:30:00Z", 710, VIN),
    (2, "2021-05-22T10:00:00Z", 710, "1111", "2021-05-22T11:00:00Z", 716, ""),
    (3, "2021-05-22T10:00:00Z", 50, "1112", "2021-05-22T10:30:00Z", 51, ""),
    (4, "2021-05-23T10:00:00Z", 716, "1111", "", "", ""),
    (5, "2021-05-24T10:00:00Z", 716, "1111", "2021-05-24T11:00:00Z", 600, ""),
    (6, "2021-05-25T10:00:00Z", 1, "BEEF", "2021-05-25T11:00:00Z", 2, ""),
]
"""Three sessions that are some, and three that are none."""
FIRST_ENERGY: Final = "twcmanager:garage_a17d0004711_imported_energy"
FIRST_SOLAR: Final = "twcmanager:garage_a17d0004711_imported_solar_energy"
FIRST_COUNTER: Final = "twcmanager:garage_a17d0004711_imported_lifetime_energy"
SECOND_ENERGY: Final = "twcmanager:garage_a17d0004712_imported_energy"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Have a recorder, which has to be there first."""


@pytest.fixture
async def entry(
    recorder_mock: Recorder, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> AsyncGenerator[MockConfigEntry]:
    """Return a bus with two Wall Connectors that were 1111 and 1112."""
    async with situation(hass, hass_storage, [Platform.SENSOR]) as entry:
        yield entry


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


@pytest.fixture
def log(folder: Path) -> str:
    """Return a file with sessions."""
    return write_csv(folder / "sessions.csv", SESSIONS, LOGGED)


async def ask(hass: HomeAssistant, action: str = "import_history", **data: Any) -> Any:
    """Perform an action, and return what it says."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )


async def refusal(hass: HomeAssistant, **data: Any) -> str | None:
    """Return why the action is refused; nothing has happened then."""
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, dry_run=False, **data)
    assert not (await ask(hass, "get_sessions"))["sessions"]
    return refused.value.translation_key


def device(hass: HomeAssistant, who: str | None = None) -> str:
    """Return the device of a Wall Connector, or of the bus."""
    name = f"garage_{who}" if who else "garage"
    found = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, name), "garage")
    assert found
    return found.id


async def sums(
    hass: HomeAssistant, recorder: Recorder, statistic_id: str
) -> dict[str, float]:
    """Return the sums of long-term statistics by the hour."""
    done = hass.loop.create_future()
    recorder.queue_task(SynchronizeTask(done))
    await done
    told = await recorder.async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.utc_from_timestamp(0),
        None,
        {statistic_id},
        "hour",
        None,
        {"sum"},
    )
    return {
        f"{dt_util.utc_from_timestamp(each['start']):%d. %H}": round(
            each["sum"] or 0, 6
        )
        for each in told.get(statistic_id, ())
    }


# --- the dry run ----------------------------------------------------------------------


async def test_dry_run(hass: HomeAssistant, entry: MockConfigEntry, log: str) -> None:
    """Without being asked for more, it only tells what it would do."""
    assert await ask(hass, path=log) == {
        "dry_run": True,
        "sessions": 3,
        "energy_kwh": 17.0,
        "solar_kwh": 0,
        "unmeasured_kwh": 17.0,
        "start": "2021-05-21T03:30:00-07:00",
        "end": "2021-05-22T04:00:00-07:00",
        "wall_connectors": [
            {
                "wall_connector": "Wall Connector 4711",
                "unit": FIRST,
                "sessions": 2,
                "energy_kwh": 16.0,
                "solar_kwh": 0,
                "unmeasured_kwh": 16.0,
                "start": "2021-05-21T03:30:00-07:00",
                "end": "2021-05-22T04:00:00-07:00",
                "counter_hours": 0,
            },
            {
                "wall_connector": "Wall Connector 4712",
                "unit": SECOND,
                "sessions": 1,
                "energy_kwh": 1.0,
                "solar_kwh": 0,
                "unmeasured_kwh": 1.0,
                "start": "2021-05-22T03:00:00-07:00",
                "end": "2021-05-22T03:30:00-07:00",
                "counter_hours": 0,
            },
        ],
        "skipped": {"no_end": 1, "nonsense": 1, "unknown_wall_connector": 1},
        "unknown_wall_connectors": ["BEEF"],
        "statistics": [],
    }
    assert not (await ask(hass, "get_sessions"))["sessions"]


async def test_nothing_to_take_over(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path
) -> None:
    """That is no error, but it is said."""
    told = await ask(hass, path=write_csv(folder / "empty.csv", SESSIONS, []))
    assert (told["sessions"], told["energy_kwh"], told["start"]) == (0, 0, None)


# --- taking over ----------------------------------------------------------------------


async def test_import(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, log: str
) -> None:
    """Sessions are among all others, marked, and in the statistics."""
    entry.runtime_data.session_log.store.file(
        Session(unit=FIRST, began_at=1.7e9, seen_at=1.7e9 + 60, ended_at=1.7e9 + 60)
    )
    red = ConfigSubentry(
        data=MappingProxyType({**NO_VEHICLE_DATA, "vin": VIN}),
        subentry_type=SUBENTRY_VEHICLE,
        title="Red car",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, red)

    told = await ask(hass, path=[log], dry_run=False)
    assert told["sessions"] == 3
    assert told["statistics"] == [FIRST_ENERGY, SECOND_ENERGY]
    sessions = (await ask(hass, "get_sessions"))["sessions"]
    assert [each["energy_kwh"] for each in sessions] == [10.0, 6.0, 1.0, 0.0]
    assert [each["imported"] for each in sessions] == [True, True, True, False]
    assert [each["unit"] for each in sessions] == [FIRST, FIRST, SECOND, FIRST]
    assert (sessions[0]["vehicle"], sessions[0]["vin"]) == ("Red car", VIN)
    assert sessions[0]["duration_min"] == 120
    assert sessions[0]["solar_percent"] is None
    csv = (await ask(hass, "export_sessions"))["csv"]
    assert csv.splitlines()[0].endswith(",imported")

    assert await sums(hass, recorder_mock, FIRST_ENERGY) == {
        "21. 10": 2.5,
        "21. 11": 7.5,
        "21. 12": 10.0,
        "22. 10": 16.0,
    }
    assert await sums(hass, recorder_mock, SECOND_ENERGY) == {"22. 10": 1.0}
    about = {
        each["statistic_id"]: each
        for each in await recorder_mock.async_add_executor_job(list_statistic_ids, hass)
    }
    first = about[FIRST_ENERGY]
    assert first["name"] == "Wall Connector 4711 imported energy"
    assert first["statistics_unit_of_measurement"] == "kWh"
    assert (first["unit_class"], first["has_sum"]) == ("energy", True)


async def test_import_twice(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, log: str
) -> None:
    """The second time adds nothing, also after a restart."""
    await ask(hass, path=log, dry_run=False)
    before = await sums(hass, recorder_mock, FIRST_ENERGY)
    for _ in range(2):
        told = await ask(hass, path=log, dry_run=False)
        assert told["sessions"] == 0
        assert told["skipped"]["already_there"] == 3
        assert len((await ask(hass, "get_sessions"))["sessions"]) == 3
        assert await sums(hass, recorder_mock, FIRST_ENERGY) == before
        assert await hass.config_entries.async_reload(entry.entry_id)


@pytest.fixture
def two_logs(folder: Path) -> list[str]:
    """Return files with a session each, one a day after the other."""
    return [
        write_csv(folder / f"{number}.csv", SESSIONS, [row])
        for number, row in enumerate(LOGGED[:2])
    ]


BOTH_SUMS: Final = [2.5, 7.5, 10.0, 16.0]


async def test_earlier_logs_later(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    two_logs: list[str],
) -> None:
    """In which order logs are imported does not matter."""
    for path in reversed(two_logs):
        await ask(hass, path=path, dry_run=False)
    told = await sums(hass, recorder_mock, FIRST_ENERGY)
    assert [*told.values()] == BOTH_SUMS


async def test_what_is_no_longer_kept(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    two_logs: list[str],
) -> None:
    """Statistics outlive sessions, and go on from there."""
    await ask(hass, path=two_logs[0], dry_run=False)
    assert await sums(hass, recorder_mock, FIRST_ENERGY)
    entry.runtime_data.session_log.store._rows.clear()  # noqa: SLF001
    await ask(hass, path=two_logs[1], dry_run=False)
    told = await sums(hass, recorder_mock, FIRST_ENERGY)
    assert [*told.values()] == BOTH_SUMS


async def test_the_sun(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, folder: Path
) -> None:
    """It is worked out if somebody tells what was logged as consumption."""
    flows = [
        (f"2021-05-21T{10 + minute // 60}:{minute % 60:02d}:00Z", 8000, 6500, 5000)
        for minute in range(30, 160, 10)
    ]
    path = write_sqlite(
        folder / "twcmanager.sqlite",
        charge_sessions=(SESSIONS, LOGGED[:1]),
        green_energy=(FLOWS, flows),
    )
    told = await ask(hass, path=path)
    assert (told["solar_kwh"], told["unmeasured_kwh"]) == (0.0, 10.0)
    told = await ask(hass, path=path, consumption_includes_cars=False)
    assert (told["solar_kwh"], told["unmeasured_kwh"]) == (3.0, 0.0)
    told = await ask(hass, path=path, consumption_includes_cars=True, dry_run=False)
    assert (told["solar_kwh"], told["unmeasured_kwh"]) == (10.0, 0.0)
    assert told["statistics"] == [FIRST_ENERGY, FIRST_SOLAR]
    (session,) = (await ask(hass, "get_sessions"))["sessions"]
    assert session["solar_percent"] == 100.0
    assert [*(await sums(hass, recorder_mock, FIRST_SOLAR)).values()][-1] == 10.0


async def test_the_counter(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, folder: Path
) -> None:
    """Where it stood is in statistics of its own, also without any session."""
    rows = [
        (who, f"2021-05-21T{10 + hour}:59:00Z", kwh, 230, 0, 0)
        for hour, kwh in enumerate((700, 707, 0, 712))
        for who in ("1111", "BEEF")
    ]
    path = write_csv(folder / "status.csv", STATUS, rows)
    told = await ask(hass, path=path)
    assert [each["counter_hours"] for each in told["wall_connectors"]] == [2]
    assert (told["sessions"], told["statistics"]) == (0, [])
    assert told["unknown_wall_connectors"] == ["BEEF"]
    told = await ask(hass, path=path, dry_run=False)
    assert told["statistics"] == [FIRST_COUNTER]
    assert await sums(hass, recorder_mock, FIRST_COUNTER) == {
        "21. 11": 707.0,
        "21. 13": 712.0,
    }
    # Under two ids, each agrees with the other.
    told = await ask(hass, path=path, device_id=device(hass, FIRST), twc="BEEF")
    assert [each["counter_hours"] for each in told["wall_connectors"]] == [3]
    # Of another part of the log.
    rows = [("1111", f"2021-05-20T{10 + hour}:59:00Z", 699, 0, 0, 0) for hour in (0, 1)]
    path = write_csv(folder / "earlier.csv", STATUS, rows)
    await ask(hass, path=path, dry_run=False)
    assert await sums(hass, recorder_mock, FIRST_COUNTER) == {
        "20. 11": 699.0,
        "21. 11": 707.0,
        "21. 13": 712.0,
    }


async def test_an_id_of_former_times(
    hass: HomeAssistant, entry: MockConfigEntry, log: str
) -> None:
    """Somebody says whose it was."""
    told = await ask(hass, path=log, device_id=device(hass, SECOND), twc="0xbeef")
    assert told["unknown_wall_connectors"] == []
    assert [each["sessions"] for each in told["wall_connectors"]] == [2, 2]
    for wrong in {}, {"device_id": device(hass)}:
        given = {"path": log, "twc": "BEEF", **wrong}
        assert await refusal(hass, **given) == "import_for_which_unit"


async def test_days_that_are_kept(
    hass: HomeAssistant, entry: MockConfigEntry, log: str
) -> None:
    """What would be forgotten at once is not taken over."""
    entry.runtime_data.session_log.store._keep_days = 30.0  # noqa: SLF001
    told = await ask(hass, path=log, dry_run=False)
    assert told["skipped"]["older_than_kept"] == 3
    assert not (await ask(hass, "get_sessions"))["sessions"]


async def test_without_a_recorder(
    hass: HomeAssistant, entry: MockConfigEntry, log: str, folder: Path
) -> None:
    """There are no statistics; sessions there are."""
    hass.config.components.remove("recorder")
    status = [("1111", f"2021-05-21T1{hour}:00:00Z", 700, 0, 0, 0) for hour in (0, 1)]
    paths = [log, write_csv(folder / "status.csv", STATUS, status)]
    told = await ask(hass, path=paths, dry_run=False)
    assert (told["sessions"], told["statistics"]) == (3, [])


# --- refused --------------------------------------------------------------------------


async def test_refused(
    hass: HomeAssistant, entry: MockConfigEntry, log: str, folder: Path
) -> None:
    """Whatever is wrong, it is said, and nothing is taken over."""
    assert await refusal(hass) == "import_from_where"
    assert await refusal(hass, path=log, db_url="mysql://a/b") == "import_from_where"
    assert await refusal(hass, path="/etc/passwd") == "log_not_allowed"
    assert await refusal(hass, path=[log, "/etc/passwd"]) == "log_not_allowed"
    outside = f"{folder}/../other.csv"
    assert await refusal(hass, path=outside) == "log_not_allowed"
    flows = write_csv(folder / "flows.csv", FLOWS, [])
    assert await refusal(hass, path=flows) == "log_without_sessions"
    broken = write_csv(folder / "broken.csv", SESSIONS[:4], [])
    assert await refusal(hass, path=[log, broken]) == "log_columns_missing"


async def test_which_bus(hass: HomeAssistant, entry: MockConfigEntry, log: str) -> None:
    """With none, or several, it has to be said."""
    assert (await ask(hass, path=log, device_id=device(hass)))["sessions"] == 3
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(hass, path=log)
    assert refused.value.translation_key == "import_for_which_bus"
    assert await hass.config_entries.async_setup(entry.entry_id)


async def test_it_is_for_administrators(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    log: str,
    hass_read_only_user: MockUser,
) -> None:
    """It reads files and asks servers."""
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "import_history",
            {"path": log},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )
