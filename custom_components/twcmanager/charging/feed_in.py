"""Sun that no meter shows: what a throttled inverter could deliver if somebody took it.

Where feeding in is limited, or not allowed at all, the inverter holds back what nobody uses.
The only way to find out how much that is: have the cars take a bit more while the export is at
its limit, and see whether the export stays there.
"""

from typing import Final

from .model import GridReading

_STEP_W: Final = 300.0
# An inverter does not hit its limit to the watt.
_MARGIN_W: Final = 100.0
# Once there was import instead, leave it for a while.
_PAUSE_S: Final = 900.0
# Without this much sun nothing is held back.
_DARK_W: Final = 50.0


class HiddenSun:
    """Says how much more than is seen may be tried."""

    def __init__(self) -> None:
        """Begin with nothing hidden."""
        self._hidden_w = 0.0
        self._not_before = float("-inf")

    def available_w(
        self, reading: GridReading, limit_w: float, *, charging: bool
    ) -> float:
        """Take the next reading, and return what to add to its surplus.

        ``limit_w`` is the export at which the inverter is throttled.
        """
        dark = reading.solar_w is not None and reading.solar_w < _DARK_W
        if reading.power_w > _MARGIN_W and self._hidden_w:
            self._hidden_w = 0.0
            self._not_before = reading.at + _PAUSE_S
        elif dark or -reading.power_w < limit_w - _MARGIN_W:
            self._hidden_w = 0.0
        elif reading.at >= self._not_before:
            # Who charges sees at once what there is; to start one it has to be believed in.
            self._hidden_w = _STEP_W + (0.0 if charging else self._hidden_w)
        return self._hidden_w
