"""What the sun leaves for cars: meter, battery and owner's wishes put together."""

from .battery import Battery
from .delay import MeterDelay
from .feed_in import HiddenSun
from .model import GridReading, Preferences
from .surplus import DrawHistory
from .trend import Trend


class Sun:
    """Works out from each reading what cars may have until the next one."""

    def __init__(self, history: DrawHistory) -> None:
        """Begin before the first reading."""
        self.delay = MeterDelay(history)
        self._history = history
        self._battery = Battery()
        self._hidden = HiddenSun()
        self._trend = Trend()
        self._sample: tuple[float, float, float] | None = None
        self.surplus_w = 0.0
        """What there was for cars when the meter looked."""
        self.expected_w = 0.0
        """What there will be on average until its next reading."""
        self.withheld_w = 0.0
        """What the battery comes first with."""

    def take(
        self, reading: GridReading, preferences: Preferences, *, charging: bool
    ) -> None:
        """Take a reading, unless it is the one that was taken before."""
        sample = reading.at, reading.power_w, reading.battery_w
        if sample == self._sample:
            return
        self._sample = sample
        if preferences.meter_sees_cars:
            surplus_w = self.delay.surplus_w(reading.power_w, reading.at)
        else:
            surplus_w = -reading.power_w
        surplus_w += self._battery.available_w(reading, preferences)
        if preferences.feed_in_limit_w is not None:
            surplus_w += self._hidden.available_w(
                reading, preferences.feed_in_limit_w, charging=charging
            )
        self.withheld_w = self._battery.withheld_w
        self._trend.take(surplus_w)
        self.surplus_w = surplus_w
        beat_s, delay_s = self.delay.beat_s or 0.0, self.delay.delay_s
        self.expected_w = self._trend.expected_w(beat_s, delay_s)
