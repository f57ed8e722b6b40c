"""The wire: the Gen 2 Wall Connector load-sharing protocol. Knows nothing of Home Assistant."""
