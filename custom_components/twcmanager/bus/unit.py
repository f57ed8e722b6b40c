"""One Wall Connector as the master knows it: what it said, what it is told."""

from typing import Final

from .held import HeldLimit
from .messages import (
    Command,
    ContactorMoved,
    FirmwareReply,
    MasterHeartbeat,
    MeterReply,
    MoveContactor,
    PlugReply,
    PlugState,
    Protocol,
    Question,
    SerialReply,
    SlaveHeartbeat,
    SlaveLinkReady,
    SlaveMessage,
    UnitId,
    UnitState,
    VinReply,
)
from .questions import Questions
from .readings import LifetimeEnergy, VinReader
from .status import KnownUnit, Meter, UnitStatus
from .stopping import Stopping

# A limit is not raised again sooner; lowering is always at once.
RAISE_INTERVAL_S: Final = 5.0

# A unit that hears nothing stops its car after 20 to 30 s.
SILENCE_STOPS_S: Final = 30.0

# So many heartbeats answered in a row, late or not, are no coincidence on a bad line.
_STEADY_AFTER: Final = 5

_SECOND_READING_S: Final = 5.0

_LARGEST_VOLTAGE_KV: Final = 0.25
_PHASES: Final = 3

_CHARGING_STATES: Final = frozenset(
    {
        UnitState.CHARGING,
        UnitState.RAISING,
        UnitState.LOWERING,
        UnitState.LIMIT_BEING_SET,
        UnitState.LIMIT_SET,
    }
)
_PLUGGED_STATES: Final = _CHARGING_STATES | {
    UnitState.STOPPED,
    UnitState.WAITING,
    UnitState.STARTING,
}
# States that say nothing; the one before goes on.
_PASSING_STATES: Final = frozenset({UnitState.BUSY, UnitState.UNKNOWN})


class Unit:
    """The master's record of one unit. Time is an argument everywhere, in s."""

    def __init__(self, known: KnownUnit, now: float, *, real: bool = False) -> None:
        """Begin with what a link-ready or the memory of one says.

        ``real`` is whether it is known to exist: a single message may be a corrupted one.
        """
        self.real = real
        self.unit_id = known.unit_id
        self.rating_a = known.rating_a
        self.protocol = known.protocol
        self.online = True
        self.silence_since = now
        self.stopping = Stopping()
        self.questions = Questions()
        self._heard_at: float | None = None
        self._told_at: float | None = None
        self._heard_in_a_row = 0
        self._said: SlaveHeartbeat | None = None
        self._state: UnitState | None = None
        self._car_seen = False
        self._limit_a = 0.0
        self._held = HeldLimit()
        self._draw_a = 0.0
        self._decided = False
        self._offer_a = 0.0
        self._offer_changed_at = float("-inf")
        self.has_news = False
        """Whether what it is offered was changed and it was not told yet."""
        self._wanted_a = 0.0
        self._unechoed = 1
        self._meter: Meter | None = None
        self._energy = LifetimeEnergy(known.rating_a * _LARGEST_VOLTAGE_KV * _PHASES)
        self._serial_number: str | None = None
        self._firmware: str | None = None
        self._vin = VinReader()
        self._plug: PlugState | None = None

    # --- what it says -----------------------------------------------------------------

    def link_ready(self, message: SlaveLinkReady, now: float) -> None:
        """Take a link-ready: the unit looks for a master, perhaps after a power cycle."""
        self._heard(now)
        self._said = None
        self.rating_a = message.rating_a
        self.protocol = message.protocol
        if self._told_at is not None and now - self._told_at > SILENCE_STOPS_S:
            # It has not heard us for so long that it has stopped its car.
            self._draw_a = self._limit_a = 0.0
            self._held.clear()
            self._state = UnitState.ERROR
            self._see_car(False, now)
            self._watch_stop(now)
        if not self.online:
            self.online = True
            self.questions = Questions()
            self._plug = None

    def heartbeat(self, message: SlaveHeartbeat, now: float) -> bool:
        """Take the answer to a heartbeat. Return whether it says anything new."""
        self._heard(now)
        self._held.echoed(message.limit_a, now)
        echoed = self._decided and abs(message.limit_a - self._offer_a) < 0.005
        self._unechoed = 0 if echoed else self._unechoed + 1
        news = message != self._said
        if news:
            self._said = message
            self._take_news(message, now)
        self._watch_stop(now)
        return news

    def _take_news(self, message: SlaveHeartbeat, now: float) -> None:
        self.real = True
        self.protocol = message.protocol
        self._limit_a = message.limit_a
        self._draw_a = message.draw_a
        was_charging = self.charging
        if message.state not in _PASSING_STATES or self._state is None:
            self._state = message.state
        if self.charging and not was_charging:
            # It tells which phases the car uses.
            self.questions.want_meter(now)
        # An error says nothing about the car.
        if self._state is not UnitState.ERROR:
            self._see_car(self._state in _PLUGGED_STATES, now)

    def _see_car(self, seen: bool, now: float) -> None:
        """Notice when a car comes or goes: the VIN belongs to the car that left."""
        if seen == self._car_seen:
            return
        self._car_seen = seen
        self._plug = None
        self.questions.car_changed(now)
        if not seen:
            self._vin.clear()

    def take(self, message: SlaveMessage, now: float) -> Question | None:
        """Take anything but heartbeats and link-readys. Return what it answers."""
        match message:
            case MeterReply():
                self.meter(message, now)
                return Question.METER
            case PlugReply():
                self.plug(message, now)
                return Question.PLUG_STATE
            case SerialReply():
                self.serial(message, now)
                return Question.SERIAL_NUMBER
            case FirmwareReply():
                self.firmware(message, Question.FIRMWARE, now)
                return Question.FIRMWARE
            case VinReply():
                self.vin(message, now)
                return message.part
            case ContactorMoved():
                self.contactor(message, now)
        return None

    def meter(self, message: MeterReply, now: float) -> None:
        """Take a meter reading."""
        self._meter = Meter(volts=message.volts, currents_a=message.currents_a, at=now)
        self._energy.take(message.energy_count, now)
        self._answered(Question.METER, now)
        if self._energy.kwh is None:
            # A second reading has to agree before the first one counts.
            self.questions.want_meter(now + _SECOND_READING_S)

    def plug(self, message: PlugReply, now: float) -> None:
        """Take the plug state."""
        if message.state is PlugState.UNPLUGGED and self._plug is not message.state:
            self._vin.clear()
        elif self._plug is PlugState.UNPLUGGED:
            self.questions.car_changed(now)
        self._plug = message.state
        self._answered(Question.PLUG_STATE, now)

    def serial(self, message: SerialReply, now: float) -> None:
        """Take the serial number."""
        self._serial_number = message.serial_number or None
        self._answered(Question.SERIAL_NUMBER, now)

    def firmware(self, message: FirmwareReply, question: Question, now: float) -> None:
        """Take the firmware version."""
        self._firmware = message.version
        self._answered(question, now)

    def vin(self, message: VinReply, now: float) -> None:
        """Take a part of the car's VIN."""
        self._answered(message.part, now)
        if self.plugged_in is not False and not self._vin.take(
            message.part, message.text
        ):
            self.questions.vin_fruitless(now)

    def contactor(self, message: ContactorMoved, now: float) -> None:
        """Take the acknowledgement of a contactor command."""
        self._heard(now)
        self.stopping.contactor_moved(message.action)

    def _answered(self, question: Question, now: float) -> None:
        self._heard(now)
        self.questions.answered(question, now, charging=self.charging)

    def _heard(self, now: float) -> None:
        self._heard_at = now
        self.silence_since = now

    # --- what it is told --------------------------------------------------------------

    def offer(self, limit_a: float, now: float) -> bool:
        """Set the limit heartbeats shall carry; anything but 0 to the rating becomes 0.

        Lowering is at once. Raising waits until 5 s after the last change. Return whether
        there is something new to tell now.
        """
        if not 0 <= limit_a <= self.rating_a:
            limit_a = 0.0
        before_a = self._offer_a if self._decided else None
        self._decided = True
        self._wanted_a = round(limit_a, 2)
        self._follow_wanted(now)
        if self._offer_a == before_a:
            return False
        self.has_news = True
        return True

    def leave_at(self, limit_a: float, now: float) -> None:
        """Offer so much at most from now on; a raise that waits for its time is off, too."""
        # Who was told nothing yet goes on as it does.
        if self._decided:
            self.offer(min(self._offer_a, limit_a), now)

    def _follow_wanted(self, now: float) -> None:
        if self._wanted_a < self._offer_a or (
            self._wanted_a > self._offer_a
            and now - self._offer_changed_at >= RAISE_INTERVAL_S
        ):
            self._offer_a = self._wanted_a
            self._offer_changed_at = now
            # Tell it until it echoes.
            self._unechoed = 1
        self._watch_stop(now)

    def next_heartbeat(self, master_id: UnitId, now: float) -> MasterHeartbeat | None:
        """Return what to tell the unit now, or None to leave it in silence."""
        self._follow_wanted(now)
        self.has_news = False
        if self.stopping.silent(offers=self._offer_a > 0, now=now):
            return None
        answered = self._heard_at is not None and self._heard_at > self.told_at
        self._heard_in_a_row = self._heard_in_a_row + 1 if answered else 0
        self._told_at = now
        # Until somebody has decided, a car that already charges goes on as it does.
        if not self._decided or (
            self._offer_a and self._unechoed == 0 and not self._asks
        ):
            return MasterHeartbeat(master_id, self.unit_id, Command.NO_CHANGE)
        self._held.told(self._offer_a, now)
        return MasterHeartbeat(
            master_id, self.unit_id, self._limit_command, self._offer_a
        )

    @property
    def heard(self) -> bool:
        """Return whether it has ever said anything."""
        return self._heard_at is not None

    @property
    def steady(self) -> bool:
        """Return whether it answers reliably: what it does not answer, it does not know."""
        return self._heard_in_a_row >= _STEADY_AFTER

    @property
    def told_at(self) -> float:
        """Return when it was last told its limit, minus infinity if never."""
        return float("-inf") if self._told_at is None else self._told_at

    @property
    def _asks(self) -> bool:
        """Return whether the unit waits to be told its limit, or has not said otherwise."""
        return self._state in (None, UnitState.WAITING, UnitState.STARTING)

    @property
    def _limit_command(self) -> Command:
        """Return the command that this unit listens to in its present state."""
        if self.protocol is Protocol.V1:
            return Command.LIMIT
        if self._state in _CHARGING_STATES:
            return Command.LIMIT_CHARGING
        if self._state is UnitState.STOPPED:
            # Reports do not say which of the two counts while a started car pauses:
            # take turns if the usual one is not echoed.
            turn = self._unechoed // 2 % 2
            return Command.LIMIT if turn else Command.LIMIT_CHARGING
        return Command.LIMIT

    def next_contactor_command(
        self, master_id: UnitId, now: float
    ) -> MoveContactor | None:
        """Return a contactor command if the owner chose that and it is due."""
        action = self.stopping.next_contactor_action(
            offers=self._offer_a > 0, car_seen=self._car_seen, now=now
        )
        return MoveContactor(action, master_id, self.unit_id) if action else None

    def _watch_stop(self, now: float) -> None:
        told_to_stop = self._decided and not self._offer_a
        self.stopping.watch(
            told_to_stop=told_to_stop,
            car_seen=self._car_seen,
            draw_a=self._draw_a,
            now=now,
        )

    # --- what is known ----------------------------------------------------------------

    @property
    def charging(self) -> bool:
        """Return whether the unit says that its car charges."""
        return self._state in _CHARGING_STATES

    @property
    def plugged_in(self) -> bool | None:
        """Return whether a car is there, None if the unit does not tell."""
        if self._car_seen:
            return True
        if self._plug in (PlugState.CHARGING, PlugState.PLUGGED_IN):
            return True
        if self._plug is PlugState.UNPLUGGED:
            return False
        if self._state is UnitState.READY:
            # An unplugged unit echoes 0 A whatever it is told.
            if self._limit_a > 0:
                return True
            if self._offer_a > 0 and self._unechoed >= 3:
                return False
        return None

    def due_question(self, now: float) -> Question | None:
        """Return the optional question most worth asking this unit now."""
        return next((each for at, each in self._open_questions() if now >= at), None)

    @property
    def next_request_at(self) -> float:
        """Return when there may be more than a heartbeat to say, if nothing changes."""
        if self.stopping.may_move_contactor:
            return float("-inf")
        return min((at for at, _ in self._open_questions()), default=float("inf"))

    def _open_questions(self) -> list[tuple[float, Question]]:
        return self.questions.open(
            charging=self.charging,
            plugged=self.plugged_in is True,
            vin_part=self._vin.missing,
        )

    def status(self) -> UnitStatus:
        """Return all that is known, frozen."""
        return UnitStatus(
            unit_id=self.unit_id,
            protocol=self.protocol,
            rating_a=self.rating_a,
            online=self.online,
            heard_at=self._heard_at,
            told_at=self._told_at,
            state=self._state,
            limit_a=self._limit_a,
            at_most_a=self._held.at_most_a,
            draw_a=self._draw_a,
            offer_a=self._offer_a,
            charging=self.charging,
            plugged_in=self.plugged_in,
            meter=self._meter,
            lifetime_kwh=self._energy.kwh,
            serial_number=self._serial_number,
            firmware=self._firmware,
            vin=self._vin.vin,
            identified=self.questions.settled(Question.SERIAL_NUMBER),
            lessons=self.stopping.lessons,
        )
