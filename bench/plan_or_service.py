"""What it would do to ask for more or less before a doubtful text is taken for a plan and not for a service.

    python bench/plan_or_service.py [FOLDER OF LABELLED TEXTS ...]

A text that is likelier a service, without a word of one in it, is taken for a plan when that is at least so
many times as likely (``routing.advice.decide.PLAN_BEFORE_SERVICE``). By default of texts that the heads in
use did not learn from.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from routing.advice import Advisor
from routing.advice.corpus import read_corpus
from routing.advice.decide import perhaps_plan
from routing.advice.evaluate import CATALOGUE
from routing.catalogue import load_catalogue

DATA = Path(__file__).parents[1] / "data"
FOLDERS = (DATA / "unlearnt", DATA / "measured")
SHARES = (1.0, 0.8, 0.65, 0.5, 0.35, 0.2)
KINDS = ("plan", "service")
ROW = "{:>8}  {:>14}  {:>18}"


def main(folders: Sequence[Path]) -> None:
    advisor = Advisor.load(load_catalogue(CATALOGUE))
    for folder in folders:
        texts = [e for e in read_corpus(folder) if e.kind in KINDS]
        doubted = [(e.kind, kinds) for e in texts if (kinds := _doubted(advisor, e.text))]
        print(f"\n{folder.name}: {len(texts)} plans and services")
        print(ROW.format("share", "plans found", "services lost"))
        for least in SHARES:
            taken = [kind for kind, kinds in doubted if perhaps_plan("service", kinds, least)]
            print(ROW.format(least, taken.count("plan"), taken.count("service")))


def _doubted(advisor: Advisor, text: str) -> Mapping[str, float] | None:
    """How likely each kind is, where the text is likeliest a service and names none."""
    kinds = advisor.advise(text, explain=False).kind_scores
    likeliest = max(kinds, key=kinds.__getitem__)
    return kinds if likeliest == "service" and not advisor.names_service(text) else None


if __name__ == "__main__":
    main([Path(folder) for folder in sys.argv[1:]] or FOLDERS)
