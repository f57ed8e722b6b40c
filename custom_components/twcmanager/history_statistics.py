"""Long-term statistics of what was taken over: hourly sums beside those of our entities.

Those of sessions are made anew from all such sessions of a Wall Connector each time, and those of
a counter are where it stood: it does not matter in which order, or how often, logs are imported.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Final

from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.unit_conversion import EnergyConverter

from .charging.history import by_hour
from .charging.session import Session
from .const import DOMAIN

_RECORDER: Final = "recorder"
_BEGINNING: Final = dt_util.utc_from_timestamp(0)


async def async_tell_sessions(
    hass: HomeAssistant, device_key: str, name: str, sessions: Iterable[Session]
) -> list[str]:
    """Tell the recorder what a Wall Connector charged. Return what that is called there."""
    hours = list(by_hour(each for each in sessions if each.imported))
    if not hours or _RECORDER not in hass.config.components:
        return []
    told = []
    for what, values in (
        ("imported energy", [energy_kwh for _, energy_kwh, _ in hours]),
        ("imported solar energy", [solar_kwh for _, _, solar_kwh in hours]),
    ):
        if any(values):
            statistic_id = _id(device_key, what)
            # Some may be about sessions that are no longer kept.
            base_kwh = await _async_sum_before(hass, statistic_id, hours[0][0])
            sums_kwh = list(accumulate(values, initial=base_kwh))[1:]
            begins = [hour for hour, _, _ in hours]
            sums = dict(zip(begins, sums_kwh, strict=True))
            told.append(_tell(hass, statistic_id, f"{name} {what}", sums))
    return told


@callback
def tell_counter(
    hass: HomeAssistant, device_key: str, name: str, by_hour: Mapping[float, float]
) -> list[str]:
    """Tell the recorder where a lifetime counter stood. Return what that is called there."""
    if not by_hour or _RECORDER not in hass.config.components:
        return []
    what = "imported lifetime energy"
    return [_tell(hass, _id(device_key, what), f"{name} {what}", by_hour)]


def _id(device_key: str, what: str) -> str:
    return f"{DOMAIN}:{slugify(f'{device_key} {what}')}"


async def _async_sum_before(
    hass: HomeAssistant, statistic_id: str, hour: float
) -> float:
    """Return where sums stood before an hour."""
    # What it needs is there where it is used.
    from homeassistant.components.recorder.statistics import statistics_during_period  # noqa: PLC0415

    before = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        _BEGINNING,
        dt_util.utc_from_timestamp(hour),
        {statistic_id},
        "hour",
        None,
        {"sum"},
    )
    rows = before.get(statistic_id)
    return rows[-1]["sum"] or 0.0 if rows else 0.0


def _tell(
    hass: HomeAssistant, statistic_id: str, name: str, sums: Mapping[float, float]
) -> str:
    """Tell the recorder sums in kWh by the hour."""
    from homeassistant.components.recorder.models import (  # noqa: PLC0415
        StatisticData,
        StatisticMeanType,
        StatisticMetaData,
    )
    from homeassistant.components.recorder.statistics import (  # noqa: PLC0415
        async_add_external_statistics,
    )

    about = StatisticMetaData(
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
        name=name,
        source=DOMAIN,
        statistic_id=statistic_id,
        unit_class=EnergyConverter.UNIT_CLASS,
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    )
    rows = [
        StatisticData(start=dt_util.utc_from_timestamp(hour), state=kwh, sum=kwh)
        for hour, kwh in sums.items()
    ]
    async_add_external_statistics(hass, about, rows)
    return statistic_id
