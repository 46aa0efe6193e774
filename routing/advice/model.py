"""The trained heads: a few small arrays in one file, with the hash of what they were trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from scipy.sparse import csr_matrix

from routing.advice.adapter import Adapters
from routing.advice.linear import LinearHead

FILE = "heads.npz"
FORMAT = 4


class ModelError(RuntimeError):
    """Heads that are absent, of another format, or made for other encoders; the message says what to do."""


@dataclass(frozen=True)
class Standard:
    """How the vectors of one encoder are brought to mean zero and spread one, per dimension."""

    encoder: str
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, encoder: str, vectors: np.ndarray) -> Standard:
        spread = vectors.std(axis=0)
        return cls(encoder, vectors.mean(axis=0), np.where(spread > 1e-6, spread, 1.0))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        return (vectors - self.mean) / self.scale


@dataclass(frozen=True)
class Heads:
    """Two heads of a question, their logits added: on sentence vectors and, where it helps, on words."""

    dense: LinearHead
    words: LinearHead | None = None

    def logits(self, dense: np.ndarray, words: csr_matrix) -> np.ndarray:
        """Of texts by their standardised vectors and their weighted words: (texts, labels), uncalibrated."""
        z = self.dense.logits(dense)
        return z if self.words is None else z + self.words.logits(words)


@dataclass(frozen=True)
class Model:
    """Standards, rarity of words, heads by name, numbers of the calibration, facts of the training."""

    standards: tuple[Standard, ...]
    rarity: np.ndarray
    heads: Mapping[str, Heads]
    context: LinearHead
    """Role from the text's role logits and the answers of the intake; see ``routing.advice.context``."""
    numbers: Mapping[str, float]
    card: Mapping[str, Any]
    adapters: Adapters
    """What the encoder e5 learnt beside the heads; its ways in the order of its numbers."""
    fast: Mapping[str, np.ndarray] = field(default_factory=dict)
    """The weights of the fast encoder as it learnt them; none if it is as its package gives it."""

    @property
    def encoders(self) -> tuple[str, ...]:
        return tuple(standard.encoder for standard in self.standards)

    def features(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """The vectors of each encoder (in the order of ``encoders``) side by side, standardised."""
        return np.hstack([s.apply(v) for s, v in zip(self.standards, vectors, strict=True)]).astype(
            np.float32
        )

    def save(self, folder: Path) -> Path:
        """Writes the heads; the same model gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, np.ndarray] = {"rarity": self.rarity.astype(np.float16)}
        for standard in self.standards:
            arrays[f"standard.{standard.encoder}"] = np.stack([standard.mean, standard.scale]).astype(
                np.float32
            )
        for name, heads in self.heads.items():
            arrays[f"dense.{name}"] = _pack(heads.dense)
            if heads.words is not None:
                arrays[f"words.{name}"] = _pack(heads.words)
        arrays["context"] = _pack(self.context)
        arrays.update(self.adapters.as_arrays())
        arrays.update({f"fast.{name}": values.astype(np.float16) for name, values in self.fast.items()})
        about = {
            "format": FORMAT,
            "encoders": self.encoders,
            "heads": {
                n: {"labels": h.dense.labels, "exclusive": h.dense.exclusive} for n, h in self.heads.items()
            },
            "context": self.context.labels,
            "adapters": tuple(self.adapters.ways),
            "numbers": dict(sorted(self.numbers.items())),
            "card": self.card,
        }
        arrays["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode("utf-8"), dtype=np.uint8)
        path = folder / FILE
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
        return path


def load_model(folder: Path) -> Model:
    """The heads of a folder. Raises ModelError; never unpickles."""
    path = folder / FILE
    if not path.exists():
        raise ModelError(f"{path} is missing. Run: make heads")
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays["about"].tobytes().decode("utf-8"))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(f"{path} cannot be read ({error}). Run: make heads") from error
    if about.get("format") != FORMAT:
        raise ModelError(f"{path} has another format. Run: make heads")
    return _model(arrays, about)


def _model(arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> Model:
    heads = {}
    for name, known in about["heads"].items():
        labels, exclusive = tuple(known["labels"]), known["exclusive"]
        words = arrays.get(f"words.{name}")
        heads[name] = Heads(
            _unpack(arrays[f"dense.{name}"], labels, exclusive),
            None if words is None else _unpack(words, labels, exclusive),
        )
    return Model(
        tuple(Standard(name, *arrays[f"standard.{name}"]) for name in about["encoders"]),
        arrays["rarity"].astype(np.float32),
        heads,
        _unpack(arrays["context"], tuple(about["context"]), True),
        about["numbers"],
        about["card"],
        Adapters.from_arrays(about["adapters"], arrays),
        {
            name.removeprefix("fast."): values.astype(np.float32)
            for name, values in arrays.items()
            if name.startswith("fast.")
        },
    )


def _pack(head: LinearHead) -> np.ndarray:
    return np.vstack([head.weights, head.bias]).astype(np.float16)


def _unpack(packed: np.ndarray, labels: tuple[str, ...], exclusive: bool) -> LinearHead:
    values = packed.astype(np.float32)
    return LinearHead(labels, values[:-1], values[-1], exclusive)
