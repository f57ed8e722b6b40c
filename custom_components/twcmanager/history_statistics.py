"""Long-term statistics of sessions that were taken over: hourly sums beside those of our entities.

They are made anew from all such sessions of a Wall Connector each time, so that it does not
matter in which order, or how often, logs are imported.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util, slugify
from homeassistant.util.unit_conversion import EnergyConverter

from .charging.history import by_hour
from .charging.session import Session
from .const import DOMAIN

_RECORDER: Final = "recorder"


async def async_tell_statistics(
    hass: HomeAssistant, device_key: str, name: str, sessions: Iterable[Session]
) -> list[str]:
    """Let the recorder know what a Wall Connector charged. Return what that is called there."""
    hours = list(by_hour(each for each in sessions if each.imported))
    if not hours or _RECORDER not in hass.config.components:
        return []
    # What it needs is there where it is used.
    from homeassistant.components.recorder.models import (  # noqa: PLC0415
        StatisticData,
        StatisticMeanType,
        StatisticMetaData,
    )
    from homeassistant.components.recorder.statistics import (  # noqa: PLC0415
        async_add_external_statistics,
        statistics_during_period,
    )

    told = []
    for key, label, values in (
        ("energy", "imported energy", [energy for _, energy, _ in hours]),
        ("solar_energy", "imported solar energy", [solar for _, _, solar in hours]),
    ):
        if not any(values):
            continue
        statistic_id = f"{DOMAIN}:{slugify(f'{device_key}_imported_{key}')}"
        first = dt_util.utc_from_timestamp(hours[0][0])
        # Some may be about sessions that are no longer kept.
        before = await get_instance(hass).async_add_executor_job(
            statistics_during_period,
            hass,
            dt_util.utc_from_timestamp(0),
            first,
            {statistic_id},
            "hour",
            None,
            {"sum"},
        )
        base = before[statistic_id][-1]["sum"] if statistic_id in before else 0.0
        sums = list(accumulate(values, initial=base or 0.0))[1:]
        async_add_external_statistics(
            hass,
            StatisticMetaData(
                has_sum=True,
                mean_type=StatisticMeanType.NONE,
                name=f"{name} {label}",
                source=DOMAIN,
                statistic_id=statistic_id,
                unit_class=EnergyConverter.UNIT_CLASS,
                unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
            ),
            [
                StatisticData(
                    start=dt_util.utc_from_timestamp(hour), state=sum_, sum=sum_
                )
                for (hour, _, _), sum_ in zip(hours, sums, strict=True)
            ],
        )
        told.append(statistic_id)
    return told
