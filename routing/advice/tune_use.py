"""Teaching the fast encoder what the heads must tell apart.

It reads neighbouring words where the better encoder reads all words at once, so what it learns errs
elsewhere, and both together err less. It is small enough for all its layers to be learnt whole; only the
vectors of the pieces stay.
Needs TensorFlow, which the assistant brings along; nothing that runs imports this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from routing.advice.linear import LinearHead
from routing.advice.recipe import Recipe, TunedUse
from routing.advice.targets import Task
from routing.advice.tune import Lesson, Slope, batches, lesson_of, loss_of
from routing.advice.use import BRANCHES, END, PIECE, SEEN, WIDTH, Use

HEAD_RATE = 1e-3
"""The heads start from nothing, so they learn faster than the layers."""
DROP_PIECE = 0.05
"""So many pieces of a text are left out while it learns: no single word may decide."""


def tune_use(
    model: Use,
    texts: Sequence[str],
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    shares: Mapping[str, float],
) -> TunedUse:
    """Learns from the texts where ``keep`` (texts,) is true; the same texts give the same numbers.

    ``tasks`` are the questions, ``shares`` says which of them are learnt and how much each counts.
    """
    tf.keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    lessons = [lesson_of(task, keep, shares[task.name]) for task in tasks if task.name in shares]
    rows = np.flatnonzero(np.sum([lesson.counts for lesson in lessons], axis=0))
    learner = Learner(model, lessons, recipe)
    _learn(learner, [model.words.ids(text) for text in texts], lessons, rows, recipe)
    return TunedUse(learner.weights(), {lesson.name: learner.head(lesson) for lesson in lessons})


class Learner(tf.Module):
    """The layers, all of which may change, and a linear head for each question."""

    def __init__(self, model: Use, lessons: Sequence[Lesson], recipe: Recipe) -> None:
        super().__init__()
        self.words, self.epsilon, self.recipe = model.words, model.epsilon, recipe
        self.parts = {name: tf.Variable(values) for name, values in model.weights.items()}
        self.heads = {
            lesson.name: (
                tf.Variable(np.zeros((WIDTH, len(lesson.labels)), np.float32)),
                tf.Variable(np.zeros(len(lesson.labels), np.float32)),
            )
            for lesson in lessons
        }

    def vectors(self, pieces: tf.Tensor, mask: tf.Tensor, learning: bool) -> tf.Tensor:
        """What ``Use.encode`` gives; ``mask`` (texts, pieces) is 1 where a piece is."""
        p, there = self.parts, mask[..., None]
        if learning:
            pieces *= tf.cast(tf.random.uniform(tf.shape(mask)) >= DROP_PIECE, tf.float32)[..., None]
        near = _linear(pieces, p["near"], p["near_bias"])
        near = self._normalise(near, "near") * there
        seen = [pieces]
        for number, (wide, before) in enumerate(BRANCHES):
            x = near[..., number * SEEN : (number + 1) * SEEN]
            for step in (f"first{number}", f"second{number}"):
                y = tf.nn.relu(_linear(_windows(x, wide, before), p[step], p[f"{step}_bias"]))
                x = (x + (tf.nn.dropout(y, self.recipe.drop) if learning else y)) * there
            seen.append(x)
        every = self._normalise(tf.concat(seen, -1), "seen") * there
        sizes = tf.reduce_sum(there, 1)
        total = tf.reduce_sum(every, 1)
        strongest = tf.reduce_max(every[..., PIECE:] - 1e4 * (1.0 - there), 1)
        return tf.concat([self._end(total, sizes), total / sizes, strongest], -1)

    def _end(self, total: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
        p = self.parts
        x = (total @ p["all"] + sizes * p["all_bias"]) * tf.math.rsqrt(sizes)
        first = tf.nn.relu(x @ p["end0"])
        second = tf.nn.relu(x @ p["past1"] + first @ p["end1"])
        third = tf.nn.relu(second @ p["end2"])
        y = tf.tanh(second @ p["past3"] + third @ p["end3"])
        return y * tf.math.rsqrt(tf.maximum(tf.reduce_mean(y * y, -1, keepdims=True), self.epsilon / END))

    def _normalise(self, x: tf.Tensor, name: str) -> tf.Tensor:
        x -= tf.reduce_mean(x, -1, keepdims=True)
        x *= tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + self.epsilon)
        return x * self.parts[f"{name}_gain"] + self.parts[f"{name}_shift"]

    def weights(self) -> dict[str, np.ndarray]:
        """What was learnt, for the encoder that runs."""
        return {name: part.numpy() for name, part in self.parts.items()}

    def head(self, lesson: Lesson) -> LinearHead:
        """The head of a question, on the vectors as they are."""
        weights, bias = self.heads[lesson.name]
        return LinearHead(lesson.labels, weights.numpy(), bias.numpy(), lesson.exclusive)


def _linear(x: tf.Tensor, matrix: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    # Flat, or each product would be made text by text.
    flat = tf.reshape(x, (-1, x.shape[-1])) @ matrix + bias
    return tf.reshape(flat, (tf.shape(x)[0], tf.shape(x)[1], matrix.shape[-1]))


def _windows(x: tf.Tensor, wide: int, before: int) -> tf.Tensor:
    """Each piece with its neighbours side by side, empty beyond the ends of a text."""
    size = tf.shape(x)[1]
    padded = tf.pad(x, [[0, 0], [before, wide - 1 - before], [0, 0]])
    return tf.concat([padded[:, k : k + size] for k in range(wide)], -1)


def _learn(
    learner: Learner,
    ids: Sequence[np.ndarray],
    lessons: Sequence[Lesson],
    rows: np.ndarray,
    recipe: Recipe,
) -> None:
    parts = list(learner.parts.values())
    heads = [one for head in learner.heads.values() for one in head]
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    optimizers = [_optimizer(parts, recipe.rate, steps, recipe), _optimizer(heads, HEAD_RATE, steps, recipe)]

    shapes = (
        tf.TensorSpec((None, None, PIECE)),
        tf.TensorSpec((None, None)),
        [tf.TensorSpec((None, len(lesson.labels))) for lesson in lessons],
        [tf.TensorSpec((None,)) for _ in lessons],
    )

    @tf.function(input_signature=shapes, autograph=False)
    def step(x: tf.Tensor, mask: tf.Tensor, targets: list[tf.Tensor], counts: list[tf.Tensor]) -> None:
        with tf.GradientTape() as tape:
            vectors = tf.nn.dropout(learner.vectors(x, mask, learning=True), recipe.drop_vector)
            loss = tf.add_n(
                [
                    lesson.share * loss_of(lesson, vectors, learner.heads[lesson.name], y, n)
                    for lesson, y, n in zip(lessons, targets, counts, strict=True)
                ]
            )
        gradients = tape.gradient(loss, parts + heads)
        optimizers[0].apply_gradients(zip(gradients[: len(parts)], parts, strict=True))
        optimizers[1].apply_gradients(zip(gradients[len(parts) :], heads, strict=True))

    rng = np.random.default_rng(recipe.seed)
    for _ in range(recipe.epochs):
        for batch in batches(rows, ids, recipe.batch, rng):
            x, mask = padded(learner.words.vectors, [ids[i] for i in batch])
            step(
                x,
                mask,
                [tf.constant(lesson.targets[batch]) for lesson in lessons],
                [tf.constant(lesson.counts[batch]) for lesson in lessons],
            )


def _optimizer(
    variables: Sequence[tf.Variable], rate: float, steps: int, recipe: Recipe
) -> tf.keras.optimizers.experimental.Optimizer:
    slope = Slope(rate, steps)
    optimizer = tf.keras.optimizers.experimental.AdamW(slope, recipe.decay, clipnorm=1.0)
    optimizer.build(variables)
    return optimizer


def padded(
    vectors: Callable[[np.ndarray], np.ndarray], rows: Sequence[np.ndarray]
) -> tuple[tf.Tensor, tf.Tensor]:
    """The pieces of some texts as vectors, filled up to one length, and where they are."""
    longest = -(-max(map(len, rows)) // 8) * 8
    x = np.zeros((len(rows), longest, PIECE), np.float32)
    mask = np.zeros((len(rows), longest), np.float32)
    for i, row in enumerate(rows):
        x[i, : len(row)], mask[i, : len(row)] = vectors(row), 1.0
    return tf.constant(x), tf.constant(mask)
