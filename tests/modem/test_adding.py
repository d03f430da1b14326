"""The page about adding a modem shows the files that are in the tree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-modem.md").read_text("utf-8")


@pytest.mark.parametrize(
    "file", ["clerkd/modem/profiles/wavecom.yaml", "clerkd/simulate/modem/models/wavecom-q2400.yaml"]
)
def test_a_file_of_the_example_is_the_one_in_the_tree(file):
    assert file in PAGE
    assert (ROOT / file).read_text("utf-8") in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:clerkd|tests)/[\w/.-]+\.(?:py|yaml|at)", PAGE))))
def test_a_file_that_the_page_names_exists(path):
    assert (ROOT / path).is_file()
