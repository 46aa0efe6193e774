"""Training with one command: ``python -m routing.advice.train``.

Reads the labelled texts of the project (and of ``--extra``), tunes the sentence encoder, fits the heads,
finds the numbers of the calibration on held-out texts, and writes it all with a model card. The same texts
give the same bytes on one kind of machine.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from routing.advice import corpus as c
from routing.advice.advisor import HEADS, Advisor
from routing.advice.card import held_out_figures, write_card
from routing.advice.corpus import read_corpus
from routing.advice.evaluate import CATALOGUE, figures, run
from routing.advice.extra import read_corrections, read_extra
from routing.advice.fit import Numbers, fit_context, ids_by_words, numbers_of, temperatures
from routing.advice.grams import counts, rarity, weighted
from routing.advice.lessons import GROUPS
from routing.advice.mix import Features, held_out, mix_all
from routing.advice.model import FILE, Model, ModelError, load_model
from routing.advice.renew import Comparison, unseen
from routing.advice.seen import RECIPE, REFINING, Look, see, see_again
from routing.advice.targets import tasks_of
from routing.advice.text import calm
from routing.catalogue import Catalogue, load_catalogue

SEED = 20261123


@dataclass(frozen=True)
class Trained:
    """A model, and the numbers that were found on held-out texts."""

    model: Model
    numbers: Numbers


def train(examples: Sequence[c.Example], catalogue: Catalogue, look: Look) -> Trained:
    """Heads for all questions and the numbers of their calibration; ``look`` encodes the texts."""
    texts = [calm(e.text) for e in examples]
    held = held_out(texts)
    seen = look(texts, examples, held)
    standards = seen.standards
    counted = counts(texts)
    rare = rarity(counted[np.flatnonzero(~held)])
    dense = np.hstack([s.apply(seen.vectors[s.encoder]) for s in standards]).astype(np.float32)
    tasks = tasks_of(examples, seen.blocks)
    mixed = mix_all(tasks, Features(dense, weighted(counted, rare)), held, seen.tuned, seen.by_fast)
    numbers = numbers_of(examples, held, mixed)
    found = numbers.find(ids_by_words(catalogue))
    found.update(temperatures(mixed))
    context = fit_context(numbers.examples, mixed["role"].logits / found["role.temperature"], SEED)
    card = {
        "texts": len(examples),
        "held_out": len(numbers.examples),
        "fingerprint": c.fingerprint(examples),
        "tuned_on": seen.tuned_on,
        "shares": {name: part.shares for name, part in mixed.items()},
    }
    heads = {name: part.heads for name, part in mixed.items()}
    model = Model(standards, rare, heads, context, found, card, seen.adapters, seen.weights)
    return Trained(model, numbers)


def training_options(description: str) -> argparse.ArgumentParser:
    """What every command that trains asks for: texts, catalogue, the folder of the heads, and force."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--corpus", type=Path, nargs="+", default=c.FOLDERS, help="folders with labelled texts"
    )
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--out", type=Path, default=HEADS)
    parser.add_argument(
        "--force", action="store_true", help="take the new heads into use even if they are worse"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code: 0, or 1 when the new heads were not taken into use."""
    parser = training_options("Train the heads of the advice.")
    parser.add_argument("--corrections", type=Path, help="corrected texts, from `loket feedback export`")
    parser.add_argument("--extra", type=Path, help="folder with further texts that have goals only")
    parser.add_argument(
        "--encoder",
        choices=("tune", "refine", "asked", "fast", "keep"),
        default="tune",
        help="tune the encoders anew, go on from the better one of the heads in use (for all questions, or"
        " all but the goals), tune only the fast one, or leave both as they are there",
    )
    parser.add_argument("--epochs", type=int, help="rounds of tuning the encoder")
    options = parser.parse_args(arguments)
    examples, catalogue = read_corpus(*options.corpus), load_catalogue(options.catalogue)
    examples += read_corrections(options.corrections, catalogue.roles) if options.corrections else ()
    examples += read_extra(options.extra) if options.extra else ()
    try:
        look = _look(options.encoder, options.epochs, options.out)
    except ModelError as error:
        parser.error(str(error))
    with tempfile.TemporaryDirectory() as made:
        make_heads(examples, catalogue, Path(made), look)
        return take_into_use(examples, catalogue, Path(made), options.out, force=options.force)


def _look(encoder: str, epochs: int | None, folder: Path) -> Look:
    used = None if encoder == "tune" else load_model(folder)
    if encoder == "keep":
        return partial(see_again, used=used)
    recipe = REFINING if used and used.adapters.ways else RECIPE
    groups = [group for group in GROUPS if encoder in ("tune", "refine", group)]
    return partial(see, recipe=replace(recipe, epochs=epochs or recipe.epochs), used=used, groups=groups)


def make_heads(
    examples: Sequence[c.Example], catalogue: Catalogue, folder: Path, look: Look
) -> dict[str, float]:
    """Trains, writes heads and model card into a folder, and returns the figures of the card."""
    trained = train(examples, catalogue, look)
    figures = held_out_figures(trained.numbers)
    trained.model.save(folder)
    write_card(folder, examples, figures, trained.model.card)
    return figures


def take_into_use(
    examples: Sequence[c.Example], catalogue: Catalogue, made: Path, used: Path, *, force: bool
) -> int:
    """Puts new heads in the place of those in use, unless they are worse; says how both do.

    Where none are in use they are taken, and where those cannot be read any more only by ``force``.
    """
    asked = [e for e in unseen(examples) if e.kind in c.KINDS]
    after = figures_of(made, catalogue, asked)
    try:
        before = figures_of(used, catalogue, asked) if (used / FILE).exists() else after
        comparison = Comparison(before, after)
        print(f"{len(asked)} held-out texts\n{comparison.report()}")
        refused = "" if comparison.better else f"worse: {', '.join(comparison.worse) or 'as a whole'}"
    except ModelError as error:
        print(f"cannot be compared with those in use: {error}")
        refused = "those in use cannot be read"
    if refused and not force:
        print(f"not taken into use; {refused}; --force does it all the same")
        return 1
    used.mkdir(parents=True, exist_ok=True)
    for path in made.iterdir():
        # Whoever loads the heads in this moment finds the old ones or the new ones, and no half ones.
        beside = used / f"{path.name}.new"
        shutil.copy(path, beside)
        beside.replace(used / path.name)
    print(f"taken into use: {used}")
    return 0


def figures_of(heads: Path, catalogue: Catalogue, asked: Sequence[c.Example]) -> dict[str, float]:
    """The figures of the heads in a folder on labelled texts. Raises ModelError."""
    cases, _ = run(Advisor.load(catalogue, heads=heads), asked, explain=False)
    return figures(cases)


if __name__ == "__main__":
    raise SystemExit(main())
