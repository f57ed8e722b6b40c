"""Figures: how fast the core is, and how much sun it gets into the cars."""
