"""The simulator's manual."""
