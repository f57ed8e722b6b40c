"""What the integration tells about itself: its files for Home Assistant, HACS and people."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
import importlib
import json
from pathlib import Path
import re
from string import Formatter
import struct
from typing import Any, Final
from unittest.mock import MagicMock

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.twcmanager.bus.connection import PortProblem
from custom_components.twcmanager.charging.schedule import Action
from custom_components.twcmanager.config_flow import TwcConfigFlow
from custom_components.twcmanager.const import DOMAIN, PLATFORMS
from custom_components.twcmanager.departures import Concern
from custom_components.twcmanager.options_flow import TwcOptionsFlow
from custom_components.twcmanager.prices import PriceProblem
from custom_components.twcmanager.services import async_setup_services
from custom_components.twcmanager.sources import ISSUES

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "custom_components" / DOMAIN

# Where the words of the flows are.
_FLOW_MODULES: Final = (
    "config_flow.py",
    "const.py",
    "forms.py",
    "limit_flow.py",
    "limit_forms.py",
    "options_flow.py",
    "port_flow.py",
    "price_flow.py",
    "schedule_flow.py",
    "source_flow.py",
    "source_forms.py",
    "source_preview.py",
    "vehicle_flow.py",
    "wiring_flow.py",
)

type Json = dict[str, Any]


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Spare these tests the start of Home Assistant: they only read."""


def _json(path: str) -> Json:
    """Return a file of the integration, and see that no key is there twice."""

    def unique(pairs: list[tuple[str, Any]]) -> Json:
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    text = (PACKAGE / path).read_text("utf-8")
    content: Json = json.loads(text, object_pairs_hook=unique)
    return content


MANIFEST: Final = _json("manifest.json")
TEXTS: Final = _json("translations/en.json")
ICONS: Final = _json("icons.json")


# --- what the code uses ---------------------------------------------------------------


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _calls(*names: str) -> Iterator[ast.Call]:
    """Return all calls in some modules of the integration."""
    for name in names or sorted(path.name for path in PACKAGE.glob("*.py")):
        for node in ast.walk(_tree(PACKAGE / name)):
            if isinstance(node, ast.Call):
                yield node


def _strings(*names: str) -> set[str]:
    """Return all strings in some modules of the integration."""
    return {
        node.value
        for name in names
        for node in ast.walk(_tree(PACKAGE / name))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _descriptions(platform: str) -> list[Any]:
    """Return the descriptions of all entities of a platform."""
    module = importlib.import_module(f"custom_components.{DOMAIN}.{platform}")
    return [
        each
        for value in vars(module).values()
        for each in (value if isinstance(value, tuple) else (value,))
        if isinstance(each, EntityDescription)
    ]


def _entities() -> list[tuple[str, Any]]:
    return [(str(each), what) for each in PLATFORMS for what in _descriptions(each)]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _all_texts(texts: Mapping[str, Any]) -> Iterator[str]:
    for value in texts.values():
        if isinstance(value, str):
            yield value
        else:
            yield from _all_texts(value)


# --- manifest -------------------------------------------------------------------------


def test_manifest_keys() -> None:
    """Home Assistant knows these keys, and wants them in this order."""
    keys = list(MANIFEST)

    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert set(keys) == {
        "after_dependencies",
        "codeowners",
        "config_flow",
        "dependencies",
        "documentation",
        "domain",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "loggers",
        "name",
        "requirements",
        "version",
    }


def test_manifest_values() -> None:
    """The values are of the kind that Home Assistant and HACS accept."""
    assert MANIFEST["domain"] == DOMAIN == PACKAGE.name
    assert MANIFEST["config_flow"] is True
    assert MANIFEST["integration_type"] in {"device", "hub", "service"}
    assert MANIFEST["iot_class"] == "local_push"
    assert all(re.fullmatch(r"@[\w-]+", each) for each in MANIFEST["codeowners"])
    assert MANIFEST["codeowners"]
    for key in "documentation", "issue_tracker":
        assert MANIFEST[key].startswith("https://github.com/")
    # Home Assistant pins the version of what it needs itself.
    assert MANIFEST["requirements"] == ["serialx>=1.15"]
    assert f"custom_components.{DOMAIN}" in MANIFEST["loggers"]


def test_version() -> None:
    """A version that cannot be compared is refused by the loader."""
    AwesomeVersion(
        MANIFEST["version"],
        ensure_strategy=[AwesomeVersionStrategy.SEMVER],
    )


def test_dependencies() -> None:
    """Whatever is imported of another integration is declared."""
    imported = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                if match := re.match(r"homeassistant\.components\.(\w+)", name):
                    imported.add(match[1])
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}

    # Platforms need no declaration, nor does what has a module of its name here.
    own = {*PLATFORMS, *(path.stem for path in PACKAGE.glob("*.py"))}
    assert imported - own == declared


def test_one_manifest() -> None:
    """Home Assistant's check takes every manifest it finds for an integration."""
    found = [
        path
        for folder in ("custom_components", "tests")
        for path in (ROOT / folder).rglob("manifest.json")
    ]
    assert found == [PACKAGE / "manifest.json"]


# --- HACS -----------------------------------------------------------------------------


def test_hacs() -> None:
    """HACS, or the Marketplace, knows these keys."""
    hacs: Json = json.loads((ROOT / "hacs.json").read_text("utf-8"))

    assert set(hacs) <= {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }
    assert hacs["name"] == MANIFEST["name"]
    assert AwesomeVersion(hacs["homeassistant"]) == "2026.10.0"
    assert hacs["zip_release"] is True
    assert hacs["filename"] == f"{DOMAIN}.zip"
    (first, *_) = sorted(
        path.name
        for path in (ROOT / "custom_components").iterdir()
        if path.is_dir() and not path.name.startswith("__")
    )
    assert first == DOMAIN


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_brand(name: str, size: int) -> None:
    """The icon is a square PNG that one can see through."""
    data = (PACKAGE / "brand" / name).read_bytes()

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    assert (width, height) == (size, size)
    rgba = 6
    assert colour == rgba


# --- platforms ------------------------------------------------------------------------


def test_platforms() -> None:
    """Every platform is there, in order, and says how many updates may run at once."""
    assert sorted(PLATFORMS) == PLATFORMS
    for platform in PLATFORMS:
        module = importlib.import_module(f"custom_components.{DOMAIN}.{platform}")
        assert module.PARALLEL_UPDATES == 0
        assert _descriptions(platform)


def test_unique_keys() -> None:
    """No two entities of one device have the same unique id."""
    for platform in PLATFORMS:
        keys = [each.key for each in _descriptions(platform)]
        assert len(keys) == len(set(keys))


# --- texts ----------------------------------------------------------------------------


def test_texts_are_final() -> None:
    """Nobody resolves references or renders HTML in a custom integration's texts."""
    for text in _all_texts(TEXTS):
        assert "[%key" not in text
        assert not re.search(r"</?\w", text), text
        assert text == text.strip()
        _placeholders(text)


def test_sections() -> None:
    """There are no texts that Home Assistant does not know."""
    assert set(TEXTS) == {
        "config",
        "config_subentries",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
    }


@pytest.mark.parametrize(("platform", "description"), _entities())
def test_entity_text(platform: str, description: Any) -> None:
    """Every entity has a name: one of its own or that of its device class."""
    if description.translation_key is None:
        assert description.device_class is not None
        return
    text = TEXTS["entity"][platform][description.translation_key]

    assert _placeholders(text["name"]) == set(
        description.translation_placeholders or ()
    )
    options = getattr(description, "options", None)
    assert set(text.get("state", ())) == set(options or ())
    if "unit_of_measurement" in text:
        assert description.native_unit_of_measurement is None


def test_no_orphaned_entity_texts() -> None:
    """Every text and every icon belongs to an entity."""
    used: dict[str, set[str]] = {}
    for platform, description in _entities():
        if description.translation_key:
            used.setdefault(platform, set()).add(description.translation_key)

    assert {key: set(value) for key, value in TEXTS["entity"].items()} == used
    for platform, icons in ICONS["entity"].items():
        assert set(icons) <= used[platform]


def test_exceptions() -> None:
    """Every exception a person may see has a text with what it is told."""
    used: dict[str, set[str]] = {}
    for call in _calls():
        given = {each.arg: each.value for each in call.keywords}
        if "translation_domain" not in given:
            continue
        match given["translation_key"]:
            case ast.Constant(value=str(key)):
                keys = [key]
            case _:
                # What is wrong with a port.
                keys = [str(problem) for problem in PortProblem]
        placeholders = given.get("translation_placeholders")
        names = placeholders.keys if isinstance(placeholders, ast.Dict) else []
        for key in keys:
            used[key] = {each.value for each in names if isinstance(each, ast.Constant)}  # type: ignore[misc]

    texts = TEXTS["exceptions"]
    assert {key: _placeholders(text["message"]) for key, text in texts.items()} == used


def test_issues() -> None:
    """Every repair issue has a title and a description with what it is told."""
    used: dict[str, set[str]] = {issue: {"entities"} for issue in ISSUES}
    # It is about entities that are not there.
    used["energy_without_power"] = set()
    used |= {issue: {"entities"} for issue in (*PriceProblem, *Concern)}
    # It stays until somebody has read it.
    used["sessions_set_aside"] = {"path"}
    for call in _calls("problems.py"):
        match call:
            case ast.Call(
                func=ast.Attribute(attr="update"), args=[ast.Constant(value=str(key))]
            ):
                names = {str(each.arg) for each in call.keywords}
                used[key] = names - {"active"}

    assert set(TEXTS["issues"]) == set(used)
    for key, text in TEXTS["issues"].items():
        assert set(text) in ({"title", "description"}, {"title", "fix_flow"})
        if "fix_flow" in text:
            text = text["fix_flow"]["step"]["confirm"]
        assert _placeholders(text["title"]) == {"bus"}
        assert _placeholders(text["description"]) == used[key]


@pytest.mark.parametrize(
    ("section", "flow"), [("config", TwcConfigFlow), ("options", TwcOptionsFlow)]
)
def test_flows(section: str, flow: type) -> None:
    """Every text of a flow belongs to a step, an error or the end of one."""
    said = _strings(*_FLOW_MODULES) | set(PortProblem)
    texts = TEXTS[section]

    assert set(texts) <= {"abort", "error", "progress", "step"}
    for step in texts["step"]:
        assert hasattr(flow, f"async_step_{step}")
    for part in "abort", "error", "progress":
        # Home Assistant itself aborts parallel flows.
        assert set(texts.get(part, ())) <= said | {"already_configured"}
    for step in texts["step"].values():
        assert set(step.get("data", ())) == set(step.get("data_description", ()))
        choices = step.get("menu_options", {})
        assert set(step.get("menu_option_descriptions", choices)) == set(choices)
        for choice in choices:
            assert hasattr(flow, f"async_step_{choice}")


def test_subentry_flows() -> None:
    """What may be added to an entry has its words, and no others."""
    flows = TwcConfigFlow.async_get_supported_subentry_types(MagicMock())

    assert set(TEXTS["config_subentries"]) == set(flows)
    for kind, flow in flows.items():
        texts = TEXTS["config_subentries"][kind]
        assert set(texts) == {"entry_type", "error", "initiate_flow", "step"}
        assert set(texts["initiate_flow"]) == {"reconfigure", "user"}
        assert set(texts["error"]) <= _strings(f"{kind}_flow.py")
        for name, step in texts["step"].items():
            assert hasattr(flow, f"async_step_{name}")
            assert set(step["data"]) == set(step["data_description"])


def test_selectors() -> None:
    """The options of select fields have texts, and all texts are of options."""
    said = _strings(*_FLOW_MODULES) | set(Action)
    assert set(TEXTS["selector"]) <= said
    for selector in TEXTS["selector"].values():
        assert set(selector["options"]) <= said


# --- icons ----------------------------------------------------------------------------


def test_icons() -> None:
    """Icons are Material Design Icons, and those of a state differ from the default."""
    assert set(ICONS) == {"entity", "services"}
    options = {
        (platform, each.translation_key): set(getattr(each, "options", None) or ())
        for platform, each in _entities()
    }
    for platform, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            assert set(icon) <= {"default", "state"}
            states = icon.get("state", {})
            assert icon["default"] not in states.values()
            assert set(states) <= options[platform, key]
            for name in icon["default"], *states.values():
                assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", name)


@pytest.mark.parametrize(("platform", "description"), _entities())
def test_every_entity_has_an_icon(platform: str, description: Any) -> None:
    """An entity's icon comes from its device class or from us."""
    by_class = description.device_class not in {None, "enum"}
    ours = description.translation_key in ICONS["entity"].get(platform, ())

    assert by_class or ours


# --- actions --------------------------------------------------------------------------


def _actions() -> Json:
    path = PACKAGE / "services.yaml"
    return load_yaml_dict(str(path)) if path.exists() else {}


async def test_actions_are_described(hass: HomeAssistant) -> None:
    """Every action has its fields, its words and its icon; nothing is left over."""
    async_setup_services(hass)

    registered = set(hass.services.async_services_for_domain(DOMAIN))
    assert registered == set(_actions())
    assert registered == set(TEXTS.get("services", {}))
    assert registered == set(ICONS.get("services", {}))
    for name, action in _actions().items():
        texts = TEXTS["services"][name]
        fields = (action or {}).get("fields", {})
        assert texts["name"]
        assert texts["description"]
        assert set(texts.get("fields", {})) == set(fields)
        for field in texts.get("fields", {}).values():
            assert set(field) == {"name", "description"}
        assert re.fullmatch(r"mdi:[a-z0-9-]+", ICONS["services"][name]["service"])


# --- quality scale --------------------------------------------------------------------

RULES: Final = """
action-setup appropriate-polling brands common-modules config-flow-test-coverage config-flow
dependency-transparency docs-actions docs-conditions docs-high-level-description
docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup
entity-unique-id has-entity-name runtime-data test-before-configure test-before-setup
unique-config-entry

action-exceptions config-entry-unloading docs-configuration-parameters
docs-installation-parameters entity-unavailable integration-owner log-when-unavailable
parallel-updates reauthentication-flow test-coverage

devices diagnostics discovery-update-info discovery docs-data-update docs-examples
docs-known-limitations docs-supported-devices docs-supported-functions docs-troubleshooting
docs-use-cases dynamic-devices entity-category entity-device-class entity-disabled-by-default
entity-translations exception-translations icon-translations reconfiguration-flow
repair-issues stale-devices

async-dependency inject-websession strict-typing
"""


def test_quality_scale() -> None:
    """Every rule of Home Assistant's quality scale has been thought about."""
    rules = load_yaml_dict(str(PACKAGE / "quality_scale.yaml"))["rules"]
    assert isinstance(rules, dict)

    assert list(rules) == RULES.split()
    for rule in rules.values():
        if isinstance(rule, str):
            assert rule in {"done", "todo"}
            continue
        assert rule["status"] in {"done", "todo", "exempt"}
        assert rule["comment"]


def test_rules_are_those_of_home_assistant() -> None:
    """The rules are those that an integration of the newest Home Assistant tracks."""
    (newest, *_) = [
        *ROOT.glob(
            ".venv-ha/lib/python*/site-packages/homeassistant/components/kaco_rs485/"
            "quality_scale.yaml"
        ),
        None,
    ]
    if newest is None:
        pytest.skip("needs .venv-ha")

    assert set(load_yaml_dict(str(newest))["rules"]) == set(RULES.split())
