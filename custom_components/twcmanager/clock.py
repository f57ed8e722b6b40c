"""The calendar's clock. What outlasts a restart counts in it; all else in the monotonic one."""

from datetime import datetime
import math
from typing import Final

from homeassistant.util import dt as dt_util

# The year 3000: nobody means more, and a bit beyond it calendars end.
END_S: Final = 32_503_680_000.0


def calendar_s() -> float:
    """Return the time in seconds, as the calendar has it."""
    return dt_util.utcnow().timestamp()


def seconds_of(time: datetime) -> float:
    """Return a time in s since 1970; who names no zone means that of the home."""
    try:
        return dt_util.as_utc(time).timestamp()
    except OverflowError:
        # On the first and the last day of the calendar not every zone has a time.
        return -math.inf if time.year == 1 else math.inf


def seconds_told(value: object) -> float | None:
    """Return the time that an entity tells, in s since 1970; None if that is none."""
    if isinstance(value, str):
        try:
            value = dt_util.parse_datetime(value)
        except ValueError:
            # It looks like one, but there is no 30th of February.
            return None
    if not isinstance(value, datetime):
        return None
    at = seconds_of(value)
    return at if 0 <= at < END_S else None
