"""Teaching layers of the sentence encoder what the heads must tell apart.

Plain vectors of a small encoder say what a text is about, not who should help with it. Here layers of e5
learn a group of questions (``routing.advice.lessons``), starting from linear heads that are fitted already
(Kumar et al., "Fine-tuning can distort pretrained features", 2022), so that training refines and does not
wander. What the layers before them make of each text is computed once.
Needs TensorFlow, which the assistant brings along; nothing that runs imports this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from routing.advice.adapter import MATRICES, NORMS, Adapter
from routing.advice.e5 import E5, Layer, by_length
from routing.advice.linear import LinearHead, fit_head
from routing.advice.recipe import Recipe, Tuned
from routing.advice.targets import Task

LISTWISE = "goals"
"""The question of which the best answer also counts by itself, not only each answer's yes or no."""
FIRST_LOOK = 5000
"""From so many texts the heads are fitted with which learning starts: more would only take longer. Of a
question that fewer texts answer all are looked at, or it would start with next to nothing."""


def threads(number: int) -> None:
    """How many processors are used. To be called before anything is computed."""
    tf.config.threading.set_intra_op_parallelism_threads(number)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def tune(
    model: E5,
    layers: Sequence[Layer],
    below: Sequence[np.ndarray],
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    shares: Mapping[str, float],
    start: Adapter | None = None,
) -> Tuned:
    """Learns from the texts where ``keep`` (texts,) is true; the same texts give the same numbers.

    ``layers`` are those that change, the last ones of the ``model``, and ``below`` is what goes into the
    first of them, of all texts. ``tasks`` are the questions, ``shares`` says which of them are learnt and how
    much each counts; a text that answers none of them is passed over. ``start`` is what was learnt before, of
    the recipe's rank, perhaps of the last of these layers only.
    """
    tf.keras.utils.set_random_seed(recipe.seed)
    tf.config.experimental.enable_op_determinism()
    lessons = [lesson_of(task, keep, shares[task.name]) for task in tasks if task.name in shares]
    learner = Learner(model, layers, lessons, recipe)
    if start:
        learner.go_on_from(start)
    rows = np.flatnonzero(np.sum([lesson.counts for lesson in lessons], axis=0))
    look = first_look(rows, lessons, recipe.seed)
    learner.start(vectors_of(learner, [below[i] for i in look], recipe), lessons, look)
    _learn(learner, below, lessons, rows, recipe)
    heads = {lesson.name: learner.head(lesson) for lesson in lessons}
    return Tuned(learner.adapter(), heads)


def first_look(rows: np.ndarray, lessons: Sequence[Lesson], seed: int) -> np.ndarray:
    """Which of the ``rows`` the heads are first fitted with, (looked at,)."""
    some = np.random.default_rng(seed).permutation(rows)[:FIRST_LOOK]
    known = [np.flatnonzero(lesson.counts) for lesson in lessons]
    return np.unique(np.concatenate([some, *(own for own in known if len(own) < FIRST_LOOK)]))


@dataclass(frozen=True)
class Lesson:
    """A task over all texts: targets (texts, labels) and how much each text counts (texts,)."""

    name: str
    share: float
    labels: tuple[str, ...]
    exclusive: bool
    targets: np.ndarray
    counts: np.ndarray


def lesson_of(task: Task, keep: np.ndarray, share: float) -> Lesson:
    """A task for the texts where ``keep`` (texts,) is true."""
    targets = np.zeros((len(keep), len(task.labels)), dtype=np.float32)
    counts = np.zeros(len(keep), dtype=np.float32)
    targets[task.rows], counts[task.rows] = task.targets, task.weights
    return Lesson(task.name, share, task.labels, task.exclusive, targets, counts * keep)


class Learner(tf.Module):
    """The layers with what may change in them, and a linear head for each question."""

    def __init__(self, model: E5, layers: Sequence[Layer], lessons: Sequence[Lesson], recipe: Recipe) -> None:
        super().__init__()
        rng = np.random.default_rng(recipe.seed)
        self.attention_heads, self.epsilon = model.attention_heads, model.epsilon
        self.width, self.recipe = model.width, recipe
        self.fixed, self.parts = [], []
        for layer in layers:
            self.fixed.append({name: tf.constant(getattr(layer, name)) for name in MATRICES})
            self.parts.append(_parts(layer, rng, recipe.rank))
        self.heads = {
            lesson.name: (
                tf.Variable(np.zeros((model.width, len(lesson.labels)), np.float32)),
                tf.Variable(np.zeros(len(lesson.labels), np.float32)),
            )
            for lesson in lessons
        }

    def go_on_from(self, adapter: Adapter) -> None:
        """Sets the changes of the last layers to those that were learnt before."""
        for parts, before in zip(self.parts[-len(adapter.layers) :], adapter.layers, strict=True):
            for key, part in parts.items():
                part.assign(before[key])

    def start(self, vectors: np.ndarray, lessons: Sequence[Lesson], look: np.ndarray) -> None:
        """Sets the heads to what fits the vectors of the texts ``look``, before any learning, best."""
        mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
        x = ((vectors - mean) / spread).astype(np.float32)
        for lesson in lessons:
            counts, targets = lesson.counts[look], lesson.targets[look]
            head = fit_head(
                x[counts > 0],
                targets[counts > 0],
                lesson.labels,
                exclusive=lesson.exclusive,
                strength=self.recipe.strength,
                weights=counts[counts > 0],
            )
            weights, bias = self.heads[lesson.name]
            weights.assign(head.weights / spread[:, None])
            bias.assign(head.bias - (mean / spread) @ head.weights)

    def vectors(self, x: tf.Tensor, mask: tf.Tensor, learning: bool) -> tf.Tensor:
        """The means over the pieces behind the last layer; ``mask`` (texts, pieces) is 1 where one is."""
        blocked = (1.0 - mask[:, None, None, :]) * -1e9
        for fixed, parts in zip(self.fixed, self.parts, strict=True):
            mixed = self._attend(self._linear("qkv", fixed, parts, x), blocked)
            x = self._add(x, self._linear("out", fixed, parts, mixed), parts, "norm1", learning)
            up = tf.nn.gelu(self._linear("up", fixed, parts, x), approximate=True)
            x = self._add(x, self._linear("down", fixed, parts, up), parts, "norm2", learning)
        return tf.reduce_sum(x * mask[..., None], 1) / tf.reduce_sum(mask, 1)[:, None]

    def _linear(self, name: str, fixed: dict, parts: dict, x: tf.Tensor) -> tf.Tensor:
        # Flat, or each product would be made text by text.
        flat = tf.reshape(x, (-1, x.shape[-1]))
        low = (flat @ parts[f"{name}_a"]) @ parts[f"{name}_b"]
        y = flat @ fixed[name] + low + parts[f"{name}_bias"]
        return tf.reshape(y, (tf.shape(x)[0], tf.shape(x)[1], y.shape[-1]))

    def _attend(self, qkv: tf.Tensor, blocked: tf.Tensor) -> tf.Tensor:
        texts, pieces, heads = tf.shape(qkv)[0], tf.shape(qkv)[1], self.attention_heads
        split = tf.reshape(qkv, (texts, pieces, 3, heads, self.width // heads))
        q, k, v = tf.unstack(tf.transpose(split, (2, 0, 3, 1, 4)))
        weights = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) + blocked)
        return tf.reshape(tf.transpose(tf.matmul(weights, v), (0, 2, 1, 3)), (texts, pieces, self.width))

    def _add(self, x: tf.Tensor, change: tf.Tensor, parts: dict, norm: str, learning: bool) -> tf.Tensor:
        x = x + (tf.nn.dropout(change, self.recipe.drop) if learning else change)
        x -= tf.reduce_mean(x, -1, keepdims=True)
        x *= tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + self.epsilon)
        return x * parts[f"{norm}_gain"] + parts[f"{norm}_shift"]

    def head(self, lesson: Lesson) -> LinearHead:
        """The head of a question, on the vectors as they are."""
        weights, bias = self.heads[lesson.name]
        return LinearHead(lesson.labels, weights.numpy(), bias.numpy(), lesson.exclusive)

    def adapter(self) -> Adapter:
        """What was learnt, for the encoder that runs."""
        layers = tuple({key: part.numpy() for key, part in parts.items()} for parts in self.parts)
        return Adapter(layers)


def _parts(layer: object, rng: np.random.Generator, rank: int) -> dict[str, tf.Variable]:
    parts = {}
    for name in MATRICES:
        rows, columns = getattr(layer, name).shape
        # With zeros on one side the encoder is at first what it was.
        parts[f"{name}_a"] = tf.Variable(rng.normal(0, rows**-0.5, (rows, rank)).astype(np.float32))
        parts[f"{name}_b"] = tf.Variable(np.zeros((rank, columns), np.float32))
        parts[f"{name}_bias"] = tf.Variable(getattr(layer, f"{name}_bias"))
    for name in NORMS:
        gain, shift = getattr(layer, name)
        parts[f"{name}_gain"], parts[f"{name}_shift"] = tf.Variable(gain), tf.Variable(shift)
    return parts


def _learn(
    learner: Learner,
    below: Sequence[np.ndarray],
    lessons: Sequence[Lesson],
    rows: np.ndarray,
    recipe: Recipe,
) -> None:
    variables = learner.trainable_variables
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    optimizer = tf.keras.optimizers.experimental.AdamW(Slope(recipe.rate, steps), recipe.decay, clipnorm=1.0)
    optimizer.build(variables)

    shapes = (
        tf.TensorSpec((None, None, learner.width)),
        tf.TensorSpec((None, None)),
        [tf.TensorSpec((None, len(lesson.labels))) for lesson in lessons],
        [tf.TensorSpec((None,)) for _ in lessons],
    )

    @tf.function(input_signature=shapes, autograph=False)
    def step(x: tf.Tensor, mask: tf.Tensor, targets: list[tf.Tensor], counts: list[tf.Tensor]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            vectors = tf.nn.dropout(learner.vectors(x, mask, learning=True), recipe.drop_vector)
            loss = tf.add_n(
                [
                    lesson.share * loss_of(lesson, vectors, learner.heads[lesson.name], y, n)
                    for lesson, y, n in zip(lessons, targets, counts, strict=True)
                ]
            )
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    rng = np.random.default_rng(recipe.seed)
    for _ in range(recipe.epochs):
        for batch in batches(rows, below, recipe.batch, rng):
            x, mask = _padded([below[i] for i in batch])
            step(
                x,
                mask,
                [tf.constant(lesson.targets[batch]) for lesson in lessons],
                [tf.constant(lesson.counts[batch]) for lesson in lessons],
            )


def loss_of(
    lesson: Lesson, vectors: tf.Tensor, head: tuple, targets: tf.Tensor, counts: tf.Tensor
) -> tf.Tensor:
    """How far the head of a question, (weights, bias), is off for some texts."""
    logits = vectors @ head[0] + head[1]
    if lesson.exclusive:
        each = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
    else:
        each = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits), -1)
    if lesson.name == LISTWISE:
        shares = targets / tf.maximum(tf.reduce_sum(targets, -1, keepdims=True), 1e-6)
        each = 0.5 * each + tf.nn.softmax_cross_entropy_with_logits(shares, logits)
    return tf.reduce_sum(each * counts) / tf.maximum(tf.reduce_sum(counts), 1.0)


class Slope(tf.keras.optimizers.schedules.LearningRateSchedule):
    """Up during the first twentieth of the steps, then down to zero in a straight line."""

    def __init__(self, rate: float, steps: int) -> None:
        self.rate, self.steps = rate, steps

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        done = tf.cast(step, tf.float32) / self.steps
        return self.rate * tf.minimum(20.0 * done + 1e-3, 1.0) * tf.maximum(1.0 - done, 0.0)

    def get_config(self) -> dict[str, float]:
        return {"rate": self.rate, "steps": self.steps}


def batches(
    rows: np.ndarray, below: Sequence[np.ndarray], size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """All rows in random order, texts of about one length together so that little is padded."""
    order = rng.permutation(rows)
    for at in range(0, len(order), 8 * size):
        part = order[at : at + 8 * size]
        part = part[np.argsort([len(below[i]) for i in part], kind="stable")]
        starts = rng.permutation(np.arange(0, len(part), size))
        yield from (part[start : start + size] for start in starts)


def _padded(rows: Sequence[np.ndarray]) -> tuple[tf.Tensor, tf.Tensor]:
    # Lengths in steps of eight: fewer shapes to compile for.
    longest = -(-max(map(len, rows)) // 8) * 8
    x = np.zeros((len(rows), longest, rows[0].shape[1]), np.float32)
    mask = np.zeros((len(rows), longest), np.float32)
    for i, row in enumerate(rows):
        x[i, : len(row)], mask[i, : len(row)] = row, 1.0
    return tf.constant(x), tf.constant(mask)


def vectors_of(learner: Learner, below: Sequence[np.ndarray], recipe: Recipe) -> np.ndarray:
    """What the layers make of texts as they are now, the mean over the pieces: (texts, width)."""
    shapes = tf.TensorSpec((None, None, learner.width)), tf.TensorSpec((None, None))

    @tf.function(input_signature=shapes, autograph=False)
    def ends(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        return learner.vectors(x, mask, learning=False)

    found = np.empty((len(below), learner.width), np.float32)
    for batch in by_length(below, recipe.batch):
        found[batch] = ends(*_padded([below[i] for i in batch])).numpy()
    return found
