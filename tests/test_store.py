"""What is kept on disk, and when it gets there."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.twcmanager.bus.messages import Protocol
from custom_components.twcmanager.bus.status import KnownUnit
from custom_components.twcmanager.bus.stopping import StopMethod
from custom_components.twcmanager.charging.model import Mode
from custom_components.twcmanager.store import RecordStore, UnitRecord, UnitSettings

from .test_units import record, status

KEY = "twcmanager.garage"


def _unusual() -> UnitRecord:
    """Return a record that has nothing left at its default."""
    return record(
        protocol=Protocol.V1,
        firmware="4.5.3.0",
        session_kwh=12.5,
        settings=UnitSettings(
            mode=Mode.SOLAR_MINIMUM,
            enabled=False,
            charge_limit_a=13.5,
            unstick=True,
            stop_method=StopMethod.CONTACTOR,
        ),
    )


async def test_round_trip(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """What was kept comes back as it was, types included."""
    store = RecordStore(hass, "garage")
    store.records.units["A1"] = _unusual()
    store.records.circuit_limit_a = 25.0
    await store.async_save_now()

    again = RecordStore(hass, "garage")
    await again.async_load()

    assert again.records == store.records
    settings = again.records.units["A1"].settings
    assert isinstance(settings.mode, Mode)
    assert isinstance(settings.stop_method, StopMethod)
    assert again.records.units["A1"].known == KnownUnit(0x1111, 32.0, Protocol.V1)


async def test_nothing_kept(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A new bus begins with nothing."""
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert not store.records.units
    assert store.records.circuit_limit_a is None


async def test_remove(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A removed bus leaves nothing behind."""
    store = RecordStore(hass, "garage")
    await store.async_save_now()
    assert KEY in hass_storage

    await store.async_remove()

    assert KEY not in hass_storage


async def test_energy_does_not_put_off_what_matters(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    flying_time: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Energy grows every second; what the owner sets is on disk soon all the same."""
    monkeypatch.setattr(
        "custom_components.twcmanager.store._SAVE_ENERGY_INTERVAL_S", 20
    )
    store = RecordStore(hass, "garage")
    unit = store.records.units["A1"] = record()

    async def charge(seconds: int) -> None:
        for _ in range(seconds):
            unit.session_kwh += 0.002
            store.save_energy()
            await asyncio.sleep(1)

    def kept() -> Any:
        return hass_storage[KEY]["data"]["units"]["A1"]

    await charge(5)
    assert 0 < kept()["session_kwh"] < 0.01
    unit.settings.enabled = False
    store.save()
    await charge(5)
    assert not kept()["settings"]["enabled"]
    assert kept()["session_kwh"] < 0.03
    await charge(20)
    assert kept()["session_kwh"] > 0.03
    await store.async_save_now()


@pytest.mark.parametrize(
    "news",
    [
        {"unit_id": 0x2222},
        {"rating_a": 40.0},
        {"protocol": Protocol.V1},
        {"firmware": "4.5.3.0"},
    ],
)
def test_learn(news: dict[str, Any]) -> None:
    """A unit's own word about itself counts; silence does not take it back."""
    known = record()

    assert not known.learn(status())
    assert known.learn(status(**news))
    assert not known.learn(status(**news))
    assert not known.learn(status(**{"firmware": None, **news, "serial_number": None}))
    for key, value in news.items():
        assert getattr(known, key) == value
    assert known.serial_number == "A1"
