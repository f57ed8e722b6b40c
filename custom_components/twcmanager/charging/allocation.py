"""Demands to offers within a circuit: minima first, the rest in equal parts."""

from dataclasses import dataclass

from .model import ConnectorId


@dataclass(frozen=True, slots=True)
class Share:
    """What one connector needs at least and can use at most of something divisible."""

    id: ConnectorId
    least: float
    most: float


def divide(total: float, shares: list[Share]) -> dict[ConnectorId, float]:
    """Divide a total: who comes first gets its least first, what is left is split equally.

    A connector whose least does not fit gets nothing. Nobody gets more than its most, and
    what one cannot use goes to the others. Unit-free: A of a circuit or W of sun.
    """
    parts: dict[ConnectorId, float] = {}
    left = total
    served = []
    for share in shares:
        if share.least <= left + 1e-9:
            parts[share.id] = share.least
            left -= share.least
            served.append(share)
        else:
            parts[share.id] = 0.0
    # Fill up the most modest first: then one pass is enough.
    served.sort(key=lambda share: share.most - share.least)
    for index, share in enumerate(served):
        extra = min(max(left, 0.0) / (len(served) - index), share.most - share.least)
        parts[share.id] += extra
        left -= extra
    return parts
