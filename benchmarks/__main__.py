"""Run a benchmark: ``python -m benchmarks``, or rather ``scripts/benchmark``."""

import argparse
from importlib import import_module
import sys
from typing import Final

_NAMES: Final = ("bus", "fuse", "live", "plan", "solar", "step")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar=" | ".join(_NAMES))
    # Nobody waits for what was not asked for.
    asked = set(sys.argv[1:2]).intersection(_NAMES) or _NAMES
    for name in asked:
        module = import_module(f"benchmarks.{name}")
        summary = (module.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args()
    try:
        status: int = arguments.run(arguments)
    except (OSError, ValueError) as err:
        parser.exit(2, f"scripts/benchmark: {str(err) or type(err).__name__}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
