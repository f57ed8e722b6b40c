"""The wire's manual."""
