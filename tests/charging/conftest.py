"""Fixtures of the charging tests."""

import pytest

from .record import Wall


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Spare these tests the start of Home Assistant: the decisions know nothing of it."""


@pytest.fixture
def wall() -> Wall:
    """Return a wall with one unit without a car that has been seen."""
    wall = Wall()
    wall.show(plugged_in=False)
    wall.pass_by(5)
    return wall
