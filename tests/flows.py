"""How people go through the flows, and what they have to be shown on the way."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
import json
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import (
    ConfigEntriesFlowManager,
    ConfigSubentryFlowManager,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType, section
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.twcmanager.const import DOMAIN, SUBENTRY_VEHICLE

STRINGS: Final[dict[str, Any]] = json.loads(
    Path("custom_components/twcmanager/translations/en.json").read_text("utf-8")
)

type Flow = Mapping[str, Any]


async def choose(hass: HomeAssistant, flow: Flow, choice: str) -> Flow:
    """Choose in a menu."""
    return await submit(hass, flow, {"next_step_id": choice})


async def submit(hass: HomeAssistant, flow: Flow, typed: dict[str, Any]) -> Flow:
    """Fill in a form and submit it."""
    entries = hass.config_entries
    manager: FlowManager[Any, Any, Any] = entries.options
    if flow["handler"] == DOMAIN:
        manager = entries.flow
    elif isinstance(flow["handler"], tuple):
        manager = entries.subentries
    result: Flow = await manager.async_configure(flow["flow_id"], typed)
    return result


def proposed(flow: Flow) -> dict[str, Any]:
    """Return what a form is filled in with; of a folded part only if there is anything."""
    assert flow["type"] is FlowResultType.FORM
    return _proposed(flow["data_schema"])


def _proposed(schema: probatio.Schema) -> dict[str, Any]:
    values = {}
    for field, each in schema.schema.items():
        if isinstance(each, section):
            if within := _proposed(each.schema):
                values[field.schema] = within
        elif field.description and "suggested_value" in field.description:
            values[field.schema] = field.description["suggested_value"]
        elif callable(field.default):
            values[field.schema] = field.default()
    return values


def folded(flow: Flow) -> dict[str, bool]:
    """Return which parts of a form are folded."""
    return {
        field.schema: each.options["collapsed"]
        for field, each in flow["data_schema"].schema.items()
        if isinstance(each, section)
    }


def meet(entry: MockConfigEntry, *vins: str, **ratings: float) -> None:
    """Let a running entry have met these units, and have read these VINs."""
    entry.runtime_data = SimpleNamespace(
        identities=(), known_units=ratings, vins_read=set(vins)
    )


# --- texts ----------------------------------------------------------------------------


@contextmanager
def texts_checked() -> Generator[None]:
    """See that whatever a flow shows has a text, and every text its placeholders."""
    handle_step = FlowManager._async_handle_step  # noqa: SLF001

    async def handle_step_and_check(
        manager: FlowManager[Any, Any, Any], *args: Any
    ) -> Any:
        result = await handle_step(manager, *args)
        _check_texts(_texts_of(manager), result)
        return result

    with patch.object(FlowManager, "_async_handle_step", handle_step_and_check):
        yield


def _texts_of(manager: FlowManager[Any, Any, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = STRINGS["options"]
    if isinstance(manager, ConfigEntriesFlowManager):
        texts = STRINGS["config"]
    elif isinstance(manager, ConfigSubentryFlowManager):
        texts = STRINGS["config_subentries"][SUBENTRY_VEHICLE]
    return texts


def _check_texts(strings: dict[str, Any], result: Flow) -> None:
    texts: list[str] = []
    step = strings["step"].get(result.get("step_id"), {})
    match result["type"]:
        case FlowResultType.ABORT:
            if result.get("translation_domain") != "homeassistant":
                texts.append(strings["abort"][result["reason"]])
        case FlowResultType.SHOW_PROGRESS:
            texts += [strings["progress"][result["progress_action"]], step["title"]]
        case FlowResultType.MENU:
            options = step["menu_options"]
            # Some choices are not offered always.
            assert set(options) >= set(result["menu_options"])
            texts += [step["title"], step["description"], *options.values()]
        case FlowResultType.FORM:
            texts += [step["title"], step["description"]]
            texts += _texts_of_fields(step, result["data_schema"])
            texts += [
                strings["error"][key] for key in (result["errors"] or {}).values()
            ]
    given = set(result.get("description_placeholders") or ())
    for text in texts:
        assert "[%key" not in text
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= given


def _texts_of_fields(
    texts: Mapping[str, Any], schema: probatio.Schema | None
) -> list[str]:
    found: list[str] = []
    for field, each in schema.schema.items() if schema else ():
        if isinstance(each, section):
            within = texts["sections"][field]
            found += [within["name"], within["description"]]
            found += _texts_of_fields(within, each.schema)
        else:
            found += [texts["data"][field], texts["data_description"][field]]
    return found
