"""The real advisor, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.advice import Advisor
from routing.catalogue import Catalogue, load_catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "routing/catalogue/delft")


@pytest.fixture(scope="session")
def advisor(catalogue: Catalogue) -> Advisor:
    return Advisor.load(catalogue)
