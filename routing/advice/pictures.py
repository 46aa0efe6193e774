"""Pictures of how far the advice can be trusted: calibration, coverage, confusion. For the documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from routing.advice import metrics
from routing.advice.corpus import ROLES
from routing.advice.metrics import Case

BLUE = "#26547c"


def draw(cases: Sequence[Case], folder: Path) -> list[Path]:
    """Writes the three pictures into ``folder`` and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _save(_calibration(cases), folder / "advice-calibration.png"),
        _save(_coverage(cases), folder / "advice-coverage.png"),
        _save(_confusion(cases), folder / "advice-confusion.png"),
    ]


def _save(figure: Figure, path: Path) -> Path:
    FigureCanvasAgg(figure).print_png(str(path), metadata={"Software": None})
    return path


def _calibration(cases: Sequence[Case]) -> Figure:
    said = [c for c in cases if c.advice.role and c.gold.role]
    p = np.array([c.advice.role.confidence for c in said])
    right = np.array([c.role_accepted for c in said], dtype=float)
    at = np.minimum((p * 5).astype(int), 4)
    bins = np.unique(at)
    figure = Figure(figsize=(5, 5))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    x, y = [p[at == b].mean() for b in bins], [right[at == b].mean() for b in bins]
    axes.plot(x, y, color=BLUE, marker="o")
    for px, py, b in zip(x, y, bins, strict=True):
        axes.annotate(f"n={int((at == b).sum())}", (px, py), textcoords="offset points", xytext=(6, -12))
    axes.set(xlabel="stated confidence of the role", ylabel="share accepted", xlim=(0, 1), ylim=(0, 1.03))
    return figure


def _coverage(cases: Sequence[Case]) -> Figure:
    coverage, accepted = metrics.coverage_curve(cases)
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot(coverage, accepted, color=BLUE)
    axes.axhline(0.95, color="grey", linewidth=1, linestyle="--")
    axes.set(xlabel="share of plans advised on, surest first", ylabel="share accepted", ylim=(0.5, 1.01))
    return figure


def _confusion(cases: Sequence[Case]) -> Figure:
    table = metrics.confusion(cases)
    figure = Figure(figsize=(8, 6.5))
    axes = figure.subplots()
    axes.imshow(table, cmap="Blues")
    axes.set_xticks(range(len(ROLES) + 1), [*ROLES, "none"], rotation=45, ha="right")
    axes.set_yticks(range(len(ROLES)), ROLES)
    axes.set(xlabel="stated", ylabel="labelled")
    for (row, column), count in np.ndenumerate(table):
        if count:
            dark = count > table.max() / 2
            axes.text(column, row, str(count), ha="center", va="center", color="white" if dark else "black")
    figure.subplots_adjust(bottom=0.25, left=0.22)
    return figure
