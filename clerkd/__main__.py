"""`python -m clerkd` is `clerkd`."""

from clerkd.cli import main

main(prog_name="clerkd")
