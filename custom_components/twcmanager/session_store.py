"""What is kept of sessions on disk: those that have ended, and a checkpoint of what goes on.

Two files, as one is written every minute and the other may grow for years. A session that ends
is written to both, in any order and interrupted at any point: what the checkpoint still has
open but the archive has ended has ended, and what only the checkpoint knows to have ended goes
to the archive. What cannot be read is set aside in a third file before anything is written.
"""

from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from . import clock
from .charging.credit import Got
from .charging.plain import revive
from .charging.session import Account, Session, Sessions
from .const import DOMAIN, LOGGER

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 2.0
_SAVE_ENERGY_INTERVAL_S: Final = 60.0
_DAY_S: Final = 86400.0

type _Row = dict[str, Any]
type _Key = tuple[str, float]


class SessionStore:
    """Keeps sessions with HA's storage, ended ones for as long as their owner wants."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, keep_days: float | None = None
    ) -> None:
        """Prepare; nothing is known until loaded."""
        self._hass = hass
        self._keep_days = keep_days
        self._rows: dict[_Key, _Row] = {}
        self._sessions = Sessions()
        self._energy_due_at = 0.0
        self._energy_grew = False
        key = f"{DOMAIN}.{entry_id}.sessions"
        # Rows are never changed once they are there, so a thread may write them.
        self._archive = Store[Any](hass, _VERSION, key, serialize_in_event_loop=False)
        self._checkpoint = Store[Any](hass, _VERSION, f"{key}_open")
        self._aside = Store[Any](hass, _VERSION, f"{key}_set_aside")
        self.set_aside: Path | None = None
        """Where that is what could not be read, if there was anything."""
        # As it was when it was last written. Whatever only grows is shown as it is here, so
        # that nobody sees it fall when the power was cut, and no statistics count it twice.
        self.vehicles: Mapping[str, Got] = {}
        """What each vehicle had got."""
        self.units: Mapping[str, Account] = {}
        """What was counted of each unit."""

    # --- from disk --------------------------------------------------------------------

    async def async_load(self, sessions: Sessions) -> None:
        """Load what was kept, and let ``sessions`` go on where they were."""
        self._sessions = sessions
        unread: list[Any] = []
        if (data := await self._async_read(self._archive)) is not None:
            rows, damaged = await self._hass.async_add_executor_job(_sorted_out, data)
            self._rows = rows
            unread += damaged
        if (data := await self._async_read(self._checkpoint)) is not None:
            unread += sessions.resume(data)
        for account in sessions.accounts.values():
            if account.open and (row := self._rows.get(_key(account.open))):
                sessions.end_as(revive(Session, row))
            if account.last and _key(account.last) not in self._rows:
                self.file(account.last)
        if unread:
            await self._async_set_aside(unread)
        self._note_kept()
        self._forget_old()

    async def _async_read(self, store: Store[Any]) -> Any:
        """Return what a file holds, None if nothing of use.

        A file that is no JSON is put away by Home Assistant, which says so itself.
        """
        try:
            return await store.async_load()
        except HomeAssistantError, KeyError, TypeError, ValueError:
            LOGGER.exception("%s cannot be read and is put away", store.path)
        path = Path(store.path)
        aside = path.with_name(f"{path.name}.unread.{dt_util.utcnow().isoformat()}")
        try:
            await self._hass.async_add_executor_job(path.replace, aside)
            self.set_aside = aside
        except OSError:
            # Better nothing new than nothing old.
            LOGGER.exception("%s cannot be put away, nothing is kept", path)
            store.make_read_only()
        return None

    async def _async_set_aside(self, unread: list[Any]) -> None:
        """Keep what could not be read where it is in nobody's way."""
        before: Any = None
        with suppress(HomeAssistantError, KeyError, TypeError, ValueError):
            before = await self._aside.async_load()
        kept = before if isinstance(before, list) else []
        kept.append({"at": dt_util.utcnow().isoformat(), "unread": unread})
        await self._aside.async_save(kept)
        self.set_aside = Path(self._aside.path)

    # --- to disk ----------------------------------------------------------------------

    def file(self, session: Session) -> None:
        """Put a session that has ended into the archive, once however often it is told."""
        self._rows[_key(session)] = asdict(session)
        self._forget_old()
        self._archive.async_delay_save(self._archived, _SAVE_DELAY_S)

    async def async_import(self, sessions: Iterable[Session]) -> None:
        """Put sessions of other times into the archive, and write it at once."""
        # Years of sessions take seconds, in which nobody would watch the cars.
        self._rows |= await self._hass.async_add_executor_job(_rows_of, sessions)
        self._forget_old()
        await self._archive.async_save(self._archived())

    def save(self) -> None:
        """Write the checkpoint soon."""
        self._checkpoint.async_delay_save(self._open, _SAVE_DELAY_S)

    def save_energy(self, *, grows: bool) -> None:
        """Write the checkpoint once a minute while energy grows, and once when it has."""
        self._energy_grew = self._energy_grew or grows
        now = self._hass.loop.time()
        if self._energy_grew and now >= self._energy_due_at:
            self._energy_due_at = now + _SAVE_ENERGY_INTERVAL_S
            self._energy_grew = False
            self.save()

    async def async_save_now(self) -> None:
        """Write everything before the entry goes."""
        await self._archive.async_save(self._archived())
        await self._checkpoint.async_save(self._open())

    async def async_remove(self) -> None:
        """Forget everything: the entry is removed."""
        for store in self._archive, self._checkpoint, self._aside:
            await store.async_remove()

    def _archived(self) -> list[_Row]:
        return list(self._rows.values())

    def _open(self) -> dict[str, Any]:
        self._note_kept()
        return self._sessions.checkpoint(clock.calendar_s())

    def _note_kept(self) -> None:
        self.vehicles = dict(self._sessions.vehicles)
        self.units = deepcopy(self._sessions.accounts)

    @property
    def kept_since(self) -> float:
        """Return when a session has to have ended at least to be kept."""
        if not self._keep_days:
            return float("-inf")
        return clock.calendar_s() - self._keep_days * _DAY_S

    def _forget_old(self) -> None:
        since = self.kept_since
        if self._keep_days:
            self._rows = {
                key: row for key, row in self._rows.items() if row["ended_at"] >= since
            }

    # --- who asks ---------------------------------------------------------------------

    def __len__(self) -> int:
        """Return how many sessions have ended."""
        return len(self._rows)

    def ended(
        self,
        units: Container[str] | None = None,
        since: float = float("-inf"),
        until: float = float("inf"),
    ) -> list[Session]:
        """Return the sessions that have ended, of some units or of all that ever were.

        ``since`` and ``until`` are about when they began. May be called by any thread.
        """
        return [
            revive(Session, row)
            for (unit, began_at), row in list(self._rows.items())
            if (units is None or unit in units) and since <= began_at < until
        ]


def _rows_of(sessions: Iterable[Session]) -> dict[_Key, _Row]:
    """Return sessions as they are kept."""
    return {_key(each): asdict(each) for each in sessions}


def _sorted_out(data: Any) -> tuple[dict[_Key, _Row], list[Any]]:
    """Return the sessions of an archive, and what of it is none."""
    if not isinstance(data, list):
        return {}, [data]
    rows: dict[_Key, _Row] = {}
    unread = []
    for row in data:
        try:
            session = revive(Session, row)
        except TypeError, ValueError:
            unread.append(row)
            continue
        if session.ended_at is None:
            unread.append(row)
        else:
            rows[_key(session)] = row
    return rows, unread


def _key(session: Session) -> _Key:
    return session.unit, session.began_at
