"""The calendar's clock. What outlasts a restart counts in it; all else in the monotonic one."""

from homeassistant.util import dt as dt_util


def calendar_s() -> float:
    """Return the time in seconds, as the calendar has it."""
    return dt_util.utcnow().timestamp()
