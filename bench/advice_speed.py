"""Milliseconds of the advice on one core: each encoder alone, the advice, and the advice with evidence.

OPENBLAS_NUM_THREADS=1 python bench/advice_speed.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from routing.advice import Advisor
from routing.advice.advisor import HEADS
from routing.advice.corpus import read_corpus
from routing.advice.encoder import load_encoder
from routing.advice.model import load_model
from routing.catalogue import load_catalogue
from routing.processor import SWITCH

ROOT = Path(__file__).parents[1]
TEXTS = 60


def measure(name: str, answer: Callable[[str], object], texts: list[str]) -> None:
    """Prints the median and the 95th percentile over the texts, each seen once."""
    times = []
    for text in texts:
        start = time.perf_counter()
        answer(text)
        times.append(1000 * (time.perf_counter() - start))
    print(f"{name:28} {np.median(times):7.1f} {np.percentile(times, 95):7.1f} ms")


def main() -> None:
    plans = [e.text for e in read_corpus(ROOT / "data/nlu", ROOT / "data/advice") if e.kind == "plan"]
    step = len(plans) // (4 * TEXTS)
    parts = [plans[i :: 4 * step][:TEXTS] for i in range(0, 4 * step, step)]
    model = load_model(HEADS)
    encoders = {name: load_encoder(name, model.adapters, model.fast) for name in model.encoders}
    print(f"arithmetic of {os.environ.get(SWITCH) or 'the choice of numpy'}")
    advisor = Advisor.load(load_catalogue(ROOT / "routing/catalogue/delft"))
    advisor.advise(plans[-1])
    for (name, encoder), texts in zip(encoders.items(), parts[:2], strict=True):
        measure(f"encoder {name}", lambda text, encoder=encoder: encoder.encode([text]), texts)
    measure("advice", lambda text: advisor.advise(text, explain=False), parts[2])
    measure("advice with evidence", advisor.advise, parts[3])


if __name__ == "__main__":
    main()
