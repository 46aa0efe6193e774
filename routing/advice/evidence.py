"""Which words of a text led to a goal or a role: found by leaving words out and looking what changes.

By occlusion: each sentence is left out in turn, and the one that the label misses most is kept; then each
word of it in turn, and the stretch of words whose absence costs most is shown. The fast encoder and the
words do this (heads named ``quick_``), since some thirty texts have to be weighed for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from routing.advice.scorer import Scorer
from routing.advice.targets import QUICK
from routing.advice.text import Span, sentences, words

LONGEST = 6
"""Words in a piece of evidence, at most."""
MOST_PARTS = 12
"""Parts of a text that are tried one by one, at most: in a long story some sentences go together."""
MOST_WORDS = 40
"""Words of a sentence that are tried one by one, at most."""
COST_OF_A_WORD = 0.15
"""A word joins the evidence if it adds more than this share of the strongest word's effect."""
Label = tuple[str, str]
"""A head and one of its labels: ("goals", "11") or ("role", "verbinder")."""


def find_evidence(scorer: Scorer, clean: str, labels: Sequence[Label]) -> Mapping[Label, Span]:
    """For each label the stretch of the (calmed) text that led to it most."""
    if not labels:
        return {}
    parts = _joined(sentences(clean)) or (Span(0, len(clean)),)
    chosen = _best_sentences(scorer, clean, parts, labels)
    found: dict[Label, Span] = {}
    for part in dict.fromkeys(chosen.values()):
        own = [label for label in labels if chosen[label] == part]
        found.update(_best_words(scorer, clean, part, own))
    return found


def _joined(parts: Sequence[Span]) -> tuple[Span, ...]:
    """At most ``MOST_PARTS`` stretches of neighbouring sentences."""
    each = -(-len(parts) // MOST_PARTS)
    groups = [parts[at : at + each] for at in range(0, len(parts), each or 1)]
    return tuple(Span(group[0].start, group[-1].end) for group in groups)


def _best_sentences(
    scorer: Scorer, clean: str, parts: Sequence[Span], labels: Sequence[Label]
) -> Mapping[Label, Span]:
    if len(parts) == 1:
        return dict.fromkeys(labels, parts[0])
    without = [_without(clean, Span(0, len(clean)), part) for part in parts]
    effects = _effects(scorer, clean, without, labels)
    return {label: parts[int(np.argmax(effects[label]))] for label in labels}


def _without(clean: str, within: Span, part: Span) -> str:
    return f"{clean[within.start : part.start]} {clean[part.end : within.end]}"


def _effects(
    scorer: Scorer, whole: str, without: Sequence[str], labels: Sequence[Label]
) -> Mapping[Label, np.ndarray]:
    """What each label loses, in logits, in each of the texts that something was left out of."""
    logits = scorer.logits([whole, *without], {QUICK + head for head, _ in labels})
    effects = {}
    for head, name in labels:
        table = logits[QUICK + head][:, scorer.labels(QUICK + head).index(name)]
        effects[head, name] = table[0] - table[1:]
    return effects


def _best_words(scorer: Scorer, clean: str, part: Span, labels: Sequence[Label]) -> Mapping[Label, Span]:
    spans = words(clean, part)[:MOST_WORDS]
    if len(spans) < 3:
        return {label: Span(spans[0].start, spans[-1].end) if spans else part for label in labels}
    without = [_without(clean, part, word) for word in spans]
    effects = _effects(scorer, part.of(clean), without, labels)
    return {label: _stretch(spans, effects[label]) for label in labels}


def _stretch(spans: Sequence[Span], effects: np.ndarray) -> Span:
    """The stretch of at most LONGEST words with the largest sum of effects, each word costing a little."""
    price = COST_OF_A_WORD * max(float(effects.max()), 1e-9)
    best, chosen = -np.inf, (0, 1)
    for start in range(len(spans)):
        for end in range(start + 1, min(len(spans), start + LONGEST) + 1):
            gain = float(effects[start:end].sum()) - price * (end - start)
            if gain > best:
                best, chosen = gain, (start, end)
    return Span(spans[chosen[0]].start, spans[chosen[1] - 1].end)
