"""Learns anew which service or emergency is meant: ``python -m routing.advice.ids``.

Nothing else hangs on these two questions, and their labels change whenever the catalogue gets a service. So
they can be learnt by themselves in some minutes, on the encoder as it was tuned; everything else in the heads
in use stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from routing.advice import corpus as c
from routing.advice.card import figures_in, write_card
from routing.advice.fit import ids_by_words, numbers_of, temperatures
from routing.advice.grams import counts, weighted
from routing.advice.metrics import share
from routing.advice.mix import Features, held_out, mix_all
from routing.advice.model import Heads, Model, load_model
from routing.advice.seen import see_as_used
from routing.advice.targets import Task, tasks_of
from routing.advice.text import calm
from routing.advice.train import training_options
from routing.catalogue import Catalogue, load_catalogue

QUESTIONS = ("service", "emergency")


def learn_ids(
    examples: Sequence[c.Example], catalogue: Catalogue, used: Model
) -> tuple[Model, dict[str, tuple[float, float]]]:
    """The heads with both questions learnt anew, and the share of held-out texts that each gets right.

    The shares are those before and after, by the head alone, without the catalogue's words.
    """
    known = [e for e in examples if e.emergency or e.service]
    texts = [calm(e.text) for e in known]
    held = held_out(texts)
    seen = see_as_used(texts, known, used=used)
    x = np.hstack([s.apply(seen.vectors[s.encoder]) for s in seen.standards]).astype(np.float32)
    features = Features(x, weighted(counts(texts), used.rarity))
    tasks = [task for task in tasks_of(known, seen.blocks) if task.name in QUESTIONS]
    mixed = mix_all(tasks, features, held, seen.tuned, seen.by_fast)
    found = numbers_of(known, held, mixed).find_ids(ids_by_words(catalogue))
    found.update(temperatures(mixed))
    heads = {name: part.heads for name, part in mixed.items()}
    shares = {**used.card["shares"], **{name: part.shares for name, part in mixed.items()}}
    card = {**used.card, "fingerprint": c.fingerprint(examples), "texts": len(examples), "shares": shares}
    model = replace(used, heads={**used.heads, **heads}, numbers={**used.numbers, **found}, card=card)
    right = {
        task.name: tuple(_right(task, one.heads[task.name], features, held) for one in (used, model))
        for task in tasks
    }
    return model, right


def _right(task: Task, heads: Heads, features: Features, held: np.ndarray) -> float:
    own = held[task.rows]
    rows = task.rows[own]
    z = heads.logits(features.dense[rows], features.words[rows])
    truth = task.targets[own].argmax(axis=1)
    return share(
        [heads.dense.labels[k] == task.labels[t] for k, t in zip(z.argmax(axis=1), truth, strict=True)]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code: 0, or 1 when the new heads were not taken into use."""
    options = training_options("Learn anew which service or emergency is meant.").parse_args(arguments)
    examples = c.read_corpus(*options.corpus)
    model, right = learn_ids(examples, load_catalogue(options.catalogue), load_model(options.out))
    for name, (before, after) in right.items():
        print(f"{name}: right on held-out texts before {before:.3f}, after {after:.3f}")
    if any(after < before for before, after in right.values()) and not options.force:
        print("not taken into use: worse")
        return 1
    figures = figures_in(options.out)
    model.save(options.out)
    write_card(options.out, examples, figures, model.card)
    print(f"taken into use: {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
