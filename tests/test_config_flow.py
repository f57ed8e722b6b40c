"""The config and reconfigure flows, on a port that a simulated site answers on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import contextmanager
import errno
import fcntl
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.components.usb import SerialDevice
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_PORT
from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    FlowResultType,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.bus.connection import ScanResult
from custom_components.twcmanager.bus.messages import Protocol, SlaveLinkReady
from custom_components.twcmanager.const import (
    CONF_CIRCUIT_LIMIT,
    CONF_PHASES,
    CONF_UNIT_LIMITS,
    DOMAIN,
    SIMULATOR_PORT,
)
from custom_components.twcmanager.simulator import (
    Faults,
    SimulatedSite,
    SimulatedUnit,
    SimulatorPort,
)

from .flows import STRINGS, Flow, choose, meet, proposed, submit

pytestmark = pytest.mark.usefixtures("setup_entry", "check_texts")

BUS = "custom_components.twcmanager.bus"
WIRING = {CONF_CIRCUIT_LIMIT: 32, "unit_1": 16, "unit_2": 10.5, CONF_PHASES: "3"}
LIMITS = {"4F1A": 16.0, "82C6": 10.5}
NO_SUN = {"source": "none"}


type OpenSite = Callable[..., Awaitable[SimulatorPort]]


# --- what is around a flow ------------------------------------------------------------


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scan in about a second instead of 5 to 13."""
    monkeypatch.setattr(f"{BUS}.master.LISTEN_S", 0.05)
    monkeypatch.setattr(f"{BUS}.announcement._INTERVAL_S", 0.02)
    monkeypatch.setattr(f"{BUS}.connection._SCAN_ENOUGH_S", 0.8)
    monkeypatch.setattr(f"{BUS}.connection._SCAN_S", 1.0)
    monkeypatch.setattr(f"{BUS}.connection._SCAN_STEP_S", 0.02)


@pytest.fixture
async def open_site() -> AsyncGenerator[OpenSite]:
    """Return how to make a port with a site on it."""
    ports: list[SimulatorPort] = []

    async def make(
        *units: SimulatedUnit, faults: Faults | None = None, **how: Any
    ) -> SimulatorPort:
        site = SimulatedSite(
            units=list(units),
            faults=faults or Faults(),
            now=asyncio.get_running_loop().time(),
        )
        port = SimulatorPort(site, **how)
        await port.open()
        ports.append(port)
        return port

    yield make
    for port in ports:
        await port.close()


@pytest.fixture
async def two_units(open_site: OpenSite) -> SimulatorPort:
    """Return a port with two Wall Connectors."""
    return await open_site(
        SimulatedUnit(unit_id=0x82C6, protocol=Protocol.V1, rating_a=80.0),
        SimulatedUnit(unit_id=0x4F1A),
    )


@pytest.fixture
def scanned() -> Generator[None]:
    """Take it for granted that a scan finds those two."""
    result = ScanResult(
        units=(
            SlaveLinkReady(0x82C6, 0x5A, 80.0, Protocol.V1),
            SlaveLinkReady(0x4F1A, 0x5A, 32.0, Protocol.V2),
        ),
        foreign_master=False,
        echo=False,
        garbage=False,
    )
    with patch(f"custom_components.{DOMAIN}.port_flow.scan", return_value=result):
        yield


@contextmanager
def held(port: str) -> Generator[None]:
    """Keep everyone else from opening a port."""
    with Path(port).open("rb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bus_entry(hass: HomeAssistant, port: str, **options: Any) -> MockConfigEntry:
    """Add an entry of two units."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Wall Connectors",
        data={
            CONF_PORT: port,
            CONF_CIRCUIT_LIMIT: 32.0,
            CONF_UNIT_LIMITS: LIMITS,
            CONF_PHASES: 3,
        },
        options=options,
    )
    entry.add_to_hass(hass)
    return entry


# --- how people go through a flow -----------------------------------------------------


async def start(hass: HomeAssistant, choice: str) -> Flow:
    """Choose in the first menu."""
    result: Flow = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["serial", "simulator"]
    return await choose(hass, result, choice)


async def listen(hass: HomeAssistant, flow: Flow) -> Flow:
    """Wait for the end of a scan."""
    assert flow["type"] is FlowResultType.SHOW_PROGRESS
    assert flow["step_id"] == "scan"
    await hass.async_block_till_done()
    result: Flow = await hass.config_entries.flow.async_configure(flow["flow_id"])
    return result


async def scan(hass: HomeAssistant, port: str) -> Flow:
    """Choose a port and wait for the end of the scan."""
    flow = await start(hass, "serial")
    return await listen(hass, await submit(hass, flow, {CONF_PORT: port}))


async def to_sources(hass: HomeAssistant, port: str) -> Flow:
    """Go on to the last step."""
    flow = await submit(hass, await scan(hass, port), {})
    return await submit(hass, flow, WIRING)


# --- the whole way --------------------------------------------------------------------


async def test_serial(
    hass: HomeAssistant, two_units: SimulatorPort, setup_entry: AsyncMock
) -> None:
    """Find two units, ask for limits and the sun, and add the bus."""
    heard: list[float] = []

    async def hear(event: Event) -> None:
        heard.append(event.data["progress"])

    hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE, hear)

    flow = await start(hass, "serial")
    assert flow["step_id"] == "serial"
    flow = await submit(hass, flow, {CONF_PORT: f" {two_units.url} "})
    # A browser that looks again sees that it goes on.
    again = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert again["type"] is FlowResultType.SHOW_PROGRESS

    flow = await listen(hass, flow)
    assert heard == sorted(set(heard))
    assert 0.3 < heard[-1] <= 1.0
    assert flow["step_id"] == "units"
    rows = flow["description_placeholders"]["units"].splitlines()
    assert sorted(rows) == ["| 4F1A | 32 A | 2 |", "| 82C6 | 80 A | 1 |"]

    flow = await submit(hass, flow, {})
    assert flow["step_id"] == "wiring"
    assert proposed(flow) == {
        CONF_CIRCUIT_LIMIT: 6.0,
        "unit_1": 6.0,
        "unit_2": 6.0,
        CONF_PHASES: "1",
    }
    placeholders = flow["description_placeholders"]
    assert [placeholders["unit_1"], placeholders["rating_unit_1"]] == [
        "Wall Connector 4F1A",
        "32",
    ]
    assert [placeholders["unit_2"], placeholders["rating_unit_2"]] == [
        "Wall Connector 82C6",
        "80",
    ]

    flow = await submit(hass, flow, WIRING)
    assert flow["step_id"] == "sources"
    flow = await submit(hass, flow, NO_SUN)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["title"] == "Wall Connectors"
    assert flow["data"] == {
        CONF_PORT: two_units.url,
        CONF_CIRCUIT_LIMIT: 32.0,
        CONF_UNIT_LIMITS: LIMITS,
        CONF_PHASES: 3,
    }
    assert flow["options"] == {}
    assert len(setup_entry.mock_calls) == 1


@pytest.mark.usefixtures("scanned")
async def test_with_the_sun(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Name a meter on the way, see what it says, and keep it with the new bus."""
    hass.states.async_set("sensor.meter", "-1.5", {"unit_of_measurement": "kW"})
    flow = await to_sources(hass, two_units.url)
    flow = await submit(hass, flow, {"source": "by_hand"})
    flow = await choose(hass, flow, "signed")
    flow = await submit(hass, flow, {"entities": ["sensor.meter"]})
    flow = await submit(hass, flow, {})
    assert "exports 1.5 kW" in flow["description_placeholders"]["reading"]
    flow = await choose(hass, flow, "accept")
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["data"][CONF_PORT] == two_units.url
    assert flow["options"]["sources"]["grid"] == {
        "kind": "signed",
        "entities": ["sensor.meter"],
        "inverted": False,
    }


@pytest.mark.parametrize("choice", ["serial", "simulator"])
async def test_simulator(hass: HomeAssistant, choice: str) -> None:
    """Add the simulated home, once; its name is no port."""
    flow = await start(hass, "simulator")
    assert flow["step_id"] == "simulator"
    flow = await submit(hass, flow, {})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["title"] == "Simulated home"
    assert flow["data"] == {
        CONF_PORT: SIMULATOR_PORT,
        CONF_CIRCUIT_LIMIT: 32.0,
        CONF_UNIT_LIMITS: {"4F1A": 32.0, "82C6": 32.0},
        CONF_PHASES: 1,
    }
    assert not flow["options"]

    flow = await start(hass, choice)
    if choice == "serial":
        flow = await submit(hass, flow, {CONF_PORT: SIMULATOR_PORT})
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_configured"


async def test_network(
    socket_enabled: None, hass: HomeAssistant, open_site: OpenSite
) -> None:
    """Try again when a gateway that refused is there."""
    port = await open_site(SimulatedUnit(unit_id=0x4F1A), tcp_port=0)
    await port.vanish()
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: port.url})
    assert flow["errors"] == {CONF_PORT: "port_unreachable"}
    assert proposed(flow) == {CONF_PORT: port.url}

    await port.come_back()
    flow = await listen(hass, await submit(hass, flow, proposed(flow)))
    assert flow["step_id"] == "units"

    # Nobody locks a gateway: its address is all there is to see that two are the same.
    other = await start(hass, "serial")
    other = await submit(hass, other, {CONF_PORT: f"{port.url.replace('s', 'S', 1)}/"})
    assert other["reason"] == "already_in_progress"


# --- ports ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "port_missing"),
        ("/dev/ttyUSB99", "port_missing"),
        ("/dev/null", "port_not_serial"),
        ("/dev/tty\0", "port_malformed"),
        ("socket://gateway", "port_malformed"),
        ("gopher://gateway:70", "port_malformed"),
        ("esphome-hass://esphome/01J?port_name=RS485", "port_unreachable"),
    ],
)
async def test_port_refused(
    hass: HomeAssistant, two_units: SimulatorPort, typed: str, error: str
) -> None:
    """Tell what is wrong with a port, keep what was typed, and go on with another."""
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: typed})
    assert flow["step_id"] == "serial"
    assert flow["errors"] == {CONF_PORT: error}
    assert proposed(flow) == {CONF_PORT: typed}

    flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    flow = await listen(hass, flow)
    assert flow["step_id"] == "units"


async def test_port_busy(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Tell that somebody else holds the port."""
    flow = await start(hass, "serial")
    with held(two_units.url):
        flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    assert flow["errors"] == {CONF_PORT: "port_busy"}

    flow = await listen(hass, await submit(hass, flow, proposed(flow)))
    assert flow["step_id"] == "units"


async def test_port_forbidden(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Tell that access to the port is missing."""
    flow = await start(hass, "serial")
    with patch("os.open", side_effect=PermissionError(errno.EACCES, "denied")):
        flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    assert flow["errors"] == {CONF_PORT: "port_forbidden"}

    flow = await listen(hass, await submit(hass, flow, proposed(flow)))
    assert flow["step_id"] == "units"


async def test_port_lost(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Go back to the port if it fails while it is listened to."""
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    await asyncio.sleep(0.2)
    await two_units.vanish()
    flow = await listen(hass, flow)
    assert flow["step_id"] == "serial"
    assert flow["errors"] == {CONF_PORT: "port_unreachable"}
    assert CONF_PORT in proposed(flow)

    # It does not keep anyone else from trying.
    await two_units.come_back()
    other = await scan(hass, two_units.url)
    assert other["step_id"] == "units"


async def test_closed_while_scanning(
    hass: HomeAssistant, two_units: SimulatorPort
) -> None:
    """Release the port when the dialog is closed."""
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    await asyncio.sleep(0.1)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    # Nothing in Home Assistant waits for what was cancelled.
    await asyncio.sleep(0.2)
    assert (await scan(hass, two_units.url))["step_id"] == "units"


@pytest.mark.parametrize("other_name", [False, True])
async def test_port_of_another_entry(
    hass: HomeAssistant, tmp_path: Path, two_units: SimulatorPort, other_name: bool
) -> None:
    """Refuse a port that is set up already, whatever it is called."""
    link = tmp_path / "adapter"
    link.symlink_to(two_units.url)
    bus_entry(hass, str(link) if other_name else two_units.url)
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: two_units.url})
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_configured"


@pytest.mark.usefixtures("scanned")
async def test_port_of_another_flow(
    hass: HomeAssistant, tmp_path: Path, two_units: SimulatorPort
) -> None:
    """Refuse a port that is just being set up."""
    link = tmp_path / "adapter"
    link.symlink_to(two_units.url)
    await scan(hass, two_units.url)
    flow = await start(hass, "serial")
    flow = await submit(hass, flow, {CONF_PORT: str(link)})
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_in_progress"


@pytest.mark.parametrize(
    ("description", "title"),
    [("FT232R USB UART", "FT232R USB UART"), (None, "Wall Connectors")],
)
@pytest.mark.usefixtures("scanned")
async def test_names_of_the_adapter(
    hass: HomeAssistant,
    tmp_path: Path,
    two_units: SimulatorPort,
    description: str | None,
    title: str,
) -> None:
    """Keep the name that lasts, and call the entry what the adapter is called."""
    link = str(tmp_path / "usb-FTDI_FT232R_USB_UART-if00-port0")
    Path(link).symlink_to(two_units.url)
    other = SerialDevice(
        device="/dev/ttyS0", serial_number=None, manufacturer=None, description="COM1"
    )
    adapter = SerialDevice(
        device=two_units.url,
        resolved_device=two_units.url,
        serial_number=None,
        manufacturer=None,
        description=description,
    )
    with (
        patch("homeassistant.components.usb.get_serial_by_id", return_value=link),
        patch(
            "homeassistant.components.usb.async_scan_serial_ports",
            return_value=[other, adapter],
        ),
    ):
        flow = await submit(hass, await to_sources(hass, two_units.url), NO_SUN)
    assert flow["title"] == title
    assert flow["data"][CONF_PORT] == link


@pytest.mark.usefixtures("scanned")
async def test_no_names(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Do without the description where ports cannot be listed."""
    flow = await to_sources(hass, two_units.url)
    with patch(
        "homeassistant.components.usb.async_scan_serial_ports", side_effect=OSError
    ):
        flow = await submit(hass, flow, NO_SUN)
    assert flow["title"] == "Wall Connectors"


# --- what may be on the line ----------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "step_id"),
    [
        (Faults(), "nothing_found"),
        (Faults(echo=True), "only_echo"),
        (Faults(noise_per_s=50), "only_garbage"),
        (Faults(noise_per_s=50, echo=True), "only_garbage"),
    ],
)
async def test_nothing_found(
    hass: HomeAssistant, open_site: OpenSite, faults: Faults, step_id: str
) -> None:
    """Tell what to check, listen again, go back to the port, and go on without units."""
    port = await open_site(faults=faults)
    flow = await scan(hass, port.url)
    assert flow["type"] is FlowResultType.MENU
    assert flow["step_id"] == step_id
    assert flow["menu_options"] == ["scan", "serial", "wiring"]

    flow = await choose(hass, flow, "serial")
    assert proposed(flow) == {CONF_PORT: port.url}
    assert not flow["errors"]
    flow = await listen(hass, await submit(hass, flow, proposed(flow)))
    assert flow["step_id"] == step_id

    flow = await choose(hass, flow, "wiring")
    assert proposed(flow) == {CONF_CIRCUIT_LIMIT: 6.0, CONF_PHASES: "1"}
    flow = await submit(hass, flow, {})
    flow = await submit(hass, flow, NO_SUN)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["data"] == {
        CONF_PORT: port.url,
        CONF_CIRCUIT_LIMIT: 6.0,
        CONF_UNIT_LIMITS: {},
        CONF_PHASES: 1,
    }
    assert flow["options"] == {}


async def test_listen_again(hass: HomeAssistant, two_units: SimulatorPort) -> None:
    """Find units that were silent at first."""
    two_units.site.faults.all_silent = True
    flow = await scan(hass, two_units.url)
    assert flow["step_id"] == "nothing_found"

    two_units.site.faults.all_silent = False
    flow = await listen(hass, await choose(hass, flow, "scan"))
    assert flow["step_id"] == "units"


async def test_other_master(
    hass: HomeAssistant, two_units: SimulatorPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tell that somebody else is in charge, and go on all the same if told to."""
    monkeypatch.setattr(f"{BUS}.connection._SCAN_ENOUGH_S", 1.5)
    monkeypatch.setattr(f"{BUS}.connection._SCAN_S", 1.5)
    two_units.site.faults.other_master_id = 0x1234
    flow = await scan(hass, two_units.url)
    assert flow["type"] is FlowResultType.MENU
    assert flow["step_id"] == "other_master"
    assert flow["menu_options"] == ["scan", "wiring"]

    flow = await listen(hass, await choose(hass, flow, "scan"))
    flow = await choose(hass, flow, "wiring")
    assert flow["step_id"] == "wiring"


async def test_too_many_units(hass: HomeAssistant, open_site: OpenSite) -> None:
    """Tell that one line takes three, and ask for the limits of all that were heard."""
    port = await open_site(
        *[SimulatedUnit(unit_id=unit_id, seed=unit_id) for unit_id in (1, 2, 3, 4)]
    )
    flow = await scan(hass, port.url)
    assert flow["type"] is FlowResultType.MENU
    assert flow["step_id"] == "too_many_units"
    assert len(flow["description_placeholders"]["units"].splitlines()) == 4

    flow = await choose(hass, flow, "wiring")
    assert [f"unit_{number}" in proposed(flow) for number in (4, 5)] == [True, False]


# --- limits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "error", "figures"),
    [
        ({CONF_CIRCUIT_LIMIT: 5.9}, {CONF_CIRCUIT_LIMIT: "below_minimum"}, ["5.9"]),
        (
            {CONF_CIRCUIT_LIMIT: 241},
            {CONF_CIRCUIT_LIMIT: "circuit_above_largest"},
            ["241"],
        ),
        ({CONF_CIRCUIT_LIMIT: "nan"}, {CONF_CIRCUIT_LIMIT: "not_a_number"}, []),
        ({"unit_1": "inf"}, {"unit_1": "not_a_number"}, []),
        ({"unit_1": 0}, {"unit_1": "below_minimum"}, ["0"]),
        ({"unit_1": -16}, {"unit_1": "below_minimum"}, ["-16"]),
        ({"unit_2": 80.5}, {"unit_2": "above_largest"}, ["80.5"]),
        ({"unit_1": 33}, {"unit_1": "above_rating"}, ["33", "32", "4F1A"]),
        (
            {"unit_1": 40, "unit_2": 50},
            {"unit_1": "above_rating"},
            ["40", "32", "4F1A"],
        ),
        ({"unit_2": 40}, {"unit_2": "above_circuit"}, ["40", "32"]),
    ],
)
@pytest.mark.usefixtures("scanned")
async def test_limits_refused(
    hass: HomeAssistant,
    two_units: SimulatorPort,
    typed: dict[str, Any],
    error: dict[str, str],
    figures: list[str],
) -> None:
    """Refuse limits beyond what things are rated for, with all the figures."""
    flow = await submit(hass, await scan(hass, two_units.url), {})
    flow = await submit(hass, flow, {**WIRING, **typed})
    assert flow["step_id"] == "wiring"
    assert flow["errors"] == error
    [key] = error.values()
    text = STRINGS["config"]["error"][key].format(**flow["description_placeholders"])
    for figure in figures:
        assert f"{figure} " in text
    kept = {**WIRING, **typed}
    assert {field: str(value) for field, value in proposed(flow).items()} == {
        field: str(float(value)) if field != CONF_PHASES else value
        for field, value in kept.items()
    }

    flow = await submit(hass, flow, WIRING)
    assert flow["step_id"] == "sources"


async def test_unbelievable_rating(hass: HomeAssistant, open_site: OpenSite) -> None:
    """Go by the largest rating there is if a unit tells none."""
    port = await open_site(SimulatedUnit(unit_id=0x4F1A, rating_a=0.0))
    flow = await submit(hass, await scan(hass, port.url), {})
    assert flow["description_placeholders"]["rating_unit_1"] == "80"
    flow = await submit(hass, flow, {CONF_CIRCUIT_LIMIT: 100, "unit_1": 80})
    assert flow["step_id"] == "sources"


# --- later ----------------------------------------------------------------------------


async def reconnect(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Begin to change the connection and the limits."""
    flow: Flow = await entry.start_reconfigure_flow(hass)
    assert flow["step_id"] == "reconfigure"
    return await choose(hass, flow, "connection")


async def test_reconfigure_while_running(
    hass: HomeAssistant,
    tmp_path: Path,
    two_units: SimulatorPort,
    setup_entry: AsyncMock,
) -> None:
    """Change limits, and the name of the port, without touching the port that is held."""
    link = tmp_path / "adapter"
    link.symlink_to(two_units.url)
    entry = bus_entry(hass, two_units.url)
    await hass.config_entries.async_setup(entry.entry_id)
    meet(entry, **{"82C6": 80.0, "1111": 48.0})
    with held(two_units.url):
        flow: Flow = await reconnect(hass, entry)
        assert flow["step_id"] == "connection"
        # The unit that was met since has no limit yet, so it is offered the least.
        assert proposed(flow) == {
            CONF_PORT: two_units.url,
            CONF_CIRCUIT_LIMIT: 32.0,
            "unit_1": 6.0,
            "unit_2": 16.0,
            "unit_3": 10.5,
            CONF_PHASES: "3",
        }
        placeholders = flow["description_placeholders"]
        assert [placeholders[f"unit_{number}"] for number in (1, 2, 3)] == [
            "Wall Connector 1111",
            "Wall Connector 4F1A",
            "Wall Connector 82C6",
        ]
        typed = {
            CONF_PORT: str(link),
            CONF_CIRCUIT_LIMIT: 60,
            "unit_1": 48.5,
            "unit_2": 40,
            "unit_3": 50,
            CONF_PHASES: "1",
        }
        # Another unit turns up meanwhile; the fields stay whose they were.
        meet(entry, **{"0001": 32.0, "82C6": 80.0, "1111": 48.0})
        flow = await submit(hass, flow, typed)
        assert flow["errors"] == {"unit_1": "above_rating"}
        placeholders = flow["description_placeholders"]
        assert (placeholders["limit"], placeholders["rating"]) == ("48.5", "48")
        assert proposed(flow) == typed

        flow = await submit(hass, flow, {**typed, "unit_1": 48})
        assert flow["type"] is FlowResultType.ABORT
        assert flow["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
    assert entry.data == {
        CONF_PORT: str(link),
        CONF_CIRCUIT_LIMIT: 60.0,
        CONF_UNIT_LIMITS: {"1111": 48.0, "4F1A": 40.0, "82C6": 50.0},
        CONF_PHASES: 1,
    }
    assert len(setup_entry.mock_calls) == 2


async def test_reconfigure_port(
    hass: HomeAssistant, two_units: SimulatorPort, open_site: OpenSite
) -> None:
    """Move to a port that opens and is nobody else's."""
    entry = bus_entry(hass, "/dev/ttyUSB99")
    taken = await open_site()
    bus_entry(hass, taken.url)
    flow: Flow = await reconnect(hass, entry)
    typed = {**proposed(flow), CONF_PORT: "/dev/null", "unit_1": 5}
    flow = await submit(hass, flow, typed)
    assert flow["errors"] == {
        CONF_PORT: "port_not_serial",
        "unit_1": "below_minimum",
    }
    assert proposed(flow) == typed

    flow = await submit(hass, flow, {**typed, CONF_PORT: two_units.url, "unit_1": 20})
    assert flow["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data[CONF_PORT] == two_units.url
    assert entry.data[CONF_UNIT_LIMITS] == {"4F1A": 20.0, "82C6": 10.5}

    flow = await reconnect(hass, entry)
    flow = await submit(hass, flow, {**proposed(flow), CONF_PORT: taken.url})
    assert flow["reason"] == "already_configured"


async def test_reconfigure_many_units(hass: HomeAssistant) -> None:
    """Keep the limits of units there is no field for."""
    entry = bus_entry(hass, "/dev/ttyUSB99")
    limits = {f"{number:04X}": 10.0 for number in range(1, 9)}
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_UNIT_LIMITS: limits}
    )
    flow: Flow = await reconnect(hass, entry)
    assert "unit_7" not in proposed(flow)
    await submit(hass, flow, {**proposed(flow), "unit_6": 12})
    await hass.async_block_till_done()
    assert entry.data[CONF_UNIT_LIMITS] == {**limits, "0006": 12.0}


async def test_reconfigure_simulator(hass: HomeAssistant) -> None:
    """Change nothing but the limits of a simulated home."""
    entry = bus_entry(hass, SIMULATOR_PORT)
    flow: Flow = await reconnect(hass, entry)
    assert proposed(flow) == {CONF_CIRCUIT_LIMIT: 32.0, "unit_1": 16.0, "unit_2": 10.5}
    flow = await submit(hass, flow, {**proposed(flow), CONF_CIRCUIT_LIMIT: 20})
    assert flow["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data == {
        CONF_PORT: SIMULATOR_PORT,
        CONF_CIRCUIT_LIMIT: 20.0,
        CONF_UNIT_LIMITS: LIMITS,
        CONF_PHASES: 3,
    }
