"""What a kWh costs at this moment, whatever the unit it is told in."""

from typing import Any

from homeassistant.core import HomeAssistant, State
import pytest

from custom_components.twcmanager.charging.origin import Tariff
from custom_components.twcmanager.prices import PriceProblem, Prices, price_of

PRICE = "sensor.price"
FEED_IN = "sensor.feed_in"


@pytest.fixture(autouse=True)
def euro(hass: HomeAssistant) -> None:
    """Pay in euro."""
    hass.config.currency = "EUR"


@pytest.mark.parametrize(
    ("value", "unit", "currency", "price"),
    [
        # Nord Pool, Tibber, ENTSO-E
        ("0.31", "EUR/kWh", "EUR", 0.31),
        ("0.31", "€/kWh", "EUR", 0.31),
        ("2.85", "NOK/kWh", "NOK", 2.85),
        ("2.85", "kr/kWh", "SEK", 2.85),
        # aWATTar and the exchange
        ("310", "EUR/MWh", "EUR", 0.31),
        ("31", "ct/kWh", "EUR", 0.31),
        ("31", "Cent/kWh", "EUR", 0.31),
        ("285", "öre/kWh", "SEK", 2.85),
        # Octopus, Amber
        ("0.24", "GBP/kWh", "GBP", 0.24),
        ("24", "p/kWh", "GBP", 0.24),
        ("24", "GBp/kWh", "GBP", 0.24),
        ("0.41", "$/kWh", "AUD", 0.41),
        ("0.41", "A$ / kWh", "AUD", 0.41),
        ("41", "¢/kWh", "USD", 0.41),
        ("-0.05", "EUR/kWh", "EUR", -0.05),
        ("0.00031", "EUR/Wh", "EUR", 0.31),
        # Templates and number helpers often have none.
        ("0.31", None, "EUR", 0.31),
    ],
)
def test_units(value: str, unit: str | None, currency: str, price: float) -> None:
    """Money per energy, hundredths of it too."""
    attributes = {"unit_of_measurement": unit} if unit else {}
    told = price_of(State(PRICE, value, attributes), currency)
    assert told == pytest.approx(price)


@pytest.mark.parametrize(
    ("value", "unit", "problem"),
    [
        ("2.85", "NOK/kWh", PriceProblem.NO_PRICE),
        ("2.85", "kr/kWh", PriceProblem.NO_PRICE),
        ("2300", "W", PriceProblem.NO_PRICE),
        ("0.31", "EUR", PriceProblem.NO_PRICE),
        ("0.31", "EUR/h", PriceProblem.NO_PRICE),
        ("0.31", "pears/kWh", PriceProblem.NO_PRICE),
        ("1e9", "EUR/kWh", PriceProblem.NO_PRICE),
        ("unavailable", "EUR/kWh", PriceProblem.MISSING),
        ("unknown", None, PriceProblem.MISSING),
        ("cheap", "EUR/kWh", PriceProblem.MISSING),
        ("nan", "EUR/kWh", PriceProblem.MISSING),
    ],
)
def test_no_price(value: str, unit: str | None, problem: PriceProblem) -> None:
    """Another currency, another quantity, or nothing to say."""
    attributes = {"unit_of_measurement": unit} if unit else {}
    assert price_of(State(PRICE, value, attributes), "EUR") is problem


def test_no_sensor() -> None:
    """It is not there."""
    assert price_of(None, "EUR") is PriceProblem.MISSING


def _tell(hass: HomeAssistant, price: object, unit: str = "EUR/kWh") -> None:
    hass.states.async_set(PRICE, str(price), {"unit_of_measurement": unit})


def _wrong(prices: Prices, now: float) -> dict[PriceProblem, list[str]]:
    return {what: who for what, who in prices.problems(now).items() if who}


async def test_nothing_was_entered(hass: HomeAssistant) -> None:
    """Then nothing is known, and nothing is wrong."""
    prices = Prices(hass, None)
    assert prices.tariff(hass.loop.time()) == Tariff()
    assert not _wrong(prices, hass.loop.time())
    assert prices.export_told() is None
    assert prices.told() is None


@pytest.mark.parametrize(
    ("options", "tariff"),
    [
        (
            {"import_price": 0.3},
            Tariff(import_price=0.3, currency="EUR"),
        ),
        (
            {"import_price": None, "export_price": 0.08},
            Tariff(export_price=0.08, currency="EUR"),
        ),
        (
            {"import_price": 0.0, "export_price": 0.0},
            Tariff(import_price=0.0, export_price=0.0, currency="EUR"),
        ),
    ],
)
async def test_fixed(
    hass: HomeAssistant, options: dict[str, Any], tariff: Tariff
) -> None:
    """A price that was entered holds at all times; it may be 0."""
    assert Prices(hass, options).tariff(hass.loop.time()) == tariff


async def test_sensor(hass: HomeAssistant) -> None:
    """It is read at every moment."""
    now = hass.loop.time()
    prices = Prices(hass, {"import_entity": PRICE})
    _tell(hass, 0.31)
    assert prices.tariff(now).import_price == 0.31
    _tell(hass, 25, "ct/kWh")
    assert prices.tariff(now + 1).import_price == 0.25


async def test_a_gap(hass: HomeAssistant) -> None:
    """The last price holds for an hour, then what was entered for that case."""
    now = hass.loop.time()
    prices = Prices(hass, {"import_entity": PRICE, "import_price": 0.4})
    _tell(hass, 0.31)
    prices.tariff(now)
    _tell(hass, "unavailable")

    assert prices.tariff(now + 3599).import_price == 0.31
    assert not _wrong(prices, now + 3599)
    assert prices.tariff(now + 3601).import_price == 0.4
    assert _wrong(prices, now + 3601) == {PriceProblem.MISSING: [PRICE]}

    _tell(hass, 0.2)
    assert prices.tariff(now + 3602).import_price == 0.2
    assert not _wrong(prices, now + 3602)


async def test_a_gap_from_the_start(hass: HomeAssistant) -> None:
    """Integrations take a while to start; after that something is wrong."""
    now = hass.loop.time()
    prices = Prices(hass, {"import_entity": PRICE})
    assert prices.tariff(now) == Tariff()
    assert not _wrong(prices, now + 60)
    assert _wrong(prices, now + 3700) == {PriceProblem.MISSING: [PRICE]}


async def test_another_unit_is_told_at_once(hass: HomeAssistant) -> None:
    """Time does not mend it."""
    now = hass.loop.time()
    prices = Prices(hass, {"import_entity": PRICE})
    _tell(hass, 3.1, "SEK/kWh")
    assert prices.tariff(now).import_price is None
    assert _wrong(prices, now) == {PriceProblem.NO_PRICE: [PRICE]}


# --- what a kWh earns -----------------------------------------------------------------


async def test_export_sensor(hass: HomeAssistant) -> None:
    """It is read, held and missed as the other one is, and one may be both."""
    now = hass.loop.time()
    options = {"import_entity": PRICE, "export_entity": FEED_IN, "export_price": 0.05}
    prices = Prices(hass, options)
    _tell(hass, 0.31)
    hass.states.async_set(FEED_IN, "8", {"unit_of_measurement": "ct/kWh"})
    assert prices.tariff(now).export_price == 0.08
    assert prices.export_told() == 0.08

    hass.states.async_set(FEED_IN, "unavailable")
    # What nobody tells at the moment is no reason to do anything else.
    assert prices.export_told() is None
    assert prices.tariff(now + 3599).export_price == 0.08
    assert prices.tariff(now + 3601).export_price == 0.05
    assert _wrong(prices, now + 3601) == {PriceProblem.MISSING: [FEED_IN]}

    _tell(hass, 3.1, "SEK/kWh")
    prices.tariff(now + 3602)
    assert _wrong(prices, now + 3602) == {
        PriceProblem.MISSING: [FEED_IN],
        PriceProblem.NO_PRICE: [PRICE],
    }


async def test_fixed_export(hass: HomeAssistant) -> None:
    """It is told at any time."""
    assert Prices(hass, {"export_price": 0.0}).export_told() == 0.0
    assert Prices(hass, {"export_price": 0.0}).has_export
    assert not Prices(hass, {"import_price": 0.3}).has_export
