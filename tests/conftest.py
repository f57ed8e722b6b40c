"""Fixtures shared by all tests."""

import pytest

# At module level: otherwise the harness' own custom_components folder wins, and Home
# Assistant does not find the integration.
import custom_components.twcmanager  # noqa: F401


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration in every test that has one."""
