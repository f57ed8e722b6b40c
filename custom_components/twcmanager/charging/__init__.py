"""The decisions: who may draw how much, and why. Knows neither the wire nor Home Assistant."""
