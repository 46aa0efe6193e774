"""Which questions the encoder learns together, and the learning of the groups one after the other.

What a plan serves and what is asked for it are told by different words; one set of changed layers for both
learns each less well than a set of its own (ADR 7). The lower half of the layers is shared, or an advice
would take too long: it changes with the first group, and the others are learnt on top of it (ADR 9).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from routing.advice.adapter import Adapter, Adapters
from routing.advice.e5 import MIDDLE
from routing.advice.encoder import NO_WEIGHTS, e5_model, use_model
from routing.advice.linear import LinearHead
from routing.advice.recipe import Recipe, TunedUse
from routing.advice.targets import Task

GROUPS: Mapping[str, Mapping[str, float]] = {
    "goals": {"goals": 1.0},
    "asked": {
        "kind": 1.0,
        "role": 1.0,
        "help": 0.5,
        "content": 0.5,
        "parties": 0.3,
        "phase": 0.3,
        "service": 0.3,
        "emergency": 0.3,
    },
}
"""The questions of each group, and how much each counts in what the group learns."""
FAST_LEARNS: Mapping[str, float] = {"goals": 1.0, "role": 1.0, "kind": 1.0}
"""What the fast encoder learns, and how much each counts."""
WHOLE = "goals"
"""The group that all layers learn. Goals gain by that (`docs/advice.md`), and are the hardest to learn."""


@dataclass(frozen=True)
class Learnt:
    """What the encoder knows now, the heads of each group that was learnt, and all texts' vectors with it.

    ``vectors`` (texts, 384 * (1 + ways)) are the middle and the end of each way.
    """

    adapters: Adapters
    heads: Mapping[str, Mapping[str, LinearHead]]
    vectors: np.ndarray


def learn_all(
    texts: Sequence[str],
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    start: Adapters,
    groups: Collection[str],
) -> Learnt:
    """What the encoder learns for the groups, from the texts where ``keep`` (texts,) is true.

    ``tasks`` are all questions, ``start`` is what the encoder has learnt before, if it goes on from that;
    what it learnt for other groups stays. It all happens in a process of its own, which gives back the memory
    that TensorFlow takes.
    """
    # TensorFlow does not survive a fork.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_learn_all, texts, tasks, keep, recipe, start, groups).result()


def _learn_all(
    texts: Sequence[str],
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    start: Adapters,
    groups: Collection[str],
) -> Learnt:
    from routing.advice.tune import threads, tune

    threads(len(os.sched_getaffinity(0)))
    model = e5_model()
    below, ways, heads = start.below, dict(start.ways), {}
    if WHOLE in groups:
        before = start.all_layers(WHOLE)
        whole = tune(model, model.layers, model.entered(texts), tasks, keep, recipe, GROUPS[WHOLE], before)
        below, ways[WHOLE] = Adapter(whole.adapter.layers[:MIDDLE]), Adapter(whole.adapter.layers[MIDDLE:])
        heads[WHOLE] = whole.heads
    model.layers[:MIDDLE] = Adapters(below).applied_to(model.layers)[0]
    pieces, upper = model.lower(texts), model.layers[MIDDLE:]
    for name, shares in GROUPS.items():
        if name in groups and name != WHOLE:
            tuned = tune(model, upper, pieces, tasks, keep, recipe, shares, start.ways.get(name))
            ways[name], heads[name] = tuned.adapter, tuned.heads
    ends = [model.ends(pieces, way.applied_to(upper)) for way in ways.values()]
    return Learnt(Adapters(below, ways), heads, np.hstack([model.ends(pieces), *ends]))


def learn_fast(texts: Sequence[str], tasks: Sequence[Task], keep: np.ndarray, recipe: Recipe) -> TunedUse:
    """What the fast encoder learns from the texts where ``keep`` (texts,) is true, from its package's state.

    In a process of its own, as ``learn_all``.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_learn_fast, texts, tasks, keep, recipe).result()


def _learn_fast(texts: Sequence[str], tasks: Sequence[Task], keep: np.ndarray, recipe: Recipe) -> TunedUse:
    from routing.advice.tune import threads
    from routing.advice.tune_use import tune_use

    threads(len(os.sched_getaffinity(0)))
    return tune_use(use_model(NO_WEIGHTS), texts, tasks, keep, recipe, FAST_LEARNS)
