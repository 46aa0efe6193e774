"""Earlier cases that are about the same: shown with a case, so that nobody invents a wheel twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from routing.advice import Advisor
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import CaseVector
from routing.cases.models import Case
from routing.handoff.own_data import ERASED

LEAST = 0.5
"""The likeness from which a case is shown: as likely as not about the same subject."""
CANDIDATES = 100
"""Cases that are nearest by vector and then compared word by word."""
_IN_ONE_QUERY = 500


class Comparing(Protocol):
    """What compares plans; `routing.advice.likeness` in the product."""

    made_by: str

    def vector(self, text: str) -> np.ndarray: ...

    def likeness(self, text: str, others: Sequence[str], vectors: np.ndarray) -> np.ndarray: ...


class SimilarCases(Protocol):
    """Finds earlier cases that are about what a text is about."""

    def find(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Reference numbers with a likeness up to 1, the most alike first; may include the case itself."""


@dataclass
class _Matrix:
    """Vectors in one block that grows by doubling, and the cases they are of."""

    ids: np.ndarray
    block: np.ndarray
    size: int = 0

    @classmethod
    def empty(cls) -> _Matrix:
        return cls(np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32))

    def add(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        needed = self.size + len(ids)
        if needed > len(self.ids) or self.block.shape[1] != vectors.shape[1]:
            room = max(256, 2 * needed)
            block = np.empty((room, vectors.shape[1]), dtype=np.float32)
            grown = np.empty(room, dtype=np.int64)
            if self.size:
                block[: self.size], grown[: self.size] = self.block[: self.size], self.ids[: self.size]
            self.block, self.ids = block, grown
        self.block[self.size : needed], self.ids[self.size : needed] = vectors, ids
        self.size = needed

    def nearest(self, wanted: np.ndarray, limit: int) -> dict[int, np.ndarray]:
        """The vectors nearest to the wanted one, by case."""
        near = self.block[: self.size] @ wanted
        best = np.argpartition(-near, limit)[:limit] if self.size > limit else np.arange(self.size)
        return {int(self.ids[at]): self.block[at] for at in best}


class StoredVectors:
    """Vectors of all plans in the store, compared in memory. Safe to use from several threads."""

    def __init__(self, engine: Engine, comparing: Comparing, least: float = LEAST) -> None:
        """`least` is the likeness from which a case is shown."""
        self._engine, self._comparing, self._least = engine, comparing, least
        self._lock = threading.Lock()
        self._matrix = _Matrix.empty()
        self._seen = (0, 0)
        self._complete_to = 0

    @classmethod
    def of(cls, engine: Engine, advisor: Advisor) -> StoredVectors:
        """With the vectors of the advice."""
        return cls(engine, advisor.likeness)

    def learn(self, limit: int) -> int:
        """Stores the vectors of the newest cases that have none of this training yet; returns how many."""
        made_by = self._comparing.made_by
        with reading(self._engine) as session:
            newest = session.scalar(select(func.max(Case.id))) or 0
            missing = session.execute(_without_vector(made_by, self._complete_to, limit)).all()
        if not missing:
            self._complete_to = newest
        # The vectors take long, so no transaction waits for them.
        found = [(case_id, to_bytes(self._comparing.vector(plan))) for case_id, plan in missing]
        if not found:
            return 0
        with unit_of_work(self._engine) as session:
            for case_id, blob in found:
                case = session.get(Case, case_id)
                # Erased while its vector was made: then it gets none.
                if case is not None and case.plan != ERASED:
                    session.merge(CaseVector(case_id=case_id, vector=blob, made_by=made_by))
        return len(found)

    def find(self, text: str, limit: int) -> list[tuple[str, float]]:
        """See `SimilarCases`."""
        wanted = self._comparing.vector(text).astype(np.float32)
        with reading(self._engine) as session:
            near = self._refreshed(session, wanted)
            # A case that was erased meanwhile has no number any more.
            query = select(Case.id, Case.reference, Case.plan).where(Case.id.in_(near))
            cases = session.execute(query).tuples().all()
        if not cases:
            return []
        vectors = np.stack([near[case_id] for case_id, _, _ in cases])
        likeness = self._comparing.likeness(text, [plan for _, _, plan in cases], vectors)
        found = [(reference, float(like)) for (_, reference, _), like in zip(cases, likeness, strict=True)]
        return sorted((pair for pair in found if pair[1] >= self._least), key=lambda pair: -pair[1])[:limit]

    def _refreshed(self, session: Session, wanted: np.ndarray) -> dict[int, np.ndarray]:
        with self._lock:
            mine = CaseVector.made_by == self._comparing.made_by
            totals = select(func.count(), func.coalesce(func.sum(CaseVector.case_id), 0)).where(mine)
            seen = tuple(session.execute(totals).one())
            if seen != self._seen:
                self._read(session, set(session.scalars(select(CaseVector.case_id).where(mine))))
                self._seen = seen
            return self._matrix.nearest(wanted, CANDIDATES) if self._matrix.size else {}

    def _read(self, session: Session, there: set[int]) -> None:
        known = set(self._matrix.ids[: self._matrix.size].tolist())
        if known - there:
            # Cases were erased, which is rare: read all that is left.
            self._matrix, known = _Matrix.empty(), set()
        fresh = sorted(there - known)
        for start in range(0, len(fresh), _IN_ONE_QUERY):
            rows = session.execute(_vectors(fresh[start : start + _IN_ONE_QUERY])).all()
            self._matrix.add(
                [case_id for case_id, _ in rows], np.stack([from_bytes(blob) for _, blob in rows])
            )


def _vectors(ids: Sequence[int]) -> Select[tuple[int, bytes]]:
    return select(CaseVector.case_id, CaseVector.vector).where(CaseVector.case_id.in_(ids))


def _without_vector(made_by: str, after: int, limit: int) -> Select[tuple[int, str]]:
    own = (CaseVector.case_id == Case.id) & (CaseVector.made_by == made_by)
    return (
        select(Case.id, Case.plan)
        .outerjoin(CaseVector, own)
        .where(CaseVector.case_id.is_(None), Case.id > after, Case.plan != ERASED)
        .order_by(Case.id.desc())
        .limit(limit)
    )


def to_bytes(vector: np.ndarray) -> bytes:
    """A vector as the store keeps it."""
    return vector.astype("<f2").tobytes()


def from_bytes(blob: bytes) -> np.ndarray:
    """The vector that was stored."""
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)
