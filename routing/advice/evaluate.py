"""Figures of the advice on a file of labelled texts: ``python -m routing.advice.evaluate FILE``.

The file holds one JSON object a line: id, text, kind, goals, goals_ok, role, role_ok, tools, lang.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routing.advice import metrics
from routing.advice.advisor import HEADS, Advisor
from routing.advice.baselines import baseline_figures
from routing.advice.corpus import FOLDERS, KINDS, ROLES, Example, read_corpus
from routing.advice.metrics import Case
from routing.catalogue import load_catalogue

CATALOGUE = Path("routing/catalogue/delft")


def read_labelled(path: Path) -> list[Example]:
    """The labelled texts of a file. Raises ValueError with the number of a line that is wrong."""
    examples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            examples.append(_example(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: {error}") from error
    return examples


def _example(row: dict[str, Any]) -> Example:
    return Example(
        text=row["text"],
        kind=row["kind"],
        lang=row.get("lang") or "nl",
        goals=tuple(row.get("goals") or ()),
        goals_ok=tuple(row.get("goals_ok") or ()),
        role=row.get("role"),
        role_ok=tuple(row.get("role_ok") or ()),
        tools=tuple(row.get("tools") or ()),
    )


def run(advisor: Advisor, examples: Sequence[Example], explain: bool) -> tuple[list[Case], np.ndarray]:
    """The advice on each text, and the milliseconds that each took."""
    cases, times = [], []
    for example in examples:
        start = time.perf_counter()
        advice = advisor.advise(example.text, explain=explain)
        times.append(1000 * (time.perf_counter() - start))
        cases.append(Case(example, advice))
    return cases, np.array(times)


def figures(cases: Sequence[Case]) -> dict[str, float]:
    """All figures by name."""
    found: dict[str, float] = {}
    for part in (
        metrics.kinds,
        metrics.goals,
        metrics.roles,
        metrics.instruments,
        metrics.calibration,
        metrics.confidence,
    ):
        found.update(part(cases))
    return found


def report(cases: Sequence[Case], times: np.ndarray) -> str:
    """The figures as text for a terminal."""
    lines = [f"{len(cases)} texts"]
    lines.append(_lines(figures(cases)))
    lines.append(f"{'ms per text (median, 95th)':36} {np.median(times):7.1f} {np.percentile(times, 95):7.1f}")
    lines.append("\nkind                  texts precision  recall")
    lines += [f"{kind:20} {n:6d} {p:9.3f} {r:7.3f}" for kind, n, p, r in metrics.per_kind(cases)]
    lines.append("\nrole                  texts   exact accepted")
    lines += [f"{role:20} {n:6d} {exact:7.2f} {ok:8.2f}" for role, n, exact, ok in metrics.per_role(cases)]
    lines.append(
        "\n" + _table("role: gold down, stated across", ROLES, (*ROLES, "none"), metrics.confusion(cases))
    )
    lines.append("\n" + _table("kind: gold down, stated across", KINDS, KINDS, metrics.kind_confusion(cases)))
    return "\n".join(lines)


def _lines(found: Mapping[str, float]) -> str:
    return "\n".join(f"{name:36} {value:7.3f}" for name, value in found.items())


def baselines(corpus: Sequence[Path], asked: Sequence[Example]) -> dict[str, float]:
    """What simpler ways make of the texts; texts that are asked about are not learnt from."""
    known = {e.text for e in asked}
    return baseline_figures([e for e in read_corpus(*corpus) if e.text not in known], asked)


def _table(title: str, rows: Sequence[str], columns: Sequence[str], counts: np.ndarray) -> str:
    head = " " * 20 + "".join(f"{name[:7]:>8}" for name in columns)
    body = [f"{name:20}" + "".join(f"{n:8d}" for n in line) for name, line in zip(rows, counts, strict=True)]
    return "\n".join([title, head, *body])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Figures of the advice on labelled texts.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--english-benchmark", action="store_true", help="also the public benchmark")
    parser.add_argument("--heads", type=Path, default=HEADS)
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--corpus", type=Path, nargs="+", default=FOLDERS, help="texts for the baselines")
    parser.add_argument("--explain", action="store_true", help="time the advice with its evidence")
    parser.add_argument("--pictures", type=Path, help="folder to draw calibration, coverage and confusion in")
    options = parser.parse_args(arguments)
    advisor = Advisor.load(load_catalogue(options.catalogue), heads=options.heads)
    examples = read_labelled(options.file)
    cases, times = run(advisor, examples, options.explain)
    print(report(cases, times))
    print("\nsimpler ways, beside ours\n" + _lines(baselines(options.corpus, examples)))
    if options.pictures:
        # Matplotlib takes a second to load, and only pictures need it.
        from routing.advice.pictures import draw

        for path in draw(cases, options.pictures):
            print(path)
    if options.english_benchmark:
        # Its heads and its package are for this comparison alone.
        from routing.advice.english import EnglishGoals, benchmark

        print(f"English benchmark, mean accuracy over goals {benchmark(EnglishGoals.load()):.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
