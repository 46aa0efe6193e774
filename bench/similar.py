"""Whether the same plan, told by somebody else, is found again, and how fast: bench/similar.py [PAIRS].

PAIRS (default bench/similar_pairs.tsv) has lines of two texts and ``same`` (one plan told twice) or ``near``
(two plans about one subject).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from routing.advice import Advisor
from routing.advice.likeness import DUPLICATE, WIDTH
from routing.catalogue import load_catalogue
from routing.desk.similar import CANDIDATES

ROOT = Path(__file__).parents[1]
MANY = 100_000


def main(pairs: Path) -> None:
    rows = [line.split("\t") for line in pairs.read_text(encoding="utf-8").splitlines()]
    first, second, same = [r[0] for r in rows], [r[1] for r in rows], np.array([r[2] == "same" for r in rows])
    likeness = Advisor.load(load_catalogue(ROOT / "routing/catalogue/delft")).likeness
    vectors = np.stack([likeness.vector(text) for text in second])
    rng = np.random.default_rng(1)
    table = np.stack([likeness.likeness(text, second, vectors) for text in first])
    own = table[np.arange(len(rows)), np.arange(len(rows))]
    others = table[~np.eye(len(rows), dtype=bool)]
    places = np.array([int((table[i] > own[i]).sum()) for i in range(len(rows))])
    found = [np.mean(places[same] < best) for best in (1, 3)]
    print(f"same plan told again: first {found[0]:.2f}, in the best three {found[1]:.2f}")
    print(f"other plan on the subject: first {np.mean(places[~same] == 0):.2f}")
    cut = [" ".join(text.split()[: len(text.split()) * 2 // 3]) for text in first]
    copies = np.stack([likeness.vector(text) for text in cut])
    copied = np.array(
        [likeness.likeness(t, [c], v[None])[0] for t, c, v in zip(first, cut, copies, strict=True)]
    )
    for name, values in (
        ("copied in part", copied),
        ("same", own[same]),
        ("near", own[~same]),
        ("else", others),
    ):
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
        called = np.mean(values >= DUPLICATE)
        print(f"likeness {name}: {low:.2f} {middle:.2f} {high:.2f}; called double {called:.3f}")
    filler = rng.normal(size=(MANY, WIDTH)).astype(np.float32)
    filler /= np.linalg.norm(filler, axis=1, keepdims=True)
    crowd = np.vstack([filler, vectors])
    times, kept = [], []
    for i in np.flatnonzero(same):
        wanted = likeness.vector(first[i])
        start = time.perf_counter()
        best = np.argpartition(-(crowd @ wanted), CANDIDATES)[:CANDIDATES]
        times.append(1000 * (time.perf_counter() - start))
        kept.append(MANY + i in best)
    print(f"among {MANY} others: a candidate in {np.mean(kept):.2f}, {np.median(times):.1f} ms a search")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "bench/similar_pairs.tsv")
