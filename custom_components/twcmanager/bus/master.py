"""The sans-IO master: who is on the bus, what each said, what to say next and when.

Bytes go in with ``receive``, bytes to send come out of ``poll``; the caller owns the port and
the clock. A bus carries one master and at most three units. Nobody hears a collision, so
after a question the line is left alone until the answer or the timeout. Heartbeats keep cars
charging: every unit gets one per second, and whatever else there is to say waits for the gap
behind them. A changed offer does not wait for the second to end: the round begins with it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .announcement import MASTER_ID, Announcement
from .codec import decode, encode_master
from .frame import FrameDecoder
from .messages import (
    Ask,
    FirmwareReply,
    ForeignCommand,
    MasterHeartbeat,
    MasterLinkReady,
    MasterMessage,
    Message,
    MoveContactor,
    Protocol,
    Question,
    SlaveHeartbeat,
    SlaveLinkReady,
    UnitId,
)
from .others import OtherMasters
from .status import NO_LESSONS, KnownUnit, StopLessons, StopMethod, UnitStatus
from .unit import Unit

MOST_UNITS: Final = 3

HEARTBEAT_INTERVAL_S: Final = 1.0
# A changed offer begins the next round at once, but so long after the last at the soonest.
_HURRIED_INTERVAL_S: Final = 0.4
SILENCE_LIMIT_S: Final = 26.0
# Remembered from former times, but it does not answer: no reason to refuse others for long.
_NEVER_HEARD_S: Final = 8.0

# Another master speaks at least every 1.3 s: listen that long before the first word.
LISTEN_S: Final = 1.5
_CONFLICT_BURST_S: Final = 5.0
_VOLLEY_S: Final = 0.5
# Corrupted messages may name units that do not exist: do not collect them for ever.
_MOST_SEEN: Final = 16

_ANSWER_TIMEOUT_S: Final = 0.3
# A whole question must fit before the next heartbeat is due.
_QUESTION_ROOM_S: Final = 0.35
_QUESTION_INTERVAL_S: Final = 0.5
# How long to leave the line after words that ask for no heartbeat in return.
_BROADCAST_S: Final = 0.05
# After an answer real units send one more byte, and transceivers need to turn round.
_TURNAROUND_S: Final = 0.01
# A frame takes 20 ms; what has not grown for longer will not become one.
_MID_FRAME_S: Final = 0.04
_LONGEST_DEFERENCE_S: Final = 0.1


@dataclass(slots=True)
class BusHealth:
    """Counts since start. Answer times in s, from handing over a question to its answer."""

    frames: int = 0
    checksum_errors: int = 0
    noise_bytes: int = 0
    unknown_messages: int = 0
    answers: int = 0
    timeouts: int = 0
    answer_mean_s: float = 0.0
    answer_worst_s: float = 0.0
    echoes: int = 0


@dataclass(slots=True)
class _Awaited:
    """The one question that is out."""

    unit: Unit
    question: Question | None
    """None for a heartbeat."""
    sent_at: float


class Master:
    """The one master of a bus. Not thread-safe; ``now`` in s must never fall."""

    def __init__(
        self,
        now: float,
        *,
        known: Iterable[KnownUnit] = (),
        announced_a: float = 6.0,
        adopt: bool = True,
    ) -> None:
        """Prepare for a bus.

        ``known`` units get heartbeats without having to ask first. ``announced_a`` is the
        current link-readies tell: some cars only start after one above 0. Without ``adopt``
        the master only announces itself and listens, which is enough to see who is there.
        """
        self.health = BusHealth()
        self._announcement = Announcement(announced_a)
        self._adopt = adopt
        self._units = {each.unit_id: Unit(each, now, real=True) for each in known}
        self._refused: dict[UnitId, float] = {}
        self._seen: dict[UnitId, SlaveLinkReady] = {}
        self._others = OtherMasters()
        self._conflict_at = float("-inf")
        self.restart(now)

    def restart(self, now: float) -> None:
        """Begin a conversation on a line just opened, or opened again."""
        self._decoder = FrameDecoder()
        self._others.no_more_echoes()
        self._awaited: _Awaited | None = None
        self._quiet_until = now + LISTEN_S
        self._heard_at = self._mid_frame_since = float("-inf")
        self._round: deque[Unit] = deque()
        self._round_at = now + LISTEN_S
        self._round_began_at = float("-inf")
        self._hurried = False
        self._looked_at = self._question_at = now + LISTEN_S
        self._next_asked = 0
        self._announcement.begin(now + LISTEN_S)

    # --- what the owner sees and sets -------------------------------------------------

    @property
    def units(self) -> tuple[UnitStatus, ...]:
        """Return all units ever taken, those gone silent too."""
        return tuple(unit.status() for unit in self._units.values())

    @property
    def seen(self) -> tuple[SlaveLinkReady, ...]:
        """Return the last link-ready of everyone who sent one."""
        return tuple(self._seen.values())

    def refused(self, now: float) -> tuple[UnitId, ...]:
        """Return units lately heard that are one too many for this bus."""
        return tuple(
            unit_id
            for unit_id, heard_at in self._refused.items()
            if now - heard_at < SILENCE_LIMIT_S
        )

    def foreign_master(self, now: float) -> bool:
        """Return whether someone else plays the master, so that this one keeps silent."""
        return self._others.there(now)

    def id_conflict(self, now: float) -> bool:
        """Return whether a unit with the master's own id was heard lately."""
        return now - self._conflict_at < SILENCE_LIMIT_S

    def offer(self, unit_id: UnitId, limit_a: float, now: float) -> None:
        """Set what a unit's heartbeats offer, in A. Units that are not there are ignored.

        It may bring the next heartbeats forward: ask ``wake_at`` again.
        """
        unit = self._units.get(unit_id)
        if unit is None or not unit.offer(limit_a, now) or not unit.online:
            return
        if unit in self._round:
            self._round.remove(unit)
            self._round.appendleft(unit)
        else:
            self._hurried = True

    def leave_at(self, limit_a: float, now: float) -> None:
        """Offer nobody more than this from now on: there will be no one to watch them."""
        for unit in self._units.values():
            unit.leave_at(limit_a, now)
        self._hurried = True

    def set_stop_method(
        self,
        unit_id: UnitId,
        method: StopMethod,
        lessons: StopLessons = NO_LESSONS,
    ) -> None:
        """Choose what stops a unit's car that does not heed 0 A, with what is known of that."""
        if unit := self._units.get(unit_id):
            unit.stopping.chosen = method
            unit.stopping.lessons = lessons
            self._look_for_requests()

    def forget(self, unit_id: UnitId) -> None:
        """Forget a unit; its next link-ready brings it back."""
        self._units.pop(unit_id, None)

    # --- bytes in ---------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes off the line."""
        self._heard_at = now
        stats = self._decoder.stats
        before = (stats.frames, stats.checksum_errors, stats.noise_bytes)
        was_mid_frame = self._decoder.mid_frame
        bodies = self._decoder.feed(data)
        if bodies or not was_mid_frame:
            self._mid_frame_since = now
        for body in bodies:
            message = decode(body)
            if message is None:
                self.health.unknown_messages += 1
            else:
                self._take(message, now)
        self.health.frames += stats.frames - before[0]
        self.health.checksum_errors += stats.checksum_errors - before[1]
        self.health.noise_bytes += stats.noise_bytes - before[2]

    def _take(self, message: Message, now: float) -> None:
        match message:
            case SlaveHeartbeat():
                self._take_heartbeat(message, now)
            case SlaveLinkReady():
                self._take_link_ready(message, now)
            case (
                MasterLinkReady()
                | MasterHeartbeat()
                | Ask()
                | MoveContactor()
                | ForeignCommand()
            ):
                if self._others.is_echo(message, now):
                    self.health.echoes += 1
                else:
                    self._others.heard(now)
            case FirmwareReply(unit_id=None):
                # This answer does not say whose it is: it belongs to who was asked.
                awaited = self._awaited
                if awaited and awaited.question is Question.FIRMWARE_OLD:
                    awaited.unit.firmware(message, Question.FIRMWARE_OLD, now)
                    self._settle(awaited.unit, awaited.question, now)
            case _:
                unit = self._units.get(message.unit_id or 0)
                if unit is not None and unit.online:
                    self._look_for_requests()
                    if question := unit.take(message, now):
                        self._settle(unit, question, now)

    def _take_heartbeat(self, message: SlaveHeartbeat, now: float) -> None:
        if message.master_id != MASTER_ID:
            # Nobody answers a master that is not there.
            self._others.heard(now)
            return
        unit = self._units.get(message.unit_id)
        if unit is not None and unit.online:
            if unit.heartbeat(message, now):
                self._look_for_requests()
            self._settle(unit, None, now)

    def _take_link_ready(self, message: SlaveLinkReady, now: float) -> None:
        if message.unit_id == MASTER_ID:
            if now - self._conflict_at >= _CONFLICT_BURST_S:
                self._announcement.begin(now)
            self._conflict_at = now
            return
        if len(self._seen) < _MOST_SEEN or message.unit_id in self._seen:
            self._seen[message.unit_id] = message
        if not self._adopt:
            return
        unit = self._units.get(message.unit_id)
        if unit is None or not unit.online:
            if sum(each.online for each in self._units.values()) >= MOST_UNITS:
                self._refused[message.unit_id] = now
                return
            self._refused.pop(message.unit_id, None)
        if unit is None:
            known = KnownUnit(message.unit_id, message.rating_a, message.protocol)
            unit = self._units[message.unit_id] = Unit(known, now)
        unit.link_ready(message, now)
        self._look_for_requests()
        # One heartbeat answers the whole volley of link-readies that units like to send.
        if unit not in self._round and unit.told_at < now - _VOLLEY_S:
            self._round.appendleft(unit)
            self._quiet_until = max(self._quiet_until, now + _TURNAROUND_S)

    def _settle(self, unit: Unit, question: Question | None, now: float) -> None:
        """Match an answer to the question that is out."""
        awaited = self._awaited
        if awaited is None or awaited.unit is not unit or awaited.question != question:
            return
        self._awaited = None
        # An echo comes before the answer.
        self._others.no_more_echoes()
        self._quiet_until = now + _TURNAROUND_S
        took_s = now - awaited.sent_at
        health = self.health
        health.answers += 1
        health.answer_mean_s += (took_s - health.answer_mean_s) / health.answers
        health.answer_worst_s = max(health.answer_worst_s, took_s)

    # --- bytes out --------------------------------------------------------------------

    def poll(self, now: float) -> bytes | None:
        """Return the next bytes to send, or None if there is nothing to say yet."""
        self._give_up_answer(now)
        if self.foreign_master(now):
            self._give_up_units(now)
            self._start_over_when_alone(now)
            return None
        if self._awaited is not None or now < self._quiet_until or self._hearing(now):
            return None
        if now >= self._next_round_at:
            self._give_up_units(now)
            self._begin_round(now)
        return self._say_heartbeat(now) or self._say_burst(now) or self._say_more(now)

    def wake_at(self, now: float) -> float:
        """Return when ``poll`` is worth calling next if nothing is received until then."""
        if self.foreign_master(now):
            return self._others.gone_at
        if self._awaited is not None:
            return self._awaited.sent_at + _ANSWER_TIMEOUT_S
        if self._hearing(now):
            return max(self._quiet_until, self._hearing_until)
        free_at = max(now, self._quiet_until)
        if self._round:
            return free_at
        at = self._next_round_at
        if self._announcement.under_way:
            at = min(at, self._announcement.at)
        elif self._question_at < at and self._room_for_question(free_at):
            at = self._question_at
        return max(free_at, at)

    def _hearing(self, now: float) -> bool:
        """Return whether someone seems to be in the middle of a message."""
        return self._decoder.mid_frame and now < self._hearing_until

    @property
    def _hearing_until(self) -> float:
        """Return until when to let someone finish: not for ever, as noise never does."""
        return min(
            self._heard_at + _MID_FRAME_S, self._mid_frame_since + _LONGEST_DEFERENCE_S
        )

    def _give_up_answer(self, now: float) -> None:
        """Give up the answer that is overdue."""
        awaited = self._awaited
        if awaited and now >= awaited.sent_at + _ANSWER_TIMEOUT_S:
            self._awaited = None
            self.health.timeouts += 1
            if awaited.question is not None and awaited.unit.steady:
                awaited.unit.questions.unanswered(awaited.question)

    def _give_up_units(self, now: float) -> None:
        """Give up the units that are silent for too long."""
        for unit in list(self._units.values()):
            patience_s = SILENCE_LIMIT_S if unit.heard else _NEVER_HEARD_S
            if unit.online and now - unit.silence_since >= patience_s:
                unit.online = False
                if not unit.real:
                    del self._units[unit.unit_id]

    def _start_over_when_alone(self, now: float) -> None:
        """Keep silent, and begin anew once the other master has been gone for long."""
        alone_at = self._others.gone_at
        self._awaited = None
        self._round.clear()
        self._round_at = alone_at
        self._announcement.begin(alone_at)

    @property
    def _next_round_at(self) -> float:
        if self._hurried:
            return min(self._round_at, self._round_began_at + _HURRIED_INTERVAL_S)
        return self._round_at

    def _begin_round(self, now: float) -> None:
        # First whom there is news for, then whom the last round did not come to: on a slow
        # line nobody starves.
        online = [unit for unit in self._units.values() if unit.online]
        online.sort(key=lambda unit: (not unit.has_news, unit.told_at))
        self._round = deque(online)
        # A little late is made up for; begun early or much too late, it counts from now.
        if self._round_at <= now < self._round_at + HEARTBEAT_INTERVAL_S:
            self._round_at += HEARTBEAT_INTERVAL_S
        else:
            self._round_at = now + HEARTBEAT_INTERVAL_S
        self._round_began_at = now
        self._hurried = False

    def _say_heartbeat(self, now: float) -> bytes | None:
        while self._round:
            unit = self._round.popleft()
            if unit.online and (heartbeat := unit.next_heartbeat(MASTER_ID, now)):
                self._awaited = _Awaited(unit, None, now)
                return self._say(heartbeat, unit.protocol, now)
        return None

    def _say_burst(self, now: float) -> bytes | None:
        message = self._announcement.next(now)
        # Protocol 2 units understand the shorter form too; nothing says the reverse.
        return self._say(message, Protocol.V1, now) if message else None

    def _room_for_question(self, now: float) -> bool:
        """Return whether a question and its answer fit before the next heartbeat."""
        return (
            bool(self._units)
            and not self._announcement.under_way
            and now + _QUESTION_ROOM_S <= self._next_round_at
        )

    def _say_more(self, now: float) -> bytes | None:
        """Say what may wait: one unit's contactor command or question."""
        if not self._room_for_question(now) or now < self._question_at:
            return None
        self._looked_at = now
        self._question_at = now + _QUESTION_INTERVAL_S
        units = list(self._units.values())
        for offset in range(len(units)):
            index = (self._next_asked + offset) % len(units)
            unit = units[index]
            if not unit.online:
                continue
            if command := unit.next_contactor_command(MASTER_ID, now):
                return self._say(command, unit.protocol, now)
            # Who did not answer the last heartbeat is not asked for more.
            if now - unit.silence_since > HEARTBEAT_INTERVAL_S:
                continue
            if question := unit.due_question(now):
                self._next_asked = index + 1
                unit.questions.asked(question, now)
                self._awaited = _Awaited(unit, question, now)
                ask = Ask(question, MASTER_ID, unit.unit_id)
                return self._say(ask, unit.protocol, now)
        # Until something is due or changes there is no need to look again.
        due_at = (unit.next_request_at for unit in units if unit.online)
        self._question_at = max(self._question_at, min(due_at, default=float("inf")))
        return None

    def _look_for_requests(self) -> None:
        """See what there may be to ask or to command: something has changed."""
        soon = self._looked_at + _QUESTION_INTERVAL_S
        self._question_at = min(self._question_at, soon)

    def _say(self, message: MasterMessage, protocol: Protocol, now: float) -> bytes:
        self._others.sent(message, now)
        if self._awaited is None:
            self._quiet_until = now + _BROADCAST_S
        return encode_master(message, protocol)
