"""A few thousand inputs for each reader; `python tests/fuzz` goes on for as long as it is told."""

import random

import pytest
from fuzz.mutation import mutated
from fuzz.targets import TARGETS, corpus

INPUTS = 4000


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused(name):
    chance, seeds = random.Random(name), corpus(name)
    assert seeds
    for octets in seeds:
        TARGETS[name](octets[:4096])
    for _ in range(INPUTS):
        octets = mutated(seeds, chance)
        try:
            TARGETS[name](octets)
        except Exception as error:
            raise AssertionError(f"{name} on {octets.hex()}") from error
