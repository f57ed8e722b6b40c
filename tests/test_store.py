"""What is kept on disk, and when it gets there."""

import asyncio
from dataclasses import asdict
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.twcmanager.bus.messages import Protocol
from custom_components.twcmanager.bus.status import KnownUnit, StopLessons, StopMethod
from custom_components.twcmanager.charging.authorization import (
    Admission,
    Others,
    Permit,
)
from custom_components.twcmanager.charging.borrowed import Loan
from custom_components.twcmanager.charging.car_control import CarRecord
from custom_components.twcmanager.charging.charge_now import ChargeNow
from custom_components.twcmanager.charging.model import (
    BatteryPriority,
    Mode,
    Preferences,
    Sharing,
)
from custom_components.twcmanager.charging.need import Once, Reading, Target
from custom_components.twcmanager.store import RecordStore, UnitRecord, UnitSettings

from .test_units import record, status

KEY = "twcmanager.garage"


def _unusual() -> UnitRecord:
    """Return a record that has nothing left at its default."""
    return record(
        protocol=Protocol.V1,
        firmware="4.5.3.0",
        phases=[0, 2],
        charge_now=ChargeNow(
            at_most_a=9.5,
            ends_at=1_800_000_000.0,
            energy_kwh=7.5,
            soc=80.0,
            soc_entity="sensor.car",
            car_seen=True,
        ),
        lessons=StopLessons(
            heeds_zero=False, contactor_taken_ill=True, silence_taken_ill=True
        ),
        ready_once=Once(
            ready_at=1_800_000_000.0,
            target=Target(energy_kwh=3.0, soc=85.0, range_km=270.0),
        ),
        reading=Reading(vehicle="red", soc=51.0, charged_kwh=3.5, full_range_km=420.0),
        vehicle="red",
        permit=Permit(car_seen=True),
        settings=UnitSettings(
            mode=Mode.SOLAR_MINIMUM,
            enabled=False,
            charge_limit_a=13.5,
            priority=7,
            unstick=True,
            ready_by=True,
            ready_by_minute=23 * 60 + 59,
            ready_by_kwh=42.5,
            ready_by_soc=85.0,
            ready_by_km=250.0,
            stop_method=StopMethod.CONTACTOR,
            admission=Admission.CHOSEN,
            others=Others.MINIMUM,
        ),
    )


async def test_round_trip(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """What was kept comes back as it was, types included."""
    store = RecordStore(hass, "garage")
    store.records.units["A1"] = _unusual()
    store.records.circuit_limit_a = 25.0
    store.records.charge_when_cheap = True
    store.records.cheap_price = -0.25
    store.records.preferences = Preferences(
        reserve_w=-500.0,
        least_solar_share=0.9,
        steadiness=2.0,
        sharing=Sharing.EQUAL,
        whole_amps=True,
        battery_priority=BatteryPriority.SHARED,
        battery_first_soc=50.0,
        battery_discharge_soc=30.0,
    )
    await store.async_save_now()

    again = RecordStore(hass, "garage")
    await again.async_load()

    assert again.records == store.records
    settings = again.records.units["A1"].settings
    assert isinstance(settings.mode, Mode)
    assert isinstance(settings.stop_method, StopMethod)
    assert isinstance(settings.admission, Admission)
    assert isinstance(settings.others, Others)
    assert isinstance(again.records.preferences.sharing, Sharing)
    assert again.records.units["A1"].known == KnownUnit(0x1111, 32.0, Protocol.V1)


def _kept(**what: Any) -> dict[str, Any]:
    """Return what an earlier version or a later one may have left of one unit."""
    unit = {"identity": "A1", "unit_id": 0x1111, "rating_a": 32.0, "protocol": 2}
    return {
        "version": 1,
        "minor_version": 1,
        "key": KEY,
        "data": {"units": {"A1": unit}, **what},
    }


@pytest.mark.parametrize("minor_version", [1, 2, 3])
async def test_what_is_missing_takes_its_default(
    hass: HomeAssistant, hass_storage: dict[str, Any], minor_version: int
) -> None:
    """Settings that are newer than what was kept start as they do for a new bus."""
    hass_storage[KEY] = _kept() | {"minor_version": minor_version}
    store = RecordStore(hass, "garage")

    await store.async_load()

    unit = store.records.units["A1"]
    assert unit.settings == UnitSettings(mode=Mode.FAST)
    assert (unit.wired_as, unit.serial_number, unit.charge_now) == ("1111", None, None)
    assert store.records.circuit_limit_a is None
    assert store.records.preferences == Preferences()


async def test_what_means_nothing_takes_its_default(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Nothing on the disk keeps the bus from coming up."""
    hass_storage[KEY] = _kept(
        circuit_limit_a="much",
        charge_when_cheap="yes",
        cheap_price=float("nan"),
        preferences={
            "reserve_w": float("nan"),
            "least_solar_share": 1.5,
            "steadiness": None,
            "sharing": "by_lot",
            "whole_amps": 1,
            "battery_priority": 3,
            "battery_first_soc": True,
            "battery_discharge_soc": [],
            "later": "than this version",
        },
    )
    unit = hass_storage[KEY]["data"]["units"]["A1"]
    unit["later"] = "than this version"
    unit["phases"] = [3]
    unit["permit"] = {"car_seen": "yes"}
    unit["settings"] = {
        "mode": "turbo",
        "enabled": "maybe",
        "charge_limit_a": -1,
        "priority": 11,
        "ready_by": 1,
        "ready_by_minute": 24 * 60,
        "ready_by_kwh": float("nan"),
        "stop_method": "shout",
        "admission": "friends",
        "others": "a lot",
        "later": "than this version",
    }
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert store.records.circuit_limit_a is None
    assert store.records.preferences == Preferences()
    assert store.records.units["A1"].settings == UnitSettings(mode=Mode.FAST)
    assert store.records.units["A1"].phases == []
    assert store.records.units["A1"].permit is None


@pytest.mark.parametrize(
    "broken",
    [
        "yes",
        {},
        {**asdict(ChargeNow()), "ends_at": "soon"},
        {**asdict(ChargeNow()), "energy_kwh": float("nan")},
        {key: each for key, each in asdict(ChargeNow()).items() if key != "ends_at"},
    ],
)
async def test_charge_now_is_kept_whole_or_not_at_all(
    hass: HomeAssistant, hass_storage: dict[str, Any], broken: object
) -> None:
    """Without one of its limits it might go on for ever."""
    hass_storage[KEY] = _kept()
    hass_storage[KEY]["data"]["units"]["A1"]["charge_now"] = broken
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert store.records.units["A1"].charge_now is None


@pytest.mark.parametrize(
    ("key", "broken"),
    [
        ("ready_once", {"ready_at": 1_800_000_000.0}),
        ("ready_once", {"ready_at": "soon", "target": {"energy_kwh": 3.0}}),
        ("ready_once", {"ready_at": 1.0, "target": {"energy_kwh": float("nan")}}),
        ("reading", {"vehicle": "red", "soc": 50.0}),
        ("reading", [50]),
    ],
)
async def test_half_of_it_is_nothing(
    hass: HomeAssistant, hass_storage: dict[str, Any], key: str, broken: object
) -> None:
    """A departure without its target, or a charge of nobody, means nothing."""
    hass_storage[KEY] = _kept()
    hass_storage[KEY]["data"]["units"]["A1"][key] = broken
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert getattr(store.records.units["A1"], key) is None


async def test_one_bad_setting_spares_the_others(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """What can be made sense of is kept."""
    hass_storage[KEY] = _kept(preferences={"reserve_w": 250, "sharing": "by_lot"})
    unit = hass_storage[KEY]["data"]["units"]["A1"]
    unit["settings"] = {"mode": "solar", "stop_method": "shout"}
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert store.records.preferences == Preferences(reserve_w=250.0)
    assert store.records.units["A1"].settings == UnitSettings(mode=Mode.SOLAR)


@pytest.mark.parametrize("broken", [{"identity": "A2"}, {}, None, "A2"])
async def test_unit_that_makes_no_sense(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    broken: object,
) -> None:
    """A unit nobody can be sure of is met anew; the others are as they were."""
    hass_storage[KEY] = _kept()
    hass_storage[KEY]["data"]["units"]["A2"] = broken
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert list(store.records.units) == ["A1"]
    assert "is of no use" in caplog.text


async def test_what_was_done_to_cars(
    hass: HomeAssistant, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It has to be undone one day, but for what nobody can make sense of."""
    done = CarRecord(charging=Loan(1.0, 0.0, taken=True), stop_in_vain=True)
    store = RecordStore(hass, "garage")
    store.records.cars = {"red": done, "blue": done}
    await store.async_save_now()
    hass_storage[KEY]["data"]["cars"]["blue"]["charging"] = "off"
    store = RecordStore(hass, "garage")

    await store.async_load()

    assert store.records.cars == {"red": done}
    assert "is of no use" in caplog.text


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
    unit = store.records.units["A1"] = record(charge_now=ChargeNow(energy_kwh=1.0))

    async def charge(seconds: int) -> None:
        for _ in range(seconds):
            assert unit.charge_now is not None
            assert unit.charge_now.energy_kwh is not None
            left_kwh = unit.charge_now.energy_kwh - 0.002
            unit.charge_now = ChargeNow(energy_kwh=left_kwh)
            store.save_energy()
            await asyncio.sleep(1)

    def kept() -> Any:
        return hass_storage[KEY]["data"]["units"]["A1"]

    def charged_kwh() -> float:
        return 1.0 - float(kept()["charge_now"]["energy_kwh"])

    await charge(5)
    assert 0 < charged_kwh() < 0.01
    unit.settings.enabled = False
    store.save()
    await charge(5)
    assert not kept()["settings"]["enabled"]
    assert charged_kwh() < 0.03
    await charge(20)
    assert charged_kwh() > 0.03
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
