"""What is kept is taken as a whole or not at all."""

from dataclasses import asdict, dataclass, field
import json
from typing import Any

import pytest

from custom_components.twcmanager.charging.plain import revive


@dataclass(kw_only=True)
class Inner:
    """Something within."""

    amps: float


@dataclass(kw_only=True)
class Outer:
    """All kinds of fields that are used."""

    name: str
    count: int = 0
    on: bool = False
    limit: float | None = 6.0
    parts: dict[str, float] = field(default_factory=dict)
    inner: Inner | None = None


WHOLE = Outer(name="a", count=2, on=True, parts={"x": 1.5}, inner=Inner(amps=7.25))


def test_there_and_back() -> None:
    """What was written comes back the same, also through a file."""
    assert revive(Outer, asdict(WHOLE)) == WHOLE
    assert revive(Outer, json.loads(json.dumps(asdict(WHOLE)))) == WHOLE


def test_other_versions() -> None:
    """What an older version did not know has its default; what a newer one added is left."""
    assert revive(Outer, {"name": "a", "colour": "red"}) == Outer(name="a")
    assert revive(Outer, {"name": "a", "limit": None}).limit is None
    # JSON does not tell 7.0 from 7.
    assert revive(Inner, {"amps": 7}) == Inner(amps=7.0)


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        [],
        {},
        {"count": 1},
        {"name": 1},
        {"name": "a", "count": 1.5},
        {"name": "a", "count": True},
        {"name": "a", "on": 1},
        {"name": "a", "limit": "6"},
        {"name": "a", "limit": float("nan")},
        {"name": "a", "parts": [1.0]},
        {"name": "a", "parts": {"x": None}},
        {"name": "a", "inner": {}},
        {"name": "a", "inner": {"amps": True}},
    ],
)
def test_damaged(damaged: Any) -> None:
    """Nothing is taken as what it cannot be."""
    with pytest.raises((TypeError, ValueError)):
        revive(Outer, damaged)
