"""Repair issues of one bus: raised when something needs its owner, gone when it is mended."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


class Issues:
    """Keeps HA's issue registry in step with what is wrong right now."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin with nothing wrong."""
        self._hass = hass
        self._entry = entry
        self._active: dict[str, dict[str, str]] = {}

    @callback
    def update(self, key: str, *, active: bool, **placeholders: str) -> None:
        """Raise or withdraw an issue; nothing happens as long as it stays as it was."""
        issue_id = f"{key}_{self._entry.entry_id}"
        if not active:
            if self._active.pop(key, None) is not None:
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        if self._active.get(key) == placeholders:
            return
        self._active[key] = placeholders
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"bus": self._entry.title, **placeholders},
        )

    @callback
    def clear(self) -> None:
        """Withdraw everything: the entry is unloaded."""
        for key in list(self._active):
            self.update(key, active=False)
