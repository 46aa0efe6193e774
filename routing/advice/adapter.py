"""What training changed in the layers of the sentence encoder: a few small matrices a layer.

Low-rank adaptation (Hu et al., "LoRA", 2021): a matrix W of the encoder becomes W + A B with narrow A and B,
so what is learnt is a few megabytes instead of the whole encoder, and costs nothing when it runs,
because the product is added once, when the encoder is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from routing.advice.e5 import MIDDLE, Layer, columns

MATRICES = ("qkv", "out", "up", "down")
NORMS = ("norm1", "norm2")


@dataclass(frozen=True)
class Adapter:
    """Changes to some layers of the encoder, one mapping a layer.

    Keys are ``<matrix>_a`` (in, rank), ``<matrix>_b`` (rank, out) and ``<matrix>_bias`` (out,) for each of
    ``MATRICES``, and ``<norm>_gain`` and ``<norm>_shift`` for each of ``NORMS``; biases, gains and shifts
    replace those of the encoder.
    """

    layers: tuple[Mapping[str, np.ndarray], ...]

    def applied_to(self, layers: Sequence[Layer]) -> list[Layer]:
        """Those layers with the changes in them. Raises ValueError if they are not as many."""
        return [_changed(layer, parts) for layer, parts in zip(layers, self.layers, strict=True)]

    def as_arrays(self, name: str) -> dict[str, np.ndarray]:
        """For the file of the heads, in half precision; ``from_arrays`` reads it."""
        return {
            f"adapter.{name}.{number}.{key}": values.astype(np.float16)
            for number, parts in enumerate(self.layers)
            for key, values in parts.items()
        }

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, np.ndarray]) -> Adapter:
        """The adapter of that name among the arrays of a file."""
        layers: dict[int, dict[str, np.ndarray]] = {}
        for full, values in arrays.items():
            if full.startswith(f"adapter.{name}."):
                number, key = full.split(".")[2:]
                layers.setdefault(int(number), {})[key] = values.astype(np.float32)
        return cls(tuple(layers[number] for number in sorted(layers)))


BELOW = "below"


@dataclass(frozen=True)
class Adapters:
    """All that the encoder learnt: changes below ``MIDDLE``, and ways above it, one a group of questions.

    What is below is shared by all ways and runs once a text; None when no training changed it.
    """

    below: Adapter | None = None
    ways: Mapping[str, Adapter] = field(default_factory=dict)

    def applied_to(self, layers: Sequence[Layer]) -> tuple[list[Layer], list[list[Layer]]]:
        """The changed layers below the middle, and those above it for each way."""
        lower, upper = list(layers[:MIDDLE]), layers[MIDDLE:]
        changed = self.below.applied_to(lower) if self.below else lower
        return changed, [way.applied_to(upper) for way in self.ways.values()]

    def all_layers(self, way: str) -> Adapter | None:
        """What was learnt from the first layer to the end of a way; only its upper part if that is all."""
        if way not in self.ways:
            return None
        lower = self.below.layers if self.below else ()
        return Adapter((*lower, *self.ways[way].layers))

    def as_arrays(self) -> dict[str, np.ndarray]:
        """For the file of the heads, in half precision; ``from_arrays`` reads it."""
        parts = {**({BELOW: self.below} if self.below else {}), **self.ways}
        return {key: values for name, part in parts.items() for key, values in part.as_arrays(name).items()}

    @classmethod
    def from_arrays(cls, ways: Sequence[str], arrays: Mapping[str, np.ndarray]) -> Adapters:
        """Those of a file, with the ways in this order."""
        below = Adapter.from_arrays(BELOW, arrays)
        return cls(below if below.layers else None, {w: Adapter.from_arrays(w, arrays) for w in ways})


def _changed(layer: Layer, parts: Mapping[str, np.ndarray]) -> Layer:
    matrices = {
        name: columns(getattr(layer, name) + parts[f"{name}_a"] @ parts[f"{name}_b"]) for name in MATRICES
    }
    biases = {f"{name}_bias": parts[f"{name}_bias"] for name in MATRICES}
    norms = {name: (parts[f"{name}_gain"], parts[f"{name}_shift"]) for name in NORMS}
    return replace(layer, **matrices, **biases, **norms)
