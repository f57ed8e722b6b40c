"""The integration in a Home Assistant started for real."""
