"""What decisions have to remember of one connector, and what they want for it."""

from dataclasses import dataclass, field

from .demand import Appetite, Demand
from .model import Reason
from .offset import Offset
from .patience import Patience
from .soft_stop import SoftStop
from .turns import Turn
from .unstick import Unstick


@dataclass(slots=True)
class Memory:
    """What to remember of one connector."""

    patience: Patience = field(default_factory=Patience)
    appetite: Appetite = field(default_factory=Appetite)
    offset: Offset = field(default_factory=Offset)
    turn: Turn = field(default_factory=Turn)
    unstick: Unstick = field(default_factory=Unstick)
    soft_stop: SoftStop = field(default_factory=SoftStop)
    offer_a: float = 0.0
    """What it was offered, but for a short spike."""
    car_a: float | None = None
    """What its car should let itself draw at its minimum, if that is less."""
    shut_out: bool = False
    """Whether the wires had no room for it."""
    gave_up_place: bool = False
    """Whether others use what it was offered and did not take, until it is asked again."""
    empty_until: float = float("-inf")
    """Until when to believe that no car is there, as seen by an offer that nobody took."""


@dataclass(slots=True)
class Wish:
    """What a connector should get, as far as there is room for it."""

    demand: Demand
    memory: Memory
    most_a: float
    reason: Reason
    follows_sun: bool = False
    """Whether what exceeds its minimum comes from the sun."""
    missing_w: float | None = None
    """How much more sun it would take to start it, if it waits for that."""
    car_a: float | None = None
    """What its car should let itself draw, if that is less than its minimum."""
