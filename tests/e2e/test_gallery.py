"""Every golden screen drawn by the demo's page in a real Chromium."""

import pytest
from fakes.browser import browsing, running_demo
from fakes.facts import blocking_fact
from fakes.golden import SNAPSHOTS, goldens

pytestmark = [pytest.mark.chromium, pytest.mark.slow]

# A space at a line's end hangs out of its line unseen, so inline nodes are judged by what can be scrolled to.
WIDER = """
const inline = (node) => getComputedStyle(node).display === 'inline';
const sticksOut = (node, frame) => node.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1;
return [...document.querySelectorAll('.frame')]
  .filter((frame) => frame.scrollWidth > frame.clientWidth + 1
    || [...frame.querySelectorAll('*')].some((node) => !inline(node) && sticksOut(node, frame)))
  .map((frame) => `${frame.closest('section').dataset.screen} ${frame.dataset.kind}`)
"""


@pytest.fixture(scope="module")
def page():
    with running_demo("--gallery", str(SNAPSHOTS)) as demo, browsing(f"{demo.url}gallery") as page:
        blocking_fact(lambda: page.run("return document.body.dataset.drawn"))
        yield page


def test_all_are_drawn_and_nothing_in_them_is_unknown(page):
    assert len(page.texts(".frame")) == len(goldens())
    assert page.texts(".frame .unknown") == []
    assert page.errors() == []


@pytest.mark.parametrize("width", [1440, 375])
def test_nothing_is_cut_at_the_side(page, width):
    page.resize((width, 900))
    assert page.run(WIDER) == []


def test_one_kind_of_values_can_be_looked_at_alone(page):
    page.resize((1440, 900))
    page.click("#kinds button", "hostile")
    assert len(page.texts(".frame")) == sum(golden.kind == "hostile" for golden in goldens())
    page.click("#kinds button", "everything")


def test_light_and_dark_are_a_click(page):
    colour = "return getComputedStyle(document.querySelector('.frame > *:last-child')).backgroundColor"
    before = page.run(colour)
    page.click("#scheme")
    assert page.run(colour) != before


def test_without_a_directory_the_page_says_how():
    with running_demo() as demo, browsing(f"{demo.url}gallery") as page:
        page.find("main", "clerkd demo --gallery DIRECTORY")
