"""The command line. `main` is what the `clerkd` program runs."""

from clerkd.cli.root import main

__all__ = ["main"]
