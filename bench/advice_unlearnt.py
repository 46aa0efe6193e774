"""How good the heads are on the texts of data/unlearnt, which none of those in use learnt from.

    python bench/advice_unlearnt.py [FOLDER OF HEADS]

One text in eight, spread over the tables.
"""

from __future__ import annotations

import sys
from pathlib import Path

from routing.advice import Advisor
from routing.advice.advisor import HEADS
from routing.advice.corpus import read_corpus
from routing.advice.evaluate import CATALOGUE, report, run
from routing.catalogue import load_catalogue

FOLDER = Path(__file__).parents[1] / "data" / "unlearnt"
EVERY = 8


def main(heads: Path) -> None:
    asked = read_corpus(FOLDER)[::EVERY]
    print(report(*run(Advisor.load(load_catalogue(CATALOGUE), heads=heads), asked, explain=False)))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HEADS)
