"""How the sentence encoder is tuned, apart from the doing, which needs TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How long and how strongly the encoder is changed."""

    rank: int = 16
    epochs: int = 4
    rate: float = 1e-3
    batch: int = 32
    decay: float = 0.01
    drop: float = 0.1
    drop_vector: float = 0.2
    strength: float = 0.1
    seed: int = 20261124
