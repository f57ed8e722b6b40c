"""What someone does and sees who has added the house to Home Assistant."""

import time
from typing import Any, Final, Self

from .home_assistant import HomeAssistant, Json, until
from .house import GRID_SENSOR, House, WatchedUnit

CIRCUIT_A: Final = 32.0
LIMITS_A: Final = {"1A2B": 20.0, "7CDE": 16.0}
RATING_A: Final = 32.0


class Owner:
    """Adds the house, looks at its entities and sets them."""

    def __init__(
        self,
        home_assistant: HomeAssistant,
        house: House,
        entry_id: str,
        steps: dict[str, Json],
    ) -> None:
        """Take the entry, and the steps of the config flow that led to it."""
        self.home_assistant = home_assistant
        self.house = house
        self.entry_id = entry_id
        self.steps = steps
        self.since = time.time()
        self.entities: dict[str, str] = {}

    @classmethod
    async def add(
        cls,
        home_assistant: HomeAssistant,
        house: House,
        grid_sensor: str = GRID_SENSOR,
    ) -> Self:
        """Go through the config flow, and wait until both Wall Connectors are there."""
        go_on = home_assistant.go_on
        steps: dict[str, Json] = {}
        step = steps["menu"] = await home_assistant.start_flow()
        step = steps["port"] = await go_on(step, next_step_id="serial")
        step = steps["units"] = await go_on(step, port=house.port.url)
        step = steps["wiring"] = await go_on(step)
        wiring = {
            "circuit_limit": CIRCUIT_A,
            "unit_1": LIMITS_A["1A2B"],
            "unit_2": LIMITS_A["7CDE"],
            "phases": "1",
        }
        step = steps["refused"] = await go_on(
            step, **{**wiring, "unit_1": RATING_A + 8}
        )
        step = steps["sources"] = await go_on(step, **wiring)
        step = await go_on(step, source="by_hand")
        step = await go_on(step, next_step_id="signed")
        step = await go_on(step, entities=[grid_sensor])
        step = steps["check"] = await go_on(step)
        step = steps["entry"] = await go_on(step, next_step_id="accept")
        assert step["type"] == "create_entry", step
        owner = cls(home_assistant, house, step["result"]["entry_id"], steps)
        await until(owner._meets_all, "both Wall Connectors are met", timeout_s=45)
        return owner

    async def _meets_all(self) -> bool:
        self.entities = await self.home_assistant.entities(self.entry_id)
        return all(
            self.key(unit, "status") in self.entities for unit in self.house.units
        )

    async def meets(self, key: str) -> None:
        """Wait until an entity is there that was not from the beginning."""

        async def look() -> bool:
            self.entities = await self.home_assistant.entities(self.entry_id)
            return key in self.entities

        await until(look, f"there is an entity {key}")

    @staticmethod
    def key(unit: WatchedUnit, key: str) -> str:
        """Return the end of the unique id of a Wall Connector's entity."""
        return f"{unit.serial_number or f'{unit.unit_id:04X}'}_{key}"

    def entity(self, unit: WatchedUnit, key: str) -> str:
        """Return the id of a Wall Connector's entity."""
        return self.entities[self.key(unit, key)]

    async def sees(self, unit: WatchedUnit, key: str) -> str:
        """Return the state of a Wall Connector's entity."""
        return await self.home_assistant.state(self.entity(unit, key))

    async def will_see(
        self, unit: WatchedUnit, key: str, *states: str, timeout_s: float = 30
    ) -> None:
        """Wait until a Wall Connector's entity has a state, or one of several."""
        seen = ""

        async def look() -> bool:
            nonlocal seen
            seen = await self.sees(unit, key)
            return seen in states

        try:
            await until(look, f"{key} is {' or '.join(states)}", timeout_s=timeout_s)
        except AssertionError as err:
            raise AssertionError(f"{err}: it is {seen}; {self.house}") from None

    async def set(self, unit: WatchedUnit, key: str, value: Any) -> None:
        """Set a select, a number, a switch or a time of a Wall Connector."""
        entity_id = self.entity(unit, key)
        action, data = {
            "select": ("select.select_option", {"option": value}),
            "number": ("number.set_value", {"value": value}),
            "switch": (f"switch.turn_{'on' if value else 'off'}", {}),
            "time": ("time.set_value", {"time": value}),
        }[entity_id.split(".")[0]]
        await self.home_assistant.act(action, entity_id, **data)

    async def device(self, unit: WatchedUnit) -> str:
        """Return the id of a Wall Connector's device."""
        entity = await self.home_assistant.command(
            "config/entity_registry/get", entity_id=self.entity(unit, "status")
        )
        return str(entity["device_id"])

    async def share_equally(self) -> None:
        """Have all cars charge as soon as there is sun for more than one."""
        await self.home_assistant.act(
            "select.select_option", self.entities["sharing"], option="equal"
        )

    async def all_sessions(self) -> list[Json]:
        """Return everything that was recorded of charging."""
        answer = await self.home_assistant.ask("get_sessions")
        sessions: list[Json] = answer["sessions"]
        return sessions

    async def sessions(self) -> dict[str, Json]:
        """Return the sessions that go on, by whose they are."""
        return {
            each["unit"]: each
            for each in await self.all_sessions()
            if each["end"] is None
        }

    async def add_vehicle(self, name: str, **about: Any) -> None:
        """Add a car without a device, and wait until it has its entities."""
        post = self.home_assistant.post
        path = "/api/config/config_entries/subentries/flow"
        step = await post(path, {"handler": [self.entry_id, "vehicle"]})
        path = f"{path}/{step['flow_id']}"
        await post(path)
        step = await post(path, {"name": name, **about})
        assert step["type"] == "create_entry", step

        async def added() -> bool:
            self.entities = await self.home_assistant.entities(self.entry_id)
            return any(each.endswith("_vehicle_energy") for each in self.entities)

        await until(added, "the vehicle has its entities")

    async def has_both_charge(self, *, at_least_a: float) -> None:
        """Have both cars charge with all there is."""
        house = self.house
        for unit in house.units:
            limit_a = LIMITS_A[f"{unit.unit_id:04X}"]
            await self.set(unit, "charging_mode", "fast")
            await self.set(unit, "charging_enabled", True)
            await self.set(unit, "charge_current_limit", limit_a)
        # After a start the guard waits for who may still be charging on an old offer.
        await house.until(
            lambda: all(unit.draw_a > at_least_a for unit in house.units),
            "both cars charge",
            timeout_s=75,
        )
