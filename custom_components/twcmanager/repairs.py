"""Repairs: what only has to be read is gone once that is confirmed."""

from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.core import HomeAssistant


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> ConfirmRepairFlow:
    """Return a flow that asks for confirmation."""
    return ConfirmRepairFlow()
