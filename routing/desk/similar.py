"""Earlier cases that are about the same: shown with a case, so that nobody invents a wheel twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from routing.advice import Advisor
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import CaseVector
from routing.cases.models import Case

_CLOSE_ENOUGH = 0.86
"""Unit vectors of the sentence encoder all lie close together; below this two plans share no subject."""
_IN_ONE_QUERY = 500


class SimilarCases(Protocol):
    """Finds earlier cases that are about what a text is about."""

    def find(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Reference numbers with a likeness up to 1, the most alike first; may include the case itself."""


class StoredVectors:
    """Vectors of all plans in the store, compared in memory. Safe to use from several threads."""

    def __init__(
        self, engine: Engine, vector: Callable[[str], np.ndarray], least: float = _CLOSE_ENOUGH
    ) -> None:
        """`vector` gives the unit vector of a text; `least` is the likeness from which a case is shown."""
        self._engine, self._vector, self._least = engine, vector, least
        self._lock = threading.Lock()
        self._ids: list[int] = []
        self._matrix: np.ndarray | None = None
        self._complete_to = 0

    @classmethod
    def of(cls, engine: Engine, advisor: Advisor) -> StoredVectors:
        """With the vectors of the advice."""
        return cls(engine, advisor.vector)

    def learn(self, limit: int) -> int:
        """Stores the vectors of the newest cases that have none yet; returns how many."""
        with reading(self._engine) as session:
            newest = session.scalar(select(func.max(Case.id))) or 0
            missing = session.execute(_without_vector(self._complete_to, limit)).all()
        if not missing:
            self._complete_to = newest
        # The vectors take long, so no transaction waits for them.
        found = [(case_id, to_bytes(self._vector(plan))) for case_id, plan in missing]
        if not found:
            return 0
        with unit_of_work(self._engine) as session:
            for case_id, blob in found:
                if session.get(Case, case_id) is not None and session.get(CaseVector, case_id) is None:
                    session.add(CaseVector(case_id=case_id, vector=blob))
        return len(found)

    def find(self, text: str, limit: int) -> list[tuple[str, float]]:
        """See `SimilarCases`."""
        wanted = self._vector(text).astype(np.float32)
        with reading(self._engine) as session:
            ids, matrix = self._refreshed(session)
            if not ids:
                return []
            likeness = matrix @ wanted
            best = np.argsort(-likeness)[:limit]
            close = {ids[i]: float(likeness[i]) for i in best if likeness[i] >= self._least}
            names = session.execute(select(Case.id, Case.reference).where(Case.id.in_(close))).all()
        # A case that was erased meanwhile has no number any more.
        return sorted(((name, close[case_id]) for case_id, name in names), key=lambda pair: -pair[1])

    def _refreshed(self, session: Session) -> tuple[list[int], np.ndarray | None]:
        with self._lock:
            known = set(self._ids)
            fresh = [one for one in session.scalars(select(CaseVector.case_id)) if one not in known]
            rows = [row for part in _parts(fresh) for row in session.execute(_vectors(part))]
            if rows:
                block = np.stack([from_bytes(blob) for _, blob in rows])
                self._matrix = block if self._matrix is None else np.vstack([self._matrix, block])
                self._ids = [*self._ids, *(case_id for case_id, _ in rows)]
            return self._ids, self._matrix


def _parts(ids: list[int]) -> list[list[int]]:
    """As many ids as every database takes in one query."""
    return [ids[start : start + _IN_ONE_QUERY] for start in range(0, len(ids), _IN_ONE_QUERY)]


def _vectors(ids: list[int]) -> Select[tuple[int, bytes]]:
    return select(CaseVector.case_id, CaseVector.vector).where(CaseVector.case_id.in_(ids))


def _without_vector(after: int, limit: int) -> Select[tuple[int, str]]:
    return (
        select(Case.id, Case.plan)
        .outerjoin(CaseVector, CaseVector.case_id == Case.id)
        .where(CaseVector.case_id.is_(None), Case.id > after)
        .order_by(Case.id.desc())
        .limit(limit)
    )


def to_bytes(vector: np.ndarray) -> bytes:
    """A vector as the store keeps it."""
    return vector.astype("<f2").tobytes()


def from_bytes(blob: bytes) -> np.ndarray:
    """The vector that was stored."""
    return np.frombuffer(blob, dtype="<f2").astype(np.float32)
