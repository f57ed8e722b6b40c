"""What electricity costs, as price sensors tell it."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.twcmanager.charging.plan import Price
from custom_components.twcmanager.const import CONF_PRICES, CONF_PRICES_AHEAD
from custom_components.twcmanager.price_list import PriceList, listed_prices

MIDNIGHT = datetime.fromisoformat("2026-01-19T00:00:00+01:00")
START = MIDNIGHT.timestamp()
HOUR = 3600.0

TWO_HOURS = [
    Price(START, START + HOUR, 0.25),
    Price(START + HOUR, START + 2 * HOUR, -0.01),
]
HALF_HOURS = [
    Price(START, START + HOUR / 2, 0.25),
    Price(START + HOUR / 2, START + HOUR, -0.01),
]


def _iso(hours: float) -> str:
    return (MIDNIGHT + timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(
    ("attributes", "prices"),
    [
        pytest.param(
            {
                "today": [0.25, -0.01],
                "raw_today": [
                    {
                        "start": MIDNIGHT,
                        "end": MIDNIGHT + timedelta(hours=1),
                        "value": 0.25,
                    }
                ],
                "raw_tomorrow": [
                    {
                        "start": MIDNIGHT + timedelta(hours=1),
                        "end": MIDNIGHT + timedelta(hours=2),
                        "value": -0.01,
                    }
                ],
            },
            TWO_HOURS,
            id="Nord Pool",
        ),
        pytest.param(
            {
                "today": [{"total": 0.25, "energy": 0.1, "startsAt": _iso(0)}],
                "tomorrow": [{"total": -0.01, "energy": -0.2, "startsAt": _iso(1)}],
            },
            TWO_HOURS,
            id="Tibber",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "start_time": _iso(0),
                        "end_time": _iso(1),
                        "price_per_kwh": 0.25,
                    },
                    {
                        "start_time": _iso(1),
                        "end_time": _iso(2),
                        "price_per_kwh": -0.01,
                    },
                ]
            },
            TWO_HOURS,
            id="EPEX Spot",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "start_timestamp": (START + hour * HOUR) * 1000,
                        "end_timestamp": (START + (hour + 1) * HOUR) * 1000,
                        "marketprice": price,
                        "unit": "Eur/MWh",
                    }
                    for hour, price in enumerate([250.0, -10.0])
                ]
            },
            TWO_HOURS,
            id="aWATTar",
        ),
        pytest.param(
            {
                "prices_today": [{"time": "2026-01-19 00:00:00+01:00", "price": 0.25}],
                "prices_tomorrow": [
                    {"time": "2026-01-19 01:00:00+01:00", "price": -0.01}
                ],
                "prices": [
                    {"time": "2026-01-19 00:00:00+01:00", "price": 0.25},
                    {"time": "2026-01-19 01:00:00+01:00", "price": -0.01},
                ],
            },
            TWO_HOURS,
            id="ENTSO-E",
        ),
        pytest.param(
            {
                "forecasts": [
                    {
                        "duration": 30,
                        "date": "2026-01-19",
                        "per_kwh": price,
                        "start_time": _iso(half / 2),
                        "end_time": _iso(half / 2 + 0.5),
                    }
                    for half, price in enumerate([0.25, -0.01])
                ]
            },
            HALF_HOURS,
            id="Amber",
        ),
        pytest.param(
            {
                "rates": [
                    {
                        "start": MIDNIGHT + timedelta(minutes=30 * half),
                        "end": MIDNIGHT + timedelta(minutes=30 * half + 30),
                        "value_inc_vat": price,
                        "is_capped": False,
                    }
                    for half, price in enumerate([0.25, -0.01])
                ]
            },
            HALF_HOURS,
            id="Octopus",
        ),
    ],
)
def test_shapes(attributes: dict[str, Any], prices: list[Price]) -> None:
    """Everybody has names of their own for the same."""
    assert listed_prices({"friendly_name": "Price", **attributes}) == prices


def test_gap() -> None:
    """An hour that is missing has no price; without ends, too."""
    named = [{"time": _iso(hour), "price": 0.1} for hour in (0, 1, 3)]
    assert [each.start for each in listed_prices({"prices": named})] == [
        START,
        START + HOUR,
        START + 3 * HOUR,
    ]
    assert [each.end for each in listed_prices({"prices": named})] == [
        START + HOUR,
        START + 2 * HOUR,
        START + 4 * HOUR,
    ]


def test_quarters_without_ends() -> None:
    """The last one lasts as long as the others."""
    named = [{"startsAt": _iso(quarter / 4), "total": 0.1} for quarter in range(3)]
    assert [each.end - each.start for each in listed_prices({"today": named})] == [
        HOUR / 4
    ] * 3


def test_no_zone(hass: HomeAssistant) -> None:
    """Who names no zone means that of the home."""
    (price,) = listed_prices({"data": [{"start": "2026-01-19T00:00:00", "value": 1}]})
    assert price.start == dt_util.start_of_local_day(MIDNIGHT.date()).timestamp()


@pytest.mark.parametrize(
    "entry",
    [
        "cheap",
        {"start": "soon", "value": 0.2},
        {"start": _iso(0), "value": "cheap"},
        {"start": _iso(0), "value": None},
        {"start": _iso(0), "value": True},
        {"start": _iso(0), "value": float("nan")},
        {"start": _iso(0), "value": 1e308},
        {"start": _iso(0), "value": 10**400},
        # No such day, no such hour, and days at which calendars end.
        {"start": "2026-02-30T10:00:00", "value": 0.2},
        {"start": "2026-02-20 25:00", "value": 0.2},
        {"start": "0001-01-01T00:00:00", "value": 0.2},
        {"start": "9999-12-31T23:59:59", "value": 0.2},
        {"start": 1e18, "value": 0.2},
        {"start": _iso(1), "end": _iso(0), "value": 0.2},
        {"start": None, "value": 0.2},
        {"value": 0.2},
        {"start": _iso(0)},
    ],
)
def test_nonsense(entry: object) -> None:
    """What makes no sense is left out, the rest counts."""
    good = {"start": _iso(0), "end": _iso(1), "value": 0.25}
    assert listed_prices({"data": [entry, good], "other": "text"}) == TWO_HOURS[:1]


async def test_several_sensors(hass: HomeAssistant) -> None:
    """One for now and one for tomorrow are one list, and are read when they change."""
    known = PriceList(
        hass,
        {
            CONF_PRICES: {"import_entity": "event.today"},
            CONF_PRICES_AHEAD: ["event.tomorrow"],
        },
    )
    assert known.prices == ()
    entries = [
        {"start": _iso(hour), "end": _iso(hour + 1), "value_inc_vat": price}
        for hour, price in enumerate([0.25, -0.01])
    ]
    hass.states.async_set("event.tomorrow", "now", {"rates": entries[1:]})
    hass.states.async_set("event.today", "now", {"rates": entries[:1]})
    assert known.prices == tuple(TWO_HOURS)
    assert known.prices == tuple(TWO_HOURS)

    hass.states.async_set("event.tomorrow", "later", {"rates": []})
    assert known.prices == tuple(TWO_HOURS[:1])


def _tell(hass: HomeAssistant, name: str, unit: str, **entry: Any) -> None:
    listed = [{"start": _iso(hour), "end": _iso(hour + 1), **entry} for hour in (0,)]
    attributes = {"unit_of_measurement": unit, "data": listed}
    hass.states.async_set(f"sensor.{name}", "1", attributes)


async def test_units(hass: HomeAssistant) -> None:
    """What one tells in cents and another per MWh is compared in one unit."""
    hass.config.currency = "EUR"
    known = PriceList(hass, {CONF_PRICES_AHEAD: ["sensor.price"]})
    for unit, entry in (
        ("EUR/kWh", {"value": 0.25}),
        ("ct/kWh", {"value": 25}),
        ("€/MWh", {"price": 250}),
        # The exchange's own is told per MWh, whatever the sensor itself shows.
        ("ct/kWh", {"marketprice": 250}),
    ):
        _tell(hass, "price", unit, **entry)
        (price,) = known.prices
        assert price.per_kwh == pytest.approx(0.25)
        assert known.foreign == []


@pytest.mark.parametrize("unit", ["NOK/kWh", "EUR/h", "W"])
async def test_another_currency(hass: HomeAssistant, unit: str) -> None:
    """It cannot be compared with any, so it does not count, and who tells it is named."""
    hass.config.currency = "EUR"
    named = ["sensor.price", "sensor.other", "sensor.power"]
    options: dict[str, Any] = {CONF_PRICES_AHEAD: named}
    known = PriceList(hass, options)
    _tell(hass, "price", "EUR/kWh", value=0.25)
    _tell(hass, "other", unit, value=2.5)
    # Who lists no prices may measure anything.
    hass.states.async_set("sensor.power", "1", {"unit_of_measurement": "W"})

    assert known.prices == tuple(TWO_HOURS[:1])
    assert known.foreign == ["sensor.other"]

    # Who is named twice is told of once.
    options[CONF_PRICES] = {"import_entity": "sensor.other"}
    assert PriceList(hass, options).foreign == ["sensor.other"]


async def test_silent(hass: HomeAssistant) -> None:
    """Who was named to tell prices and has told none for a while is told of."""
    known = PriceList(hass, {CONF_PRICES_AHEAD: ["sensor.price"]})
    assert known.silent(0.0) == []
    assert known.silent(600.0) == ["sensor.price"]

    listed = {"data": [{"start": _iso(0), "value": 0.25}]}
    hass.states.async_set("sensor.price", "0.25", listed)
    assert known.silent(601.0) == []
    hass.states.async_set("sensor.price", "0.25")
    assert known.silent(602.0) == []
    assert known.silent(1201.9) == []
    assert known.silent(1202.0) == ["sensor.price"]


async def test_nobody_named(hass: HomeAssistant) -> None:
    """Who named no sensor misses none; one of the present price need not tell more."""
    for options in {}, {CONF_PRICES: {"import_entity": "sensor.price"}}:
        known = PriceList(hass, options)
        assert known.prices == ()
        assert known.silent(0.0) == known.silent(10_000.0) == []
