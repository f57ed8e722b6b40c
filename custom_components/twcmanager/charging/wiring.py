"""The wiring as what can be too little: each circuit, line by line, as far as it matters.

Every circuit has up to three lines, and most of them tell the same story: three-phase cars
alone load all lines alike, and a cable for one car is no limit to a panel for it. What can
never be the first to be full is left out.
"""

from functools import lru_cache
from math import isfinite

from .allocation import Pool
from .model import ALL_LINES, Circuit, ConnectorId, Reason

type Lines = tuple[tuple[ConnectorId, frozenset[int]], ...]


@lru_cache(maxsize=16)
def wires(
    limit_a: float, circuits: tuple[Circuit, ...], lines: Lines
) -> tuple[Pool, ...]:
    """Return what each wire carries, in A, and who is on it.

    ``limit_a`` is the circuit's that all are on. Worked out once: wiring seldom changes.
    """
    everyone = frozenset(id_ for id_, _ in lines)
    found: dict[frozenset[ConnectorId], float] = {}
    for circuit in (Circuit(limit_a, everyone), *circuits):
        # No circuit is endless; a limit that is not a number allows nothing.
        carries_a = circuit.limit_a if isfinite(circuit.limit_a) else 0.0
        for line in ALL_LINES:
            on_it = frozenset(id_ for id_, theirs in lines if line in theirs)
            members = on_it & circuit.members
            if members:
                found[members] = min(carries_a, found.get(members, carries_a))
    return tuple(
        Pool(carries_a, dict.fromkeys(sorted(members), 1.0), Reason.CIRCUIT_LIMIT)
        for members, carries_a in found.items()
        if not any(
            members < others and others_a <= carries_a
            for others, others_a in found.items()
        )
    )
