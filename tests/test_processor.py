"""The arithmetic that is chosen for the processor: right first, then fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.training import ROOT
from routing.processor import CPU, KERNELS, SWITCH, flags_of, kernels_for, use_fast_kernels

PRODUCTS = """
import numpy as np
rng = np.random.default_rng(1)
for rows in (1, 2, 7, 33, 160, 515):
    for middle, columns in ((384, 1152), (384, 1536), (1536, 384), (32, 50), (50, 32), (1280, 17)):
        a = rng.normal(size=(rows, middle)).astype(np.float32)
        for b in (rng.normal(size=(middle, columns)), rng.normal(size=(columns, middle)).T):
            b = b.astype(np.float32)
            exact = a.astype(np.float64) @ b.astype(np.float64)
            assert np.abs(a @ b - exact).max() < 1e-5 * middle, (rows, middle, columns)
print("right")
"""


@pytest.mark.parametrize("name", ["", *(name for name, _ in KERNELS)])
def test_products_of_matrices_are_right_with_the_kernels(name: str) -> None:
    if not dict(KERNELS).get(name, frozenset()) <= set(flags_of(CPU)):
        # Elsewhere the choice of numpy is tried once more, for a switch it cannot use would end the process.
        name = ""
    environment = {SWITCH: name} if name else {}
    said = subprocess.run([sys.executable, "-c", PRODUCTS], env=environment, capture_output=True, text=True)
    assert said.stdout == "right\n", said.stderr


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ("sse2 avx2 fma avx512f avx512bw avx512cd avx512dq avx512vl avx512_bf16", "SkylakeX"),
        ("sse2 avx2 fma avx512f", "Haswell"),
        ("sse2 avx avx2", ""),
        ("", ""),
    ],
)
def test_the_best_kernels_that_the_processor_can_run(flags: str, name: str) -> None:
    assert kernels_for(flags.split()) == name


def test_a_choice_of_the_owner_stays_and_no_choice_is_forced(tmp_path: Path) -> None:
    cpu = tmp_path / "cpuinfo"
    cpu.write_text("model name\t: example\nflags\t\t: sse2 avx2 fma\nflags\t\t: sse2\n")
    chosen, free, elsewhere = {SWITCH: "Zen"}, {}, {}
    use_fast_kernels(chosen, cpu)
    use_fast_kernels(free, cpu)
    use_fast_kernels(elsewhere, tmp_path / "absent")
    assert (chosen, free, elsewhere) == ({SWITCH: "Zen"}, {SWITCH: "Haswell"}, {})


def test_the_command_chooses_before_numpy_comes() -> None:
    asked = "import bot.cli, sys; print('numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert said.stdout == "False\n", said.stderr
