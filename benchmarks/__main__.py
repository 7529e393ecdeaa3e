"""Run every measurement and print what it found; `make bench`."""

from __future__ import annotations

import platform

from benchmarks import imports


def main() -> None:
    """Print the machine's shape and one table for each measurement."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    print()
    print(imports.report(imports.measure(rounds=15)))


if __name__ == "__main__":
    main()
