"""How the sentence encoder is tuned and what comes of it, apart from the doing, which needs TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from routing.advice.adapter import Adapter
from routing.advice.linear import LinearHead


@dataclass(frozen=True)
class Recipe:
    """How long and how strongly the encoder is changed."""

    rank: int = 16
    epochs: int = 3
    rate: float = 1e-3
    batch: int = 32
    decay: float = 0.01
    drop: float = 0.1
    drop_vector: float = 0.2
    strength: float = 0.1
    seed: int = 20261124


@dataclass(frozen=True)
class Tuned:
    """The adapter, and the heads that read the end of the encoder with it."""

    adapter: Adapter
    heads: Mapping[str, LinearHead]


@dataclass(frozen=True)
class TunedUse:
    """The fast encoder's weights by name, and the heads that read it with them."""

    weights: Mapping[str, np.ndarray]
    heads: Mapping[str, LinearHead]
