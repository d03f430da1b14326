"""Every benchmark by one command, each with its floor of the same run.

python tests/bench                      everything, about ten minutes
python tests/bench codec store          these
python tests/bench daemon idle burst    these rows of the daemon
python tests/bench fleet simulation     this row of the fleet; simulation, power-cuts and kill-… take minutes
python tests/bench --write              everything, and the tables of docs/performance.md; with rows, only these
"""

from __future__ import annotations

import compileall
import importlib
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "performance.md"
BENCHES = ("codec", "store", "daemon", "clicks", "desk", "fleet")
HEAD = "| | value | goal | floor of the same run | value / floor |\n|---|---|---|---|---|"


def cell(row: dict[str, Any]) -> str:
    """Return one row as Markdown."""
    better = row.get("better", "≤" if row["unit"] in {"µs", "ms", "s"} else "≥").replace("<=", "≤").replace(">=", "≥")
    goal = f"{better} {row['goal']:,g}" if row.get("goal") is not None else ""
    floor = f"{row['floor']:,.4g}" if row.get("floor") else ""
    ratio = f"{row['ratio']:.3g}" if row.get("ratio") else ""
    return f"| {row['name']} | {row['value']:,.4g} {row['unit']} | {goal} | {floor} | {ratio} |"


def table(result: dict[str, Any]) -> str:
    """Return the rows of one benchmark as a Markdown table."""
    return "\n".join([HEAD, *(cell(row) for row in result["rows"])])


def replaced(page: str, name: str, shown: str) -> str:
    """Return the page with a table."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    return place.sub(lambda match: f"{match[1]}{shown}\n{match[2]}", page)


def merged(page: str, name: str, shown: str) -> str:
    """Return the page with these lines of a table in place of those of the same names, new ones behind."""
    place = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    found = place.search(page)
    if found is None:
        return page
    lines = {line.split("|")[1]: line for line in found[2].splitlines()[2:]}
    lines |= {line.split("|")[1]: line for line in shown.splitlines()[2:]}
    table = "\n".join([HEAD, *lines.values()])
    return place.sub(lambda match: f"{match[1]}{table}\n{match[3]}", page)


def machine() -> str:
    """Say on what it was measured."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    cpu = model[1] if model else platform.machine()
    return f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, {cpu}"


def main() -> None:
    """Run what was asked for and print it; `--write` also puts it into docs/performance.md."""
    sys.path.insert(0, str(TESTS))
    compileall.compile_dir(TESTS.parent / "clerkd", quiet=1)  # as an installer does: a start is not a compilation
    words = [word for word in sys.argv[1:] if word != "--write"]
    names = [name for name in BENCHES if name in words] or list(BENCHES)
    rows = [word for word in words if word not in BENCHES]
    page = PAGE.read_text() if "--write" in sys.argv else ""
    for name in names:
        bench = importlib.import_module(f"bench.bench_{name}")
        shown = table(bench.run(rows) if rows else bench.run())
        print(f"\n## {name}\n\n{shown}", flush=True)
        page = merged(page, name, shown) if rows else replaced(page, name, shown)
    if "--write" in sys.argv:
        PAGE.write_text(re.sub(r"(?m)^Measured on .*$", f"Measured on {machine()}.", page))


if __name__ == "__main__":
    main()
