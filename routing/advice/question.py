"""The next best question: between which two roles one more answer decides most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from math import log2

CANDIDATES = 3


def next_question(roles: Mapping[str, float], exists: Callable[[str, str], bool]) -> tuple[str, str] | None:
    """The pair of leading roles whose question is expected to take away most doubt, likelier role first.

    The answer tells the two apart and says nothing of the others, so the expected gain in bits is
    the pair's share times the doubt between the two. ``exists`` says whether there is a question for
    a pair. None when no pair has one.
    """
    leading = sorted(roles, key=lambda role: -roles[role])[:CANDIDATES]
    pairs = [pair for pair in combinations(leading, 2) if exists(*pair)]
    return max(pairs, key=lambda pair: expected_gain(roles[pair[0]], roles[pair[1]]), default=None)


def expected_gain(first: float, second: float) -> float:
    """Bits of doubt that a question between two roles of these probabilities takes away."""
    mass = first + second
    if mass <= 0 or first <= 0 or second <= 0:
        return 0.0
    share = first / mass
    return mass * -(share * log2(share) + (1 - share) * log2(1 - share))
