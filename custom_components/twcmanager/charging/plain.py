"""Dataclasses of plain values to what JSON can hold and back, the way back with care.

What comes from a disk may be of another version, damaged or edited by hand: it is taken as a
whole or not at all, and never as something it cannot be.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from math import isfinite
from types import UnionType
from typing import Any, get_args, get_origin


def revive[T](kind: type[T], data: object) -> T:
    """Return a dataclass made again from what ``asdict`` made of it.

    Fields that are missing get their defaults, those nobody knows are left out. Raises
    TypeError or ValueError if there is no making sense of the rest.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    values = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in data:
            values[field.name] = _value(field.type, data[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{kind.__name__} without {field.name}")
    return kind(**values)


def _value(kind: Any, data: object) -> Any:
    """Return a value of a field's type."""
    if isinstance(kind, UnionType):
        inner, _ = get_args(kind)
        return None if data is None else _value(inner, data)
    if is_dataclass(kind) and isinstance(kind, type):
        return revive(kind, data)
    if get_origin(kind) is dict and isinstance(data, Mapping):
        _, inner = get_args(kind)
        return {str(key): _value(inner, value) for key, value in data.items()}
    # To Python a yes or no is a number, too.
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool):
        if isfinite(data):
            return float(data)
    elif type(data) is kind:
        return data
    raise ValueError(f"{data!r} is no {kind}")
