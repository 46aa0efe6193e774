"""Which words of a text led to a goal or a role: found by leaving words out and looking what changes.

First the sentence: the one that says most for the label by itself, to the same heads that decided.
Then the words in it, with the fast encoder: each word is left out in turn (occlusion), and the
stretch of words whose absence costs the label most is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from routing.advice.scorer import QUICK, Scorer
from routing.advice.text import Span, sentences, words

LONGEST = 6
"""Words in a piece of evidence, at most."""
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
    parts = sentences(clean) or (Span(0, len(clean)),)
    chosen = _best_sentences(scorer, clean, parts, labels)
    found: dict[Label, Span] = {}
    for part in dict.fromkeys(chosen.values()):
        own = [label for label in labels if chosen[label] == part]
        found.update(_best_words(scorer, clean, part, own))
    return found


def _best_sentences(
    scorer: Scorer, clean: str, parts: Sequence[Span], labels: Sequence[Label]
) -> Mapping[Label, Span]:
    if len(parts) == 1:
        return dict.fromkeys(labels, parts[0])
    logits = scorer.logits([part.of(clean) for part in parts], {head for head, _ in labels})
    chosen = {}
    for head, name in labels:
        column = scorer.labels(head).index(name)
        chosen[head, name] = parts[int(np.argmax(_against_others(logits[head], column)))]
    return chosen


def _against_others(logits: np.ndarray, column: int) -> np.ndarray:
    """How far a label stands above the best of the others, for each row."""
    others = np.delete(logits, column, axis=1)
    return logits[:, column] - others.max(axis=1)


def _best_words(scorer: Scorer, clean: str, part: Span, labels: Sequence[Label]) -> Mapping[Label, Span]:
    spans = words(clean, part)[:MOST_WORDS]
    if len(spans) < 3:
        return {label: Span(spans[0].start, spans[-1].end) if spans else part for label in labels}
    sentence = part.of(clean)
    without = [clean[part.start : s.start] + clean[s.end : part.end] for s in spans]
    heads = {QUICK + head for head, _ in labels}
    logits = scorer.logits([sentence, *without], heads)
    found = {}
    for head, name in labels:
        column = scorer.labels(QUICK + head).index(name)
        table = logits[QUICK + head][:, column]
        found[head, name] = _stretch(spans, table[0] - table[1:])
    return found


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
