"""What the documents say is checked against the code and the tree."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from clerkd.cli import main

ROOT = Path(__file__).parent.parent
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
]
PAGES = sorted(path for path in TRACKED if path.suffix == ".md" and path.exists())
TEXTS = sorted(
    path
    for path in TRACKED
    if path.exists()
    and path.suffix in {".py", ".md", ".yaml", ".toml", ".sql", ".html", ".js", ".css", ".at", ".json", ".service"}
)

LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\bclerkd ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
RESERVED = re.compile(
    r"\+1 ?\(?(415|900)\)?[ -]?555[ -]?01\d\d"  # 900: the same range of the premium-rate code
    r"|\+1415555010"  # one digit short on purpose
    r"|\+44 ?7700 ?900 ?\d{3}"
)
NUMBER = re.compile(r"(?<![\w/.+-])\+(?:1|44)[ -]?\(?\d{3,4}\)?[ -]?\d{3}[ -]?\d{3,4}\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    targets = [target.split("#")[0] for target in LINK.findall(page.read_text()) if "://" not in target]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


def exists(words: list[str]) -> bool:
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            return True  # the rest are arguments
        command = command.commands.get(word)
        if command is None:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page):
    code = "\n".join(
        re.findall(r"`([^`\n]+)`", page.read_text())
        + re.findall(r"```(?:sh|console)\n(.*?)```", page.read_text(), re.DOTALL)
    )
    shown = [match.split() for match in COMMAND.findall(code)]
    assert [" ".join(words) for words in shown if not exists(words[:1])] == []


def test_phone_numbers_come_from_the_ranges_reserved_for_fiction():
    found = [
        f"{path.relative_to(ROOT)}: {number}"
        for path in TEXTS
        if path.name != "pdu_vectors.json"  # confirmed by others' decoders as they stand
        for number in NUMBER.findall(path.read_text(errors="replace"))
        if not RESERVED.fullmatch(number)
    ]
    assert found == []


def test_each_decision_has_its_number_once():
    numbers = [path.name[:4] for path in (ROOT / "docs/adr").glob("*.md")]
    assert len(set(numbers)) == len(numbers)
    assert all(number.isdigit() for number in numbers)


def test_every_test_that_holds_a_promise_exists():
    page = (ROOT / "docs/reliability.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    texts = {path: (ROOT / path).read_text() if (ROOT / path).exists() else "" for path, _ in named}
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^\s*(?:async )?def {name}\(", texts[path], re.MULTILINE)
    ]
    assert missing == []
    rows = re.findall(r"(?m)^\| [PH]\d+ \|.*$", page)
    assert len(rows) > 30
    assert [row[:40] for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_the_readme_has_one_command_under_each_of_its_two_headings(heading):
    section = re.search(rf"^## {heading}$(.*?)(?=^## )", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert section is not None
    block = re.search(r"```sh\n(.*?)```", section[1], re.DOTALL)
    assert block is not None
    assert len(block[1].strip().splitlines()) == 1
