"""Who comes first, and for how long."""

from typing import Any

from custom_components.twcmanager.charging.turns import TURN_S, Turn

from .home import connector, waiting


def test_the_longer_it_waits_the_more_it_has_waited() -> None:
    """Since its last turn; who never had one has waited for ever."""
    turn = Turn()
    assert turn.waited_s(10) == 0
    turn.watch(charges=False, waits=True, now=10)
    assert turn.waited_s(11) == float("inf")
    turn.watch(charges=True, waits=False, now=20)
    assert turn.waited_s(30) == 0
    turn.watch(charges=False, waits=True, now=40)
    turn.watch(charges=False, waits=True, now=50)
    assert turn.waited_s(60) == 20


class Order:
    """Connectors in a queue."""

    def __init__(self, **connectors: dict[str, Any]) -> None:
        """Queue them up by name."""
        self.connectors = {
            name: (connector if changes.get("charging") else waiting)(id=id_, **changes)
            for id_, (name, changes) in enumerate(connectors.items())
        }
        self.turns = {name: Turn() for name in connectors}
        self.refused: set[str] = set()

    def served(self, now: float, *, waited_s: float = 0.0) -> str:
        """Return their names in the order in which they are served."""

        def place(name: str) -> tuple[object, ...]:
            return self.turns[name].place(
                self.connectors[name],
                now,
                refused=name in self.refused,
                others_waited_s=waited_s,
            )

        return "".join(sorted(self.turns, key=place))


def test_of_unknown_cars_who_charges_comes_first() -> None:
    """Who may not be there comes late; else the number decides."""
    order = Order(
        a={"plugged_in": None}, b={}, c={"charging": True}, d={"charging": True}
    )
    assert order.served(0) == "cdba"


def test_the_higher_priority_comes_first() -> None:
    """Whoever charges."""
    order = Order(a={"charging": True}, b={"priority": 1})
    assert order.served(0) == "ba"


def test_who_takes_nothing_comes_last() -> None:
    """Whatever its priority."""
    order = Order(a={"priority": 5, "charging": True}, b={})
    order.refused.add("a")
    assert order.served(0) == "ba"


def test_what_was_decided_counts_not_what_a_car_still_does() -> None:
    """One that was told to stop charges for some seconds more."""
    order = Order(a={"charging": True}, b={})
    order.turns["a"].watch(charges=False, waits=True, now=0)
    order.turns["b"].watch(charges=True, waits=False, now=0)
    assert order.served(1) == "ba"


def test_who_began_first_goes_on_first() -> None:
    """Not who has the lower number."""
    order = Order(a={"charging": True}, b={"charging": True})
    order.turns["b"].watch(charges=True, waits=False, now=0)
    order.turns["a"].watch(charges=True, waits=False, now=100)
    assert order.served(10 * TURN_S) == "ba"


def test_after_half_an_hour_a_car_gives_way() -> None:
    """If another one has waited as long, and until it has charged anew."""
    order = Order(a={}, b={})
    order.turns["a"].watch(charges=True, waits=False, now=0)
    order.turns["b"].watch(charges=False, waits=True, now=0)
    assert order.served(TURN_S - 1, waited_s=TURN_S) == "ab"
    assert order.served(TURN_S, waited_s=TURN_S - 1) == "ab"
    assert order.served(TURN_S, waited_s=TURN_S) == "ba"
    order.turns["b"].watch(charges=True, waits=False, now=TURN_S)
    assert order.served(TURN_S + 1) == "ba"
    order.turns["a"].watch(charges=False, waits=True, now=TURN_S + 60)
    order.turns["b"].watch(charges=False, waits=True, now=TURN_S + 70)
    order.turns["a"].watch(charges=True, waits=False, now=TURN_S + 90)
    order.turns["b"].watch(charges=True, waits=False, now=TURN_S + 99)
    assert order.served(TURN_S + 100) == "ab"


def test_of_several_whose_time_is_up_the_last_to_begin_goes_on() -> None:
    """If only one has to give way."""
    order = Order(a={}, b={}, c={})
    order.turns["a"].watch(charges=True, waits=False, now=0)
    order.turns["b"].watch(charges=True, waits=False, now=10)
    assert order.served(2 * TURN_S, waited_s=TURN_S) == "cba"


def test_who_has_waited_longest_comes_next() -> None:
    """Or the last in the row would never have its turn."""
    order = Order(a={}, b={}, c={})
    for at, name in enumerate("bca"):
        order.turns[name].watch(charges=True, waits=False, now=10 * at)
        order.turns[name].watch(charges=False, waits=True, now=10 * at + 5)
    assert order.served(100) == "bca"
