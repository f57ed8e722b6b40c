"""Fixtures of the charging tests."""

import pytest


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Spare these tests the start of Home Assistant: the decisions know nothing of it."""
