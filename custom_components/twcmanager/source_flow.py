"""The part of the flows about where the watts come from: proposed, or by hand, and confirmed."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryBaseFlow, ConfigFlowResult
from homeassistant.helpers import entity_registry as er

from .detection import Proposal, Sources, entities_of, proposals
from .forms import Errors
from .source_forms import (
    BY_HAND,
    GRID_SCHEMAS,
    NO_SOURCE,
    SOURCE,
    home_as_typed,
    home_schema,
    source_field,
    typed_grid,
    typed_home,
)
from .source_preview import Preview, Words, async_energy_preferences


class SourceSteps(ConfigEntryBaseFlow):
    """Proposes sources, asks for them by hand, and shows what they say before they are taken."""

    _proposals: Mapping[str, Proposal] = {}
    # What is being put together, to begin with what there was.
    _sources: Sources | None = None
    _grid: Sources | None = None

    async def async_finish_sources(self, sources: Sources | None) -> ConfigFlowResult:
        """Take the sources, none to charge without the sun."""
        raise NotImplementedError

    # --- what is found ----------------------------------------------------------------

    async def async_step_sources(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose one of the proposals, if there are any."""
        if user_input is not None:
            return await self._async_choose(user_input[SOURCE])
        preferences = await async_energy_preferences(self.hass)
        words = await Words.async_load(self.hass)
        found = proposals(
            er.async_get(self.hass).entities.values(),
            self.hass.states.async_all("sensor"),
            preferences,
        )
        self._proposals = {each.key: each for each in found}
        labels = {}
        for each in found:
            names = ", ".join(self._name_of(entity_id) for entity_id in each.grid)
            preview = Preview.of(self.hass, each.sources, preferences)
            reading = words.to_enable() if each.disabled else words.in_short(preview)
            labels[each.key] = f"{each.name}: {names} ({reading})"
        return self.async_show_form(
            step_id="sources", data_schema=source_field(labels, self._preset())
        )

    def _preset(self) -> str:
        """Return what was chosen before, else the best proposal."""
        for key, each in self._proposals.items():
            if self._sources in (None, each.sources):
                return key
        return BY_HAND

    def _name_of(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        return state.name if state else entity_id

    async def _async_choose(self, key: str) -> ConfigFlowResult:
        if key == NO_SOURCE:
            return await self.async_finish_sources(None)
        if key == BY_HAND:
            return await self.async_step_by_hand()
        proposal = self._proposals[key]
        self._sources = proposal.sources
        if proposal.disabled:
            return await self.async_step_disabled()
        return await self.async_step_check()

    # --- what has to be enabled -------------------------------------------------------

    async def async_step_disabled(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer to enable the sensors of a proposal that are disabled."""
        return self.async_show_menu(
            step_id="disabled",
            menu_options=["enable", "sources"],
            description_placeholders={
                "entities": "\n".join(f"- {each}" for each in self._disabled())
            },
        )

    async def async_step_enable(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Enable them. Home Assistant itself sees to the rest, within half a minute or so."""
        registry = er.async_get(self.hass)
        for entity_id in self._disabled():
            registry.async_update_entity(entity_id, disabled_by=None)
        return await self.async_step_check()

    def _disabled(self) -> list[str]:
        registry = er.async_get(self.hass)
        return [
            each
            for each in entities_of(self._sources)
            if (entry := registry.async_get(each)) and entry.disabled
        ]

    # --- by hand ----------------------------------------------------------------------

    async def async_step_by_hand(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what there is that measures the grid."""
        return self.async_show_menu(step_id="by_hand", menu_options=[*GRID_SCHEMAS])

    async def async_step_signed(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for sensors that show both directions."""
        return await self._async_step_grid("signed", user_input)

    async def async_step_split(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for sensors of each direction."""
        return await self._async_step_grid("split", user_input)

    async def async_step_balance(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what there is where nobody measures the grid."""
        return await self._async_step_grid("balance", user_input)

    async def _async_step_grid(
        self, kind: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: Errors = {}
        typed: Mapping[str, Any] = user_input or {}
        if user_input is not None:
            self._grid, errors = typed_grid(self.hass, kind, user_input)
            if not errors:
                return await self.async_step_home()
        elif self._sources and self._sources["grid"]["kind"] == kind:
            typed = self._sources["grid"]
        return self.async_show_form(
            step_id=kind,
            data_schema=self.add_suggested_values_to_schema(GRID_SCHEMAS[kind], typed),
            errors=errors,
        )

    async def async_step_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for battery and sun, which may be left out."""
        assert self._grid is not None
        errors: Errors = {}
        typed: Mapping[str, Any] = user_input or {}
        if user_input is not None:
            chosen, errors = typed_home(self.hass, self._grid, user_input)
            if not errors:
                self._sources = chosen
                return await self.async_step_check()
        elif self._sources:
            typed = home_as_typed(self._sources)
        return self.async_show_form(
            step_id="home",
            data_schema=self.add_suggested_values_to_schema(
                home_schema(self._grid), typed
            ),
            errors=errors,
        )

    # --- whether it is true -----------------------------------------------------------

    async def async_step_check(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what the sources say right now, and ask whether that is true."""
        assert self._sources is not None
        preview = Preview.of(
            self.hass, self._sources, await async_energy_preferences(self.hass)
        )
        words = await Words.async_load(self.hass)
        options = ["accept", "check", "swap", "by_hand", "sources"]
        if self._sources["grid"]["kind"] not in {"signed", "split"}:
            # Of a balance neither side can be the other's, and of the Energy dashboard it
            # is said there.
            options.remove("swap")
        return self.async_show_menu(
            step_id="check",
            menu_options=options,
            description_placeholders={"reading": words.in_full(preview)},
        )

    async def async_step_swap(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take import for export, and look again."""
        assert self._sources is not None
        self._sources = {**self._sources, "grid": _swapped(self._sources["grid"])}
        return await self.async_step_check()

    async def async_step_accept(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take the sources as they are."""
        return await self.async_finish_sources(self._sources)


def _swapped(grid: Sources) -> Sources:
    """Return the grid with its direction turned round."""
    if grid["kind"] == "split":
        return {**grid, "import": grid["export"], "export": grid["import"]}
    return {**grid, "inverted": not grid["inverted"]}
