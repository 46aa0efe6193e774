"""What the intake collected beside the text, and how much it weighs in the choice of the role.

The role follows from the help that is asked, the parties and the phase, more than from the theme. Where
the person answered those questions, a head that was trained on text and answers together decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from routing.advice.advice import Context
from routing.advice.corpus import HELP, PARTIES, PHASES, ROLES
from routing.advice.linear import LinearHead, softmax

SOURCES = ("text", "help", "parties", "phase")
_WIDTHS = (len(ROLES), len(HELP), len(PARTIES), len(PHASES))
WIDTH = sum(_WIDTHS)


@dataclass(frozen=True)
class Known:
    """The answers as ids, apart from the person's own words."""

    help: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    phase: str | None = None

    def __bool__(self) -> bool:
        return bool(self.help or self.parties or self.phase)


def known_of(context: Context) -> tuple[Known, str]:
    """The answers that are ids, and the answers in own words, joined."""
    help_ids, help_words = _sort(context.help, HELP)
    party_ids, party_words = _sort(context.parties, PARTIES)
    phase_ids, phase_words = _sort(context.phase, PHASES)
    phase = next((p for p in phase_ids if p != "unknown"), None)
    own = [*help_words, *party_words, *phase_words]
    return Known(help_ids, party_ids, phase), ". ".join(own)


def _sort(given: str | Sequence[str] | None, ids: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    values = (given,) if isinstance(given, str) else tuple(given or ())
    return tuple(v for v in values if v in ids), [v for v in values if v.strip() and v not in ids]


def context_row(role_logits: np.ndarray, known: Known) -> np.ndarray:
    """The features of the head: role logits of the text (centred) and a mark for each answer. (WIDTH,)"""
    marks = [
        np.isin(HELP, known.help),
        np.isin(PARTIES, known.parties),
        np.isin(PHASES, (known.phase,)),
    ]
    return np.concatenate([role_logits - role_logits.mean(), *marks]).astype(np.float32)


def weigh(
    head: LinearHead, row: np.ndarray, known: Collection[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Probabilities of the ``known`` roles, and the share of each source in the lead of the best one.

    The lead is that over all other roles which the head knows, so that it is there for a single role too.
    """
    logits = head.logits(row[None])[0].astype(float)
    at = [i for i, role in enumerate(head.labels) if role in known]
    best = max(at, key=lambda i: logits[i])
    lead = head.weights[:, best] - np.delete(head.weights, best, axis=1).mean(axis=1)
    parts = np.split(row * lead, np.cumsum(_WIDTHS)[:-1])
    sizes = np.array([abs(float(part.sum())) for part in parts])
    shares = sizes / max(float(sizes.sum()), 1e-9)
    roles = dict(zip((head.labels[i] for i in at), map(float, softmax(logits[at])), strict=True))
    return roles, dict(zip(SOURCES, map(float, shares), strict=True))
