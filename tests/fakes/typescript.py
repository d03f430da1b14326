"""Slack's own TypeScript types and the compiler, of the versions in `tests/tsc/package-lock.json`.

They are installed once into the user's cache, outside the repository, and found there by the lock's digest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

DESCRIPTION = Path(__file__).parent.parent / "tsc"
INSTALL_S, COMPILE_S = 180, 120


def toolchain(description: Path = DESCRIPTION) -> Path:
    """Return the directory that holds `node_modules`; install it if it is not there yet."""
    digest = hashlib.sha256((description / "package-lock.json").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clerkd-tests"
    home = cache / f"{description.name}-{digest}"
    if not home.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # Made beside it and renamed: another run at the same time, or one cut short, never sees half of it.
        fresh = Path(tempfile.mkdtemp(prefix=f"{description.name}-new-", dir=cache))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(description / name, fresh)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=fresh, timeout=INSTALL_S, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
        with suppress(OSError):  # the other run was first
            fresh.rename(home)
        shutil.rmtree(fresh, ignore_errors=True)
    return home


def complaints(sources: dict[str, str], directory: Path) -> list[str]:
    """Compile TypeScript modules (name to text) strictly; return the compiler's lines, none when it takes them all."""
    home = toolchain()
    (directory / "node_modules").symlink_to(home / "node_modules")
    for name, text in sources.items():
        (directory / name).write_text(text, encoding="utf-8")
    options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--pretty",
        "false",
    ]
    command = [str(home / "node_modules" / ".bin" / "tsc"), *options, *sources]
    done = subprocess.run(command, cwd=directory, timeout=COMPILE_S, capture_output=True, text=True, check=False)
    said = [line for line in f"{done.stdout}{done.stderr}".splitlines() if line]
    return said if done.returncode else []
