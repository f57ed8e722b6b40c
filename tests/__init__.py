"""Tests of TWCManager."""
