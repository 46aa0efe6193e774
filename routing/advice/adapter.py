"""What training changed in the upper layers of the sentence encoder: a few small matrices a layer.

Low-rank adaptation (Hu et al., "LoRA", 2021): a matrix W of the encoder becomes W + A B with narrow A and B,
so what is learnt is one and a half megabytes instead of the whole encoder, and costs nothing when it runs,
because the product is added once, when the encoder is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.advice.e5 import Layer

MATRICES = ("qkv", "out", "up", "down")
NORMS = ("norm1", "norm2")


@dataclass(frozen=True)
class Adapter:
    """Changes to the layers from number ``first`` (counted from 0) on, one mapping a layer.

    Keys are ``<matrix>_a`` (in, rank), ``<matrix>_b`` (rank, out) and ``<matrix>_bias`` (out,) for each of
    ``MATRICES``, and ``<norm>_gain`` and ``<norm>_shift`` for each of ``NORMS``; biases, gains and shifts
    replace those of the encoder.
    """

    first: int
    layers: tuple[Mapping[str, np.ndarray], ...]

    def apply(self, layers: Sequence[Layer]) -> list[Layer]:
        """The layers with the changes in them."""
        changed = [
            _changed(layer, parts) for layer, parts in zip(layers[self.first :], self.layers, strict=True)
        ]
        return [*layers[: self.first], *changed]

    def as_arrays(self) -> dict[str, np.ndarray]:
        """For the file of the heads, in half precision; ``from_arrays`` reads it."""
        arrays = {"adapter.first": np.array(self.first)}
        for number, parts in enumerate(self.layers):
            arrays.update({f"adapter.{number}.{key}": v.astype(np.float16) for key, v in parts.items()})
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Adapter | None:
        """The adapter among the arrays of a file; None if it has none."""
        if "adapter.first" not in arrays:
            return None
        layers: dict[int, dict[str, np.ndarray]] = {}
        for name, values in arrays.items():
            _, number, *key = name.split(".") if name.startswith("adapter.") else ("", "")
            if key:
                layers.setdefault(int(number), {})[key[0]] = values.astype(np.float32)
        return cls(int(arrays["adapter.first"]), tuple(layers[number] for number in sorted(layers)))


def _changed(layer: Layer, parts: Mapping[str, np.ndarray]) -> Layer:
    matrices = {
        name: np.ascontiguousarray(getattr(layer, name) + parts[f"{name}_a"] @ parts[f"{name}_b"])
        for name in MATRICES
    }
    biases = {f"{name}_bias": parts[f"{name}_bias"] for name in MATRICES}
    norms = {name: (parts[f"{name}_gain"], parts[f"{name}_shift"]) for name in NORMS}
    return replace(layer, **matrices, **biases, **norms)
