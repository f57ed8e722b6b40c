"""Does to cars what is decided: calls the actions of their own entities.

Nobody waits for these. A car that does not do as it is told is named in a repair issue, and
what its integration said of that is logged, once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from homeassistant.components.button.const import SERVICE_PRESS
from homeassistant.components.number.const import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.util import dt as dt_util

from .charging.car import Act, Cable, CarSetting, Means, is_sure
from .charging.car_control import CarControl, CarRecord
from .charging.model import Offer, Reason
from .charging.presence import Presence
from .conductor import Moment
from .const import DOMAIN, LOGGER
from .store import UnitRecord
from .vehicle_roles import Role
from .vehicles import Vehicle

_ROLES: Final = {
    CarSetting.CHARGING: Role.CHARGING,
    CarSetting.CURRENT: Role.CURRENT,
    CarSetting.CHARGE_LIMIT: Role.CHARGE_LIMIT,
    CarSetting.WAKE: Role.WAKE,
}
# How long a car may take to be put back as it was before the entry is gone.
_FAREWELL_S: Final = 5.0


class VehicleControl:
    """Acts on all cars of one entry."""

    def __init__(self, hass: HomeAssistant, records: dict[str, CarRecord]) -> None:
        """Take what was kept, and is to be kept."""
        self._hass = hass
        self._records = records
        self._controls: dict[str, CarControl] = {}
        self._vehicles: Mapping[str, Vehicle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: dict[str, str] = {}

    @property
    def disobedient(self) -> list[str]:
        """Return which cars do not do as they are told, and what was said of that."""
        return [
            f"{vehicle.name} ({self._errors[who]})"
            if who in self._errors
            else vehicle.name
            for who, vehicle in self._vehicles.items()
            if who in self._errors or self._control(who).in_vain
        ]

    def diagnostics(self) -> list[dict[str, Any]]:
        """Return what was done to cars and is to be undone, without whose they are."""
        return [asdict(record) for record in self._records.values()]

    def means(
        self, vehicles: Mapping[str, Vehicle], presences: Mapping[str, Presence]
    ) -> dict[str, Means]:
        """Return what can be achieved through the cars, by whose cable they are on."""
        return {
            identity: self._control(vehicle.id).means(vehicle.told, vehicle.allowed)
            for identity, presence in presences.items()
            if (vehicle := vehicles.get(presence.car or ""))
            and is_sure(presence, at_home=vehicle.home)
        }

    def act(
        self,
        moment: Moment,
        vehicles: Mapping[str, Vehicle],
        presences: Mapping[str, Presence],
        now: float,
    ) -> bool:
        """Do to all cars what is due. Return whether anything has to be kept."""
        cables = _cables(moment, vehicles, presences)
        day = dt_util.now().toordinal()
        for who in [each for each in self._vehicles if each not in vehicles]:
            # Nobody will know of the car from here on.
            vehicle = self._vehicles[who]
            self._do(vehicle, self._control(who).give_back(vehicle.told))
            del self._controls[who]
        self._vehicles = vehicles
        for who, vehicle in vehicles.items():
            acts = self._control(who).acts(
                vehicle.told, vehicle.allowed, cables.get(who), now, day
            )
            self._do(vehicle, acts)
        return self._keep()

    async def async_give_back(self) -> None:
        """Leave all cars as they were: nobody looks after them from here on."""
        for who, vehicle in self._vehicles.items():
            self._do(vehicle, self._control(who).give_back(vehicle.told))
        if self._vehicles:
            self._keep()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FAREWELL_S)

    def _control(self, who: str) -> CarControl:
        if who not in self._controls:
            self._controls[who] = CarControl(self._records.get(who, CarRecord()))
        return self._controls[who]

    def _keep(self) -> bool:
        """Take over what is to be kept. Return whether it is news."""
        records = {
            who: record
            for who, control in self._controls.items()
            if (record := control.record) != CarRecord()
        }
        if records == self._records:
            return False
        self._records.clear()
        self._records.update(records)
        return True

    # --- doing it ---------------------------------------------------------------------

    def _do(self, vehicle: Vehicle, acts: list[Act]) -> None:
        for act in acts:
            entity_id = vehicle.entities.get(_ROLES[act.setting])
            if entity_id is None:
                continue
            LOGGER.debug("%s: %s to %g", vehicle.name, act.setting, act.value)
            task = self._hass.async_create_background_task(
                self._call(vehicle, entity_id, act), f"{DOMAIN} {entity_id}"
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _call(self, vehicle: Vehicle, entity_id: str, act: Act) -> None:
        """Call the action that does it, and note what came of it."""
        domain, _ = split_entity_id(entity_id)
        data: dict[str, Any] = {ATTR_ENTITY_ID: entity_id}
        if act.setting is CarSetting.WAKE:
            service = SERVICE_PRESS
        elif act.setting is CarSetting.CHARGING:
            service = SERVICE_TURN_ON if act.value else SERVICE_TURN_OFF
        else:
            service = SERVICE_SET_VALUE
            data[ATTR_VALUE] = act.value
        try:
            await self._hass.services.async_call(domain, service, data, blocking=True)
        # Integrations of cars raise whatever their clouds do to them.
        except Exception as err:  # noqa: BLE001
            if vehicle.id not in self._errors:
                LOGGER.info("%s does not do as it is told: %s", vehicle.name, err)
            self._errors[vehicle.id] = str(err) or type(err).__name__
        else:
            self._errors.pop(vehicle.id, None)


def _cables(
    moment: Moment,
    vehicles: Mapping[str, Vehicle],
    presences: Mapping[str, Presence],
) -> dict[str, Cable]:
    """Return the cables that cars are on, by who is on them."""
    heard = {record.identity: (status, record) for status, record in moment.known}
    cables = {}
    for identity, presence in presences.items():
        if (vehicle := vehicles.get(presence.car or "")) is None:
            continue
        cable = Cable(
            known=presence.known,
            sure=is_sure(presence, at_home=vehicle.home),
            online=False,
            draw_a=0.0,
            offer=Offer(0.0, Reason.OFFLINE),
        )
        if identity in heard:
            status, record = heard[identity]
            connector = moment.connectors[status.unit_id]
            asked = record.charge_now
            cable = replace(
                cable,
                online=connector.online,
                draw_a=connector.draw_a,
                offer=moment.decision.offers[status.unit_id],
                asked_soc=asked.soc if asked and asked.raises_limit else None,
                needs_soc=vehicle.soc is None and _soc_matters(record),
            )
        cables[vehicle.id] = cable
    return cables


def _soc_matters(record: UnitRecord) -> bool:
    """Return whether something depends on how full a car is that has not told it."""
    if record.charge_now is not None:
        return record.charge_now.soc is not None
    targets = [record.settings.target] if record.settings.ready_by else []
    if record.ready_once is not None:
        targets = [record.ready_once.target]
    # What it told before it fell asleep will do.
    return record.reading is None and any(
        each.soc is not None or each.range_km is not None for each in targets
    )
