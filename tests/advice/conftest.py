"""The real advisor, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.advice import Advisor
from routing.advice.advisor import HEADS
from routing.advice.encoder import Encoder, load_encoder
from routing.advice.model import load_model
from routing.advice.scorer import Scorer
from routing.catalogue import Catalogue, load_catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "routing/catalogue/delft")


@pytest.fixture(scope="session")
def encoders() -> dict[str, Encoder]:
    model = load_model(HEADS)
    return {name: load_encoder(name, model.adapters) for name in model.encoders}


@pytest.fixture(scope="session")
def scorer(encoders: dict[str, Encoder]) -> Scorer:
    return Scorer(load_model(HEADS), encoders)


@pytest.fixture(scope="session")
def advisor(catalogue: Catalogue, encoders: dict[str, Encoder]) -> Advisor:
    return Advisor.load(catalogue, encoder=encoders)
