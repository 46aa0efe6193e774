"""Which arithmetic kernels fit this processor, since the pinned numpy does not know the newer ones.

The OpenBLAS inside numpy 1.23 falls back to kernels of 2004 on processors younger than itself, three to
five times slower. Its own switch, OPENBLAS_CORETYPE, names better ones; it is read when numpy is imported.
`python -m routing.processor` prints the name, for the Makefile.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from pathlib import Path

SWITCH = "OPENBLAS_CORETYPE"
CPU = Path("/proc/cpuinfo")
KERNELS = (
    ("SkylakeX", frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})),
    ("Haswell", frozenset({"avx2", "fma"})),
)
"""Names that every OpenBLAS since 0.3 knows, best first, with what the processor must be able to do."""


def use_fast_kernels(environment: MutableMapping[str, str], cpu: Path = CPU) -> None:
    """Names the kernels in ``environment``, unless somebody chose already; call it before numpy comes."""
    name = kernels_for(flags_of(cpu))
    if name:
        environment.setdefault(SWITCH, name)


def kernels_for(flags: Iterable[str]) -> str:
    """The best kernels for a processor with these flags; nothing where OpenBLAS had better choose."""
    able = frozenset(flags)
    return next((name for name, needed in KERNELS if needed <= able), "")


def flags_of(cpu: Path) -> list[str]:
    """What the processor can do, as Linux tells; an empty list elsewhere."""
    try:
        lines = cpu.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])


if __name__ == "__main__":
    print(kernels_for(flags_of(CPU)))
