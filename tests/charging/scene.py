"""A site whose units and cars obey at once: what rules are told with."""

from dataclasses import replace
from typing import Any

from custom_components.twcmanager.charging.controller import Controller
from custom_components.twcmanager.charging.model import (
    Connector,
    ConnectorId,
    Decision,
    GridReading,
    Mode,
    Offer,
    Site,
)

VOLTS = 230.0


def connector(id_: ConnectorId = 1, **changes: Any) -> Connector:
    """Return a connector for 32 A and one phase, with a car that waits."""
    usual: dict[str, Any] = {
        "id": id_,
        "online": True,
        "plugged_in": True,
        "charging": False,
        "draw_a": 0.0,
        "echo_a": 0.0,
        "at_most_a": 0.0,
        "told_at": 0.0,
        "rating_a": 32.0,
        "unit_limit_a": 32.0,
        "charge_limit_a": 32.0,
        "watts_per_a": VOLTS,
        "mode": Mode.SOLAR,
        "enabled": True,
    }
    return Connector(**usual | changes)


class Scene:
    """Plays time second by second: units heed offers at once, cars take what they want."""

    def __init__(self, *connectors: Connector, circuit_limit_a: float = 64.0) -> None:
        """Begin with the sun down and every unit heard."""
        self.controller = Controller()
        self.connectors = {each.id: each for each in connectors}
        self.appetite_a = {each.id: 32.0 for each in connectors}
        self.circuit_limit_a = circuit_limit_a
        self.settled = True
        self.now = 1000.0
        self.surplus_w: float | None = 0.0
        """What is left without the cars; None for a meter that says nothing."""
        self.age_s = 0.0
        self.stale_s = 30.0
        self.dead_s = 120.0
        self.decision = Decision()

    def run(self, seconds: float = 1) -> Decision:
        """Let time pass."""
        for _ in range(int(seconds)):
            self.now += 1
            self.decision = self.controller.tick(self._site(), self.now)
            for id_, offer in self.decision.offers.items():
                self._obey(id_, offer)
        return self.decision

    def offer(self, id_: ConnectorId = 1) -> Offer:
        """Return what a connector is offered."""
        return self.decision.offers[id_]

    def change(self, id_: ConnectorId = 1, **changes: Any) -> None:
        """Change something about a connector."""
        self.connectors[id_] = replace(self.connectors[id_], **changes)

    def _site(self) -> Site:
        grid = None
        if self.surplus_w is not None:
            cars_w = sum(each.draw_w for each in self.connectors.values())
            at = self.now - self.age_s
            grid = GridReading(
                power_w=cars_w - self.surplus_w,
                at=at,
                stale_at=at + self.stale_s,
                dead_at=at + self.dead_s,
            )
        return Site(
            connectors=tuple(self.connectors.values()),
            circuit_limit_a=self.circuit_limit_a,
            grid=grid,
            settled=self.settled,
        )

    def _obey(self, id_: ConnectorId, offer: Offer) -> None:
        each = self.connectors[id_]
        if not each.online:
            return
        draw_a = min(offer.limit_a, self.appetite_a[id_]) if each.plugged_in else 0.0
        self.change(
            id_,
            echo_a=offer.limit_a,
            at_most_a=offer.limit_a,
            told_at=self.now,
            draw_a=draw_a,
            charging=draw_a > 0,
        )
