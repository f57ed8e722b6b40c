"""Master and controller joined as the coordinator joins them, without Home Assistant."""

from typing import Final

from custom_components.twcmanager.bus.master import Master
from custom_components.twcmanager.charging.model import (
    Decision,
    GridReading,
    MainFuse,
    Mode,
)
from custom_components.twcmanager.conductor import Conductor, Surroundings
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    unit_key,
)
from custom_components.twcmanager.simulator import MeterReading, SimulatedSite
from custom_components.twcmanager.store import Records
from custom_components.twcmanager.units import Units

from .plant import Plant

TICK_S: Final = 1.0

# The bytes of a message that tell its kind and whose it is.
_WHO: Final = 5


class Product:
    """One bus and its decisions."""

    def __init__(
        self,
        plant: Plant,
        site: SimulatedSite,
        now: float,
        mode: Mode = Mode.SOLAR,
    ) -> None:
        """Begin in front of units nobody knows yet, all of them in one mode."""
        wiring = {
            CONF_CIRCUIT_LIMIT: plant.limit_a,
            CONF_UNIT_LIMITS: {
                unit_key(each.unit_id): plant.max_a for each in site.units
            },
            CONF_PHASES: plant.phases,
        }
        self.master = Master(now, announced_a=plant.limit_a)
        self.decision = Decision()
        # The day begins in the dark: nobody charges on an old offer.
        self._conductor = Conductor(
            self.master, Units(Records(), wiring, mode), settled_at=now
        )
        self.fuse: MainFuse | None = None
        self._grid: GridReading | None = None
        self._delay_told = plant.delay_told
        self._beat_s = plant.meter_interval_s
        self._told: object = None
        self._said: dict[bytes, bytes] = {}

    def heard(self, data: bytes, now: float) -> None:
        """Tick at once if what was heard matters to anyone."""
        # What a unit has said before is no news; mostly it is that.
        if self._said.get(data[:_WHO]) == data:
            return
        self._said[data[:_WHO]] = data
        matters = [(each.state, each.online) for each in self.master.units]
        if matters != self._told:
            self._told = matters
            self.tick(now)

    def metered(self, reading: MeterReading, now: float) -> None:
        """Take a reading: its age is only known to those whom the meter tells it."""
        at = reading.taken_at if self._delay_told else now
        self._grid = GridReading(
            power_w=reading.power_w,
            at=at,
            stale_at=now + max(2.5 * self._beat_s, 30.0),
            dead_at=now + max(5 * self._beat_s, 120.0),
        )
        self.tick(now)

    def tick(self, now: float) -> None:
        """Sense, decide, act."""
        moment = self._conductor.tick(
            Surroundings(grid=self._grid, fuse=self.fuse), now
        )
        self.decision = moment.decision
