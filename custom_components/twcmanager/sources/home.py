"""The sensors of a home as one reading of the grid, of the main fuse and of limits."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    CALLBACK_TYPE,
    DOMAIN as HOMEASSISTANT_DOMAIN,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.sun import is_up

from ..charging.model import GridReading, MainFuse, PowerLimits
from ..charging.power import NOMINAL_V
from ..const import CONF_LIMITS, CONF_MAIN_FUSE, CONF_SOURCES
from .energy import async_listen_energy
from .inputs import Input, Inputs
from .limits import limit_quantities, power_limits
from .recipe import Options, Silence, Term, energy_recipe, recipe_of
from .values import LASTING, Quantity

# Sensors of one device change one after the other; in between, their sum is false.
_SETTLE_S: Final = 0.15


class HomeSources:
    """Follows all the sensors a home has named."""

    def __init__(
        self,
        hass: HomeAssistant,
        options: Options,
        *,
        on_reading: Callable[[], None],
        phases: int = 1,
        before: GridReading | None = None,
    ) -> None:
        """Prepare; ``on_reading`` is called at every new reading.

        ``phases`` is how many phases a limit in A is for, ``before`` a reading that holds
        until there is one.
        """
        self._hass = hass
        self._sources: Options | None = options.get(CONF_SOURCES)
        self._fuse: Options | None = options.get(CONF_MAIN_FUSE)
        self._limits: Options = options.get(CONF_LIMITS) or {}
        self._phases = phases
        self._on_reading = on_reading
        self._recipe = recipe_of(self._sources)
        self._inputs = self._make_inputs()
        self._stop_inputs: CALLBACK_TYPE | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._pending = False
        self._reading = before

    # --- life -------------------------------------------------------------------------

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Follow the entities. Return how to stop that."""
        self._follow()
        stops: list[CALLBACK_TYPE] = [self._unfollow]
        if self._recipe.follows_energy:
            stops.append(async_listen_energy(self._hass, self._energy_changed))
        every_s = self._sources and self._sources.get("refresh_every_s")
        if every_s:
            stops.append(
                async_track_time_interval(
                    self._hass,
                    self._refresh,
                    timedelta(seconds=every_s),
                    cancel_on_shutdown=True,
                )
            )

        @callback
        def stop() -> None:
            for each in stops:
                each()

        return stop

    def _follow(self) -> None:
        self._stop_inputs = self._inputs.start()

    def _unfollow(self) -> None:
        if self._stop_inputs:
            self._stop_inputs()
            self._stop_inputs = None
        if self._settling:
            self._settling.cancel()
            self._settling = None

    def _make_inputs(self) -> Inputs:
        quantities = limit_quantities(self._limits)
        if self._fuse:
            asked = Quantity.POWER if self._fuse_in_w else Quantity.CURRENT
            quantities |= dict.fromkeys(self._fuse["entities"], asked)
        quantities |= self._recipe.quantities()
        return Inputs(self._hass, quantities, self._heard, lines=self._phases)

    @property
    def _fuse_in_w(self) -> bool:
        return self._fuse is not None and self._fuse["kind"] == "power"

    @callback
    def _energy_changed(self, preferences: Options | None) -> None:
        """Follow what the Energy dashboard says from now on."""
        assert self._sources is not None
        recipe = energy_recipe(self._sources, preferences)
        if recipe == self._recipe:
            return
        self._unfollow()
        self._recipe = recipe
        self._pending = False
        self._inputs = self._make_inputs()
        # The old reading holds until there is a new one.
        self._follow()

    async def _refresh(self, now: datetime) -> None:
        """Ask for news those that are slow to tell them."""
        assert self._sources is not None
        heard_before = self._hass.loop.time() - self._sources["refresh_every_s"] / 2
        slow = [
            each
            for each in self._recipe.quantities()
            if self._inputs[each].at < heard_before and self._hass.states.get(each)
        ]
        if slow:
            await self._hass.services.async_call(
                HOMEASSISTANT_DOMAIN, "update_entity", {ATTR_ENTITY_ID: slow}
            )

    # --- readings ---------------------------------------------------------------------

    @callback
    def _heard(self, entity_id: str) -> None:
        """Make a reading of what is new, unless it is nothing the grid is made of."""
        if any(each.entity_id == entity_id for each in self._recipe.grid):
            self._pending = True
        elif entity_id not in self._recipe.quantities():
            # A fuse or a limit: at once, for wires cannot wait.
            self._on_reading()
        if not self._pending or self._settling:
            return
        if self._recipe.combined:
            loop = self._hass.loop
            self._settling = loop.call_later(_SETTLE_S, self._publish)
        else:
            self._publish()

    @callback
    def _publish(self) -> None:
        """Make a reading of what was heard, once it is complete."""
        self._settling = None
        reading = self._compose()
        if reading is not None:
            self._pending = False
            self._reading = reading
            self._on_reading()

    def _compose(self) -> GridReading | None:
        recipe = self._recipe
        now = self._hass.loop.time()
        grid_w = self._sum(recipe.grid, now)
        battery_w = self._sum(recipe.battery, now)
        if grid_w is None or battery_w is None:
            return None
        return GridReading(
            power_w=grid_w + recipe.offset_w,
            battery_w=battery_w,
            battery_soc=self._battery_soc(),
            solar_w=self._solar_w(now),
            at=min(self._inputs[each.entity_id].at for each in self._timed()),
            # Known only when asked for: what is left out of account may come back.
            stale_at=math.inf,
            dead_at=math.inf,
        )

    def _sum(self, terms: Iterable[Term], now: float) -> float | None:
        """Return what terms amount to, None unless all that are needed have spoken."""
        total = 0.0
        for each in terms:
            found = self._inputs[each.entity_id]
            if not each.needed and self._is_dead(each, now):
                continue
            if found.value is None:
                return None
            total += each.sign * found.value
        return total

    def _timed(self) -> list[Term]:
        """Return whose time is the reading's: who is merely idle has none of its own."""
        timed = [each for each in self._recipe.grid if each.timed]
        return [each for each in timed if not self._may_be_silent(each)] or timed

    def _solar_w(self, now: float) -> float | None:
        """Return what the sun gives, None unless all that measure it have spoken."""
        total = 0.0
        for entity_id in self._recipe.solar:
            found = self._inputs[entity_id]
            if found.value is None:
                return None
            # What an inverter draws by night is no sun, and one that is off has none.
            total += 0.0 if now >= found.dead_at else max(found.value, 0.0)
        return total if self._recipe.solar else None

    def _battery_soc(self) -> float | None:
        """Return how full the battery is; that changes slowly, so any age will do."""
        if self._recipe.battery_soc is None:
            return None
        found = self._inputs[self._recipe.battery_soc]
        return found.value if found.problem is None else None

    def _may_be_silent(self, term: Term) -> bool:
        """Return whether an entity need not say again that nothing flows."""
        found = self._inputs[term.entity_id]
        if found.problem is not None or not found.idle:
            return False
        if term.silence is Silence.WHILE_OTHERS_FLOW:
            return any(
                each.sign == -term.sign
                and each.silence is Silence.WHILE_OTHERS_FLOW
                and not self._inputs[each.entity_id].idle
                for each in (*self._recipe.grid, *self._recipe.battery)
            )
        return term.silence is Silence.AT_ZERO

    def _is_dead(self, term: Term, now: float) -> bool:
        return now >= self._inputs[term.entity_id].dead_at and not self._may_be_silent(
            term
        )

    # --- what others read -------------------------------------------------------------

    @property
    def configured(self) -> bool:
        """Return whether the grid is to be measured at all."""
        return self._recipe.configured

    @property
    def has_battery(self) -> bool:
        """Return whether anything tells of a battery."""
        return bool(self._recipe.battery or self._recipe.battery_soc)

    @property
    def preferences_meter_sees_cars(self) -> bool:
        """Return whether what measures the grid includes the cars, as configured."""
        return self._recipe.meter_sees_cars

    @property
    def entity_ids(self) -> frozenset[str]:
        """Return who is followed."""
        return self._inputs.entity_ids

    @property
    def grid_entity_ids(self) -> tuple[str, ...]:
        """Return who measures the grid; nobody if the Energy dashboard names none."""
        return tuple(each.entity_id for each in self._recipe.grid)

    @property
    def grid(self) -> GridReading | None:
        """Return the latest reading, None if there never was a complete one."""
        reading = self._reading
        if reading is None or not self._recipe.grid:
            return None
        now = self._hass.loop.time()
        counting = [
            self._inputs[each.entity_id]
            for each in (*self._recipe.grid, *self._recipe.battery)
            if not self._may_be_silent(each)
            and (each.needed or not self._is_dead(each, now))
        ]
        stale_at, dead_at = _limits(counting)
        if (stale_at, dead_at) != (reading.stale_at, reading.dead_at):
            self._reading = replace(reading, stale_at=stale_at, dead_at=dead_at)
        return self._reading

    @property
    def fuse(self) -> MainFuse | None:
        """Return what goes through the main fuse, None if nobody measures that."""
        if not self._fuse:
            return None
        limit_a = float(self._fuse["limit_a"])
        found = [self._inputs[each] for each in self._fuse["entities"]]
        values = [each.value for each in found if each.value is not None]
        # What is learned of the grid meter says nothing of this one.
        sees_cars = (self._sources or {}).get("meter_sees_cars", True)
        if len(values) < len(found):
            return MainFuse(limit_a=limit_a, currents_a=None, sees_cars=sees_cars)
        factor = 1 / NOMINAL_V if self._fuse_in_w else 1.0
        if self._fuse.get("inverted"):
            factor = -factor
        stale_at, dead_at = _limits(found)
        return MainFuse(
            limit_a=limit_a,
            currents_a=tuple(factor * each for each in values),
            sees_cars=sees_cars,
            at=min(each.at for each in found),
            stale_at=stale_at,
            dead_at=dead_at,
        )

    @property
    def limits(self) -> PowerLimits:
        """Return what others than the wiring allow at present."""
        return power_limits(self._limits, self._inputs)

    def troubles(self) -> dict[str, list[str]]:
        """Return what is wrong for so long that somebody should know, and with whom."""
        now = self._hass.loop.time()
        terms = {each.entity_id: each for each in self._recipe.battery}
        terms |= {each.entity_id: each for each in self._recipe.grid}
        slow = {*limit_quantities(self._limits), self._recipe.battery_soc}
        by_night = {*self._recipe.solar, *(t for t in terms if not terms[t].needed)}
        found: dict[str, list[str]] = {}
        for entity_id in sorted(self._inputs.entity_ids):
            silent = (
                entity_id in slow
                or (entity_id in by_night and self._inputs[entity_id].idle)
                or (entity_id in terms and self._may_be_silent(terms[entity_id]))
            )
            problem = self._inputs.trouble(entity_id, now, may_be_silent=silent)
            if problem is None:
                continue
            resting = entity_id in by_night and not is_up(self._hass)
            if not resting or problem in LASTING:
                found.setdefault(problem, []).append(entity_id)
        return found

    def diagnostics(self) -> dict[str, Any]:
        """Return what was heard of whom, with times as what has passed since."""
        now = self._hass.loop.time()

        def told(entity_id: str) -> dict[str, Any]:
            found = self._inputs[entity_id]
            return {
                "value": found.value,
                "problem": found.problem,
                "age_s": round(now - found.at, 1),
                "stale_after_s": round(found.stale_at - found.at, 1),
                "dead_after_s": round(found.dead_at - found.at, 1),
            }

        return {each: told(each) for each in sorted(self._inputs.entity_ids)}


def _limits(inputs: Iterable[Input]) -> tuple[float, float]:
    """Return when the first of them is stale, and when dead; never if there is none."""
    found = list(inputs)
    return (
        min((each.stale_at for each in found), default=math.inf),
        min((each.dead_at for each in found), default=math.inf),
    )
