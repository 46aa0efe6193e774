"""Which questions the encoder learns together, and the learning of the groups side by side.

What a plan serves and what is asked for it are told by different words; one set of changed layers for both
learns each less well than a set of its own (ADR 7). The groups are learnt side by side, in processes of their
own, which keep a small machine busier than one process with several threads.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

from routing.advice.adapter import Adapter
from routing.advice.recipe import Recipe, Tuned
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


def learn_all(
    below: Sequence[np.ndarray],
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    start: Mapping[str, Adapter],
) -> dict[str, Tuned]:
    """What the encoder learns for each group, from the texts where ``keep`` (texts,) is true.

    ``below`` is what ``E5.lower`` made of all texts, ``tasks`` are all questions, ``start`` what groups have
    learnt before, where they go on from it.
    """
    cuts = np.cumsum([0, *map(len, below)])
    with tempfile.TemporaryDirectory() as folder:
        # Some forty kilobytes a text: both processes read them from one file instead of getting copies.
        shared = Path(folder) / "below.npy"
        np.save(shared, np.concatenate(below))
        # TensorFlow does not survive a fork.
        with ProcessPoolExecutor(len(GROUPS), multiprocessing.get_context("spawn")) as pool:
            made = {
                name: pool.submit(_learn, name, shared, cuts, tasks, keep, recipe, start.get(name))
                for name in GROUPS
            }
            return {name: one.result() for name, one in made.items()}


def _learn(
    name: str,
    shared: Path,
    cuts: np.ndarray,
    tasks: Sequence[Task],
    keep: np.ndarray,
    recipe: Recipe,
    start: Adapter | None,
) -> Tuned:
    from routing.advice.encoder import e5_model
    from routing.advice.tune import one_thread, tune

    one_thread()
    pieces = np.load(shared, mmap_mode="r")
    below = [pieces[start:end] for start, end in pairwise(cuts)]
    return tune(e5_model(), below, tasks, keep, recipe, GROUPS[name], start)
