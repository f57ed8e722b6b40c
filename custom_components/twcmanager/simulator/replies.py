"""A simulated Wall Connector's answers to the optional questions."""

from typing import TYPE_CHECKING, Final

from ..bus.codec import encode_slave
from ..bus.messages import (
    FirmwareReply,
    MeterReply,
    PlugReply,
    PlugState,
    Question,
    SerialReply,
    SlaveMessage,
    VinReply,
)

if TYPE_CHECKING:
    from .unit import SimulatedUnit

_VIN_PARTS: Final = {
    Question.VIN_START: slice(0, 7),
    Question.VIN_MIDDLE: slice(7, 14),
    Question.VIN_END: slice(14, 17),
}
# One byte, in steps of 0.5 A.
_MOST_METERED_A: Final = 127.5


def answer(unit: SimulatedUnit, question: Question) -> bytes | None:
    """Return the bytes of the answer, None if this unit does not know the question."""
    if unit.questions is None or question not in unit.questions:
        return None
    return encode_slave(_reply(unit, question), unit.protocol)


def _reply(unit: SimulatedUnit, question: Question) -> SlaveMessage:
    match question:
        case Question.METER:
            return _meter(unit)
        case Question.PLUG_STATE:
            return PlugReply(unit.unit_id, _plug_state(unit))
        case Question.FIRMWARE:
            return FirmwareReply(unit.unit_id, unit.firmware)
        case Question.FIRMWARE_OLD:
            return FirmwareReply(None, ".".join(unit.firmware.split(".")[:3]))
        case Question.SERIAL_NUMBER:
            return SerialReply(unit.unit_id, unit.serial_number)
        case Question.VIN_START | Question.VIN_MIDDLE | Question.VIN_END:
            readable = unit.can_enabled and unit.car.plugged
            vin = unit.car.vin if readable else ""
            return VinReply(unit.unit_id, question, vin[_VIN_PARTS[question]])


def _meter(unit: SimulatedUnit) -> MeterReply:
    count = unit.energy_wh if unit.energy_count_in_wh else unit.energy_wh / 1000
    draw_a = min(unit.draw_a * (1 + unit.reads_high_by), _MOST_METERED_A)
    used = [draw_a] * unit.phases_used + [0.0] * (3 - unit.phases_used)
    currents_a = (used[0], used[1], used[2])
    return MeterReply(unit.unit_id, int(count), unit.volts, currents_a)


def _plug_state(unit: SimulatedUnit) -> PlugState:
    if not unit.car.plugged:
        return PlugState.UNPLUGGED
    return PlugState.CHARGING if unit.car.drawing else PlugState.PLUGGED_IN
