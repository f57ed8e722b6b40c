"""The actions: registered once, whether or not a bus is set up at the time.

Each has a module of its own with a function that registers it. A new one gets a line here,
its fields in ``services.yaml``, its icon in ``icons.json`` and its words in the translations.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant, callback

from .allow_actions import async_setup_allow
from .charge_now_actions import async_setup_charge_now
from .history_actions import register_history_action
from .plan_view import async_setup_get_plan
from .ready_actions import async_setup_ready_by
from .session_actions import register_session_actions

type Registration = Callable[[HomeAssistant], None]

_REGISTRATIONS: Final[tuple[Registration, ...]] = (
    async_setup_allow,
    async_setup_charge_now,
    async_setup_get_plan,
    async_setup_ready_by,
    register_history_action,
    register_session_actions,
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""
    for register in _REGISTRATIONS:
        register(hass)
