"""Whether newly trained heads are better than those in use, on texts that neither of them learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from routing.advice.corpus import Example
from routing.advice.mix import held_out
from routing.advice.text import calm

JUDGED = (
    "kind accuracy",
    "urgent found",
    "first goal in gold",
    "first goal accepted",
    "goals micro F1",
    "role exact",
    "role accepted",
    "confident: role accepted",
)
"""The figures that decide; higher is better for all."""
NOISE = 0.01
"""A figure may be so much lower before it counts as worse: a few texts among hundreds."""
PLANS = 1500
"""So many plans are asked of both: twice as many take minutes longer and seldom say something else."""


@dataclass(frozen=True)
class Comparison:
    """Figures before and after."""

    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def worse(self) -> tuple[str, ...]:
        """The figures that fell by more than noise."""
        return tuple(name for name in JUDGED if self._change(name) < -NOISE)

    def _change(self, name: str) -> float:
        # Heads that are never sure, or never asked, have a share of nothing: it counts as none.
        before, after = (0.0 if isnan(side[name]) else side[name] for side in (self.before, self.after))
        return after - before

    @property
    def better(self) -> bool:
        """Whether the new heads may take the place of the old ones.

        Nothing fell by more than noise, and taken together the figures did not fall.
        """
        return not self.worse and sum(map(self._change, JUDGED)) >= 0

    def report(self) -> str:
        """Before, after and difference of every figure that decides."""
        lines = ["figure                    before   after  change"]
        for name in JUDGED:
            old, new = self.before[name], self.after[name]
            lines.append(f"{name:24} {old:7.3f} {new:7.3f} {new - old:+7.3f}")
        return "\n".join(lines)


def unseen(examples: Sequence[Example]) -> list[Example]:
    """Of the texts that every training holds out all that are no plans, and ``PLANS`` of the plans."""
    out = held_out([calm(e.text) for e in examples])
    held = [e for e, is_held in zip(examples, out, strict=True) if is_held]
    plans = [e for e in held if e.kind == "plan"]
    step = max(1, len(plans) // PLANS)
    return [*plans[::step], *(e for e in held if e.kind != "plan")]
