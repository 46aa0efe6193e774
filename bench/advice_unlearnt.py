"""How good the heads are on the texts of data/unlearnt and data/measured, of which those in use learnt none.

    python bench/advice_unlearnt.py [FOLDER OF HEADS]

One text in four of data/unlearnt, and each of data/measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

from routing.advice import Advisor
from routing.advice.advisor import HEADS
from routing.advice.corpus import read_corpus
from routing.advice.evaluate import CATALOGUE, report, run
from routing.catalogue import load_catalogue

DATA = Path(__file__).parents[1] / "data"
EVERY = {"unlearnt": 4, "measured": 1}


def main(heads: Path) -> None:
    advisor = Advisor.load(load_catalogue(CATALOGUE), heads=heads)
    for folder, every in EVERY.items():
        asked = read_corpus(DATA / folder)[::every]
        print(f"\n{folder}: {report(*run(advisor, asked, explain=False))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HEADS)
