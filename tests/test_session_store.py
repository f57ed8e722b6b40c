"""What is kept of sessions: for ever, once each, and never lost to damage in silence."""

from collections.abc import Generator
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store, get_internal_store_manager
import pytest

from custom_components.twcmanager import clock
from custom_components.twcmanager.charging.credit import OTHERS, Got
from custom_components.twcmanager.charging.session import Account, Session, Sessions
from custom_components.twcmanager.session_store import SessionStore

ARCHIVE = "twcmanager.garage.sessions"
CHECKPOINT = "twcmanager.garage.sessions_open"
ASIDE = "twcmanager.garage.sessions_set_aside"

DAY_S = 86400.0

# The harness replaces these with a disk of its own.
REAL = {
    name: getattr(Store, name)
    for name in ("_async_load", "_async_write_data", "async_remove")
}


def session(began_at: float = 1000.0, **what: Any) -> Session:
    """Return a session that has ended, an hour after it began."""
    given: dict[str, Any] = {
        "unit": "A1",
        "seen_at": began_at + 3600,
        "ended_at": began_at + 3600,
    }
    return Session(began_at=began_at, **given | what)


def archive(*sessions: Session) -> dict[str, Any]:
    """Return what the archive looks like on disk."""
    return _file(ARCHIVE, [asdict(each) for each in sessions])


def checkpoint(**accounts: Account) -> dict[str, Any]:
    """Return what the checkpoint looks like on disk."""
    kept = {unit: asdict(each) for unit, each in accounts.items()}
    return _file(CHECKPOINT, {"at": 5000.0, "accounts": kept})


def _file(key: str, data: Any) -> dict[str, Any]:
    return {"version": 1, "minor_version": 1, "key": key, "data": data}


async def load(
    hass: HomeAssistant, keep_days: float | None = None
) -> tuple[SessionStore, Sessions]:
    """Return a store as it is after a start."""
    sessions = Sessions()
    store = SessionStore(hass, "garage", keep_days)
    await store.async_load(sessions)
    return store, sessions


async def test_nothing_yet(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A new bus has no sessions, and nothing is wrong with that."""
    store, sessions = await load(hass)
    assert len(store) == 0
    assert not sessions.accounts
    assert store.set_aside is None


async def test_round_trip(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """What was kept comes back as it was."""
    store, sessions = await load(hass)
    ended = session(solar_kwh=3.25, reasons_s={"fast": 60.0}, currency="EUR")
    going_on = session(9000.0, ended_at=None, vin="LRW3E7FS1PC000417")
    sessions.accounts["A1"] = Account(open=going_on, last=ended, contactor_cycles=7)
    store.file(ended)
    await store.async_save_now()

    again, resumed = await load(hass)
    assert again.ended() == [ended]
    account = resumed.accounts["A1"]
    assert (account.open, account.last) == (going_on, ended)
    assert account.contactor_cycles == 7
    assert again.set_aside is None


async def test_who_and_when(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Sessions are found by whose they are and when they began."""
    other = session(2000.0, unit="B2")
    hass_storage[ARCHIVE] = archive(session(1000.0), other, session(3000.0))
    store, _ = await load(hass)

    assert [each.began_at for each in store.ended()] == [1000.0, 2000.0, 3000.0]
    assert store.ended({"B2"}) == [other]
    assert [each.began_at for each in store.ended({"A1"}, 1001.0)] == [3000.0]
    assert [each.began_at for each in store.ended(None, 1000.0, 2000.0)] == [1000.0]


async def test_what_vehicles_got(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """It is shown once it is kept: nobody sees it fall, whenever the power is cut."""
    store, sessions = await load(hass)
    assert store.vehicles == {}
    sessions.vehicles["red"] = Got(7.5, 2.5)
    assert store.vehicles == {}
    await store.async_save_now()
    assert store.vehicles == {"red": Got(7.5, 2.5)}
    sessions.vehicles["red"] = Got(8.0, 3.0)

    again, _ = await load(hass)
    assert again.vehicles == store.vehicles == {"red": Got(7.5, 2.5)}


async def test_what_units_counted(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """The same, of sessions that go on."""
    store, sessions = await load(hass)
    going_on = session(9000.0, ended_at=None, solar_kwh=1.0)
    sessions.accounts["A1"] = Account(open=going_on, solar_kwh=1.0)
    assert store.units == {}
    await store.async_save_now()
    going_on.solar_kwh = sessions.accounts["A1"].solar_kwh = 2.0

    again, _ = await load(hass)
    for each in store.units["A1"], again.units["A1"]:
        assert each.open
        assert each.open.energy_kwh == each.solar_kwh == 1.0


# --- written to two files, interrupted in between -------------------------------------


async def test_ended_in_the_archive_only(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """The checkpoint came too late: the session does not go on, nor end once more."""
    hass_storage[ARCHIVE] = archive(session(solar_kwh=5.0))
    hass_storage[CHECKPOINT] = checkpoint(A1=Account(open=session(ended_at=None)))
    store, sessions = await load(hass)
    assert sessions.accounts["A1"].open is None
    assert len(store) == 1
    # What came after the checkpoint is nowhere lost.
    assert sessions.accounts["A1"].solar_kwh == 5.0
    assert store.vehicles == {OTHERS: Got(5.0, 5.0)}


async def test_ended_in_the_checkpoint_only(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """The archive came too late: it gets the session now."""
    hass_storage[CHECKPOINT] = checkpoint(A1=Account(last=session()))
    store, _ = await load(hass)
    assert store.ended() == [session()]
    await store.async_save_now()
    assert len(hass_storage[ARCHIVE]["data"]) == 1


async def test_told_twice(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A session is there once; what was told last counts."""
    store, _ = await load(hass)
    store.file(session(solar_kwh=1.0))
    store.file(session(solar_kwh=1.5))
    assert [each.solar_kwh for each in store.ended()] == [1.5]
    await store.async_save_now()


# --- for how long ---------------------------------------------------------------------


async def test_kept_for_ever(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Unless somebody wants it otherwise."""
    hass_storage[ARCHIVE] = archive(session(0.0))
    store, _ = await load(hass)
    assert len(store) == 1


async def test_kept_for_a_while(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """What ended longer ago is gone, at a start and whenever one ends."""
    now = clock.calendar_s()
    recent, old = session(now - 29 * DAY_S), session(now - 31 * DAY_S)
    hass_storage[ARCHIVE] = archive(old, recent)
    store, _ = await load(hass, keep_days=30)
    assert store.ended() == [recent]

    store.file(session(now - 40 * DAY_S))
    assert store.ended() == [recent]
    await store.async_save_now()
    assert len(hass_storage[ARCHIVE]["data"]) == 1


async def test_removed(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Who removes the integration leaves nothing behind."""
    store, _ = await load(hass)
    store.file(session())
    await store.async_save_now()
    await store.async_remove()
    assert not hass_storage


# --- damage ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        {"unit": "A1"},
        asdict(session()) | {"solar_kwh": "much"},
        asdict(session()) | {"ended_at": None},
    ],
)
async def test_a_damaged_session(
    hass: HomeAssistant, hass_storage: dict[str, Any], damaged: Any
) -> None:
    """It is set aside, the rest is as it was."""
    good = session(9000.0)
    hass_storage[ARCHIVE] = archive(good)
    hass_storage[ARCHIVE]["data"].insert(0, damaged)
    store, _ = await load(hass)

    assert store.ended() == [good]
    assert store.set_aside is not None
    assert store.set_aside.name == ASIDE
    (aside,) = hass_storage[ASIDE]["data"]
    assert aside["unread"] == [damaged]

    # Only what is new is news.
    await store.async_save_now()
    again, _ = await load(hass)
    assert again.set_aside is None
    assert again.ended() == [good]


@pytest.mark.parametrize("data", [{"sessions": 1}, "x", 1])
async def test_no_archive_at_all(
    hass: HomeAssistant, hass_storage: dict[str, Any], data: Any
) -> None:
    """It is set aside as a whole."""
    hass_storage[ARCHIVE] = _file(ARCHIVE, data)
    store, _ = await load(hass)
    assert len(store) == 0
    assert hass_storage[ASIDE]["data"][0]["unread"] == [data]


async def test_a_damaged_checkpoint(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """What goes on at one unit goes on, what cannot be read of another is set aside."""
    hass_storage[CHECKPOINT] = checkpoint(A1=Account(), B2=Account())
    hass_storage[CHECKPOINT]["data"]["accounts"]["B2"]["open"] = 1
    _, sessions = await load(hass)
    assert list(sessions.accounts) == ["A1"]
    assert "B2" in hass_storage[ASIDE]["data"][0]["unread"][0]


async def test_set_aside_once_more(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """What was set aside before stays there."""
    for number in range(2):
        hass_storage[ARCHIVE] = _file(ARCHIVE, [number])
        await load(hass)
    assert [each["unread"] for each in hass_storage[ASIDE]["data"]] == [[0], [1]]


@pytest.fixture
def disk(hass: HomeAssistant, tmp_path: Path) -> Generator[Path]:
    """Return the folder of the storage, on a real disk."""
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / ".storage"
    folder.mkdir()
    # What is there was looked up at the start.
    get_internal_store_manager(hass).async_invalidate(ARCHIVE)
    with patch.multiple(Store, **REAL):
        yield folder


async def test_a_newer_version(hass: HomeAssistant, disk: Path) -> None:
    """Who went back to an older version finds its file put away, not overwritten."""
    text = json.dumps(archive(session()) | {"version": 9})
    (disk / ARCHIVE).write_text(text, "utf-8")

    store, _ = await load(hass)
    assert len(store) == 0
    assert store.set_aside is not None
    assert store.set_aside.read_text("utf-8") == text
    store.file(session())
    await store.async_save_now()
    assert json.loads((disk / ARCHIVE).read_text("utf-8"))["version"] == 1
    assert store.set_aside.exists()


async def test_no_json(hass: HomeAssistant, disk: Path) -> None:
    """Home Assistant itself puts it away and says so."""
    (disk / ARCHIVE).write_text('{"version": 1, "da', "utf-8")
    store, _ = await load(hass)
    assert len(store) == 0
    assert [path for path in disk.iterdir() if ".corrupt." in path.name]


async def test_it_cannot_even_be_put_away(
    hass: HomeAssistant, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is written: better nothing new than nothing old."""
    text = json.dumps(archive(session()) | {"version": 9})
    (disk / ARCHIVE).write_text(text, "utf-8")

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(Path, "replace", refuse)
    store, _ = await load(hass)
    store.file(session(9000.0))
    await store.async_save_now()
    assert (disk / ARCHIVE).read_text("utf-8") == text


async def test_energy_is_written_once_a_minute(
    hass: HomeAssistant, flying_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is the user's."""
    store, sessions = await load(hass)
    sessions.accounts["A1"] = Account()
    delays: list[float] = []
    monkeypatch.setattr(
        Store, "async_delay_save", lambda self, data, delay: delays.append(delay)
    )
    now = 0.0
    monkeypatch.setattr(hass.loop, "time", lambda: now)
    for second in range(210):
        now = 1000.0 + second
        store.save_energy(grows=second < 170)
    assert len(delays) == 4

    # What came after the third time was not lost, and nothing comes any more.
    now += 600.0
    store.save_energy(grows=False)
    assert len(delays) == 4
