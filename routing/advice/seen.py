"""What training sees of the texts: their vectors by both encoders, after these learnt or as they are in use.

With them come the heads that go with what the encoders learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.advice import corpus as c
from routing.advice.adapter import Adapters
from routing.advice.encoder import E5_WIDTH, FAST, NO_ADAPTERS, load_encoder
from routing.advice.lessons import FAST_LEARNS, GROUPS, WHOLE, Learnt, learn_all, learn_fast
from routing.advice.linear import LinearHead
from routing.advice.model import Model, Standard
from routing.advice.recipe import Recipe, TunedUse
from routing.advice.targets import Task, tasks_of
from routing.advice.use import END
from routing.advice.use import WIDTH as USE_WIDTH

RECIPE = Recipe()
REFINING = Recipe(epochs=1, rate=6e-4)
"""One round more for an encoder that is tuned already, in smaller steps."""
FAST_RECIPE = Recipe(epochs=4, rate=3e-4, batch=64, drop_vector=0.3)
"""For the fast encoder, of which whole matrices change."""
FAST_BLOCKS = (FAST, f"{FAST}.rest")
"""The end of the fast encoder, and what it sees on the way."""


@dataclass(frozen=True)
class Seen:
    """The texts as the encoders see them: vectors by encoder, the block of every number, their standards.

    ``tuned`` and ``by_fast`` are heads on all standardised numbers that go with what the encoders learnt, by
    question; ``tuned_on`` names the texts that the better encoder learnt from, by their fingerprint.
    """

    vectors: Mapping[str, np.ndarray]
    blocks: Sequence[str]
    standards: tuple[Standard, ...]
    tuned: Mapping[str, LinearHead]
    by_fast: Mapping[str, LinearHead]
    adapters: Adapters
    weights: Mapping[str, np.ndarray]
    tuned_on: str


Look = Callable[[Sequence[str], Sequence[c.Example], np.ndarray], Seen]
"""Encodes texts, given the labels of all and which are held out."""


def see(
    texts: Sequence[str],
    examples: Sequence[c.Example],
    held: np.ndarray,
    *,
    recipe: Recipe = RECIPE,
    fast: Recipe | None = FAST_RECIPE,
    used: Model | None = None,
    groups: Collection[str] = tuple(GROUPS),
) -> Seen:
    """Encodes all texts, after the encoders learnt from those that are not held out.

    e5 learns the ``groups`` and goes on from the heads ``used``, if there are any; the fast encoder learns
    anew by its recipe. For groups that are not learnt, or without a recipe, heads in use are needed, and what
    was learnt for those stays.
    """
    tasks = tasks_of(examples, [])
    learnt = _learnt(texts, tasks, held, recipe, used, groups)
    quick = learn_fast(texts, tasks, ~held, fast) if fast else TunedUse(used.fast, {})
    seen = load_encoder(FAST, weights=quick.weights).encode(texts)
    vectors, kept = {"e5": learnt.vectors, FAST: seen}, set(GROUPS) - set(groups)
    # Heads that stay are written in the standards that they were made with.
    standards = (
        _standard_of(used, "e5") if kept else Standard.of("e5", vectors["e5"][~held]),
        Standard.of(FAST, seen[~held]) if fast else _standard_of(used, FAST),
    )
    blocks = _blocks(learnt.adapters.ways, FAST)
    stays = Stays(used, examples, blocks) if used else None
    tuned = stays.heads("e5", [name for group in kept for name in GROUPS[group]]) if kept else {}
    for group, heads in learnt.heads.items():
        for name, head in heads.items():
            tuned[name] = _on_features(head, [f"e5.{group}"], standards, blocks)
    if fast:
        by_fast = {n: _on_features(h, FAST_BLOCKS, standards, blocks) for n, h in quick.heads.items()}
    else:
        by_fast = stays.heads(FAST, FAST_LEARNS)
    # The goals and what all share have learnt from most: they say on which texts it was tuned.
    tuned_on = c.fingerprint(examples) if WHOLE in groups else _tuned_on(used)
    return Seen(vectors, blocks, standards, tuned, by_fast, learnt.adapters, quick.weights, tuned_on)


def see_again(texts: Sequence[str], examples: Sequence[c.Example], held: np.ndarray, *, used: Model) -> Seen:
    """Encodes all texts with the encoders as they are in use; the fast one learns if it never did."""
    return see(texts, examples, held, used=used, groups=(), fast=None if used.fast else FAST_RECIPE)


def see_as_used(texts: Sequence[str], examples: Sequence[c.Example], *, used: Model) -> Seen:
    """Encodes all texts as the heads in use do, also those of before the fast encoder learnt."""
    vectors = {name: load_encoder(name, used.adapters, used.fast).encode(texts) for name in used.encoders}
    blocks = _blocks(used.adapters.ways, used.encoders[-1])
    tuned = _known({name: head.dense for name, head in used.heads.items()}, examples)
    return Seen(vectors, blocks, used.standards, tuned, {}, used.adapters, used.fast, _tuned_on(used))


def _learnt(
    texts: Sequence[str],
    tasks: Sequence[Task],
    held: np.ndarray,
    recipe: Recipe,
    used: Model | None,
    groups: Collection[str],
) -> Learnt:
    start = used.adapters if used else NO_ADAPTERS
    if not groups:
        return Learnt(start, {}, load_encoder("e5", start).encode(texts))
    return learn_all(texts, tasks, ~held, recipe, start, groups)


def _tuned_on(used: Model) -> str:
    return used.card.get("tuned_on", used.card["fingerprint"])


def _standard_of(used: Model, encoder: str) -> Standard:
    return next(standard for standard in used.standards if standard.encoder == encoder)


@dataclass(frozen=True)
class Stays:
    """Heads in use that go on having a say, on the numbers of one encoder."""

    used: Model
    examples: Sequence[c.Example]
    blocks: Sequence[str]

    def heads(self, encoder: str, questions: Iterable[str]) -> dict[str, LinearHead]:
        """Those of some questions, where their labels are still those of the texts."""
        heads = {name: self._part(encoder, name) for name in questions if name in self.used.heads}
        return _known(heads, self.examples)

    def _part(self, encoder: str, question: str) -> LinearHead:
        """The head on the numbers of the encoder alone."""
        head, start = self.used.heads[question].dense, 0
        for standard in self.used.standards:
            if standard.encoder == encoder:
                break
            start += len(standard.mean)
        weights = np.zeros((len(self.blocks), len(head.labels)), dtype=np.float32)
        at = [k for k, block in enumerate(self.blocks) if block.partition(".")[0] == encoder]
        weights[at] = head.weights[start : start + len(at)]
        # What a head says of a text without words goes with the first of them.
        bias = head.bias if encoder == "e5" else np.zeros_like(head.bias)
        return LinearHead(head.labels, weights, bias, head.exclusive)


def _known(heads: Mapping[str, LinearHead], examples: Sequence[c.Example]) -> dict[str, LinearHead]:
    """Those of the heads, by question, whose labels are still those of the texts."""
    labels = {task.name: task.labels for task in tasks_of(examples, [])}
    return {name: head for name, head in heads.items() if head.labels == labels.get(name)}


def _blocks(groups: Iterable[str], quick: str) -> list[str]:
    """The block of every number: those of e5, then those of the fast encoder; fewer if it never learnt."""
    parts = ["e5.middle", *(f"e5.{name}" for name in groups)]
    rest = [FAST_BLOCKS[1]] * (USE_WIDTH - END) if quick == FAST else []
    return [*(part for part in parts for _ in range(E5_WIDTH)), *[quick] * END, *rest]


def _on_features(
    head: LinearHead, own: Sequence[str], standards: Sequence[Standard], blocks: Sequence[str]
) -> LinearHead:
    """A head on the plain vectors of its own blocks, as one on all standardised features."""
    mean = np.concatenate([s.mean for s in standards])
    scale = np.concatenate([s.scale for s in standards])
    at = np.flatnonzero(np.isin(blocks, own))
    weights = np.zeros((len(blocks), len(head.labels)), dtype=np.float32)
    weights[at] = head.weights * scale[at, None]
    return LinearHead(head.labels, weights, head.bias + mean[at] @ head.weights, head.exclusive)
