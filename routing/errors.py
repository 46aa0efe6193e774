"""How an error is told in a log: by its kind and place, because its text may hold what somebody typed."""

from __future__ import annotations


def where(error: BaseException) -> str:
    """Kind and place of an error and of what caused it. Never a text: that may hold what somebody typed."""
    told = f"{type(error).__name__} at {_place(error)}"
    return f"{told}, caused by {where(error.__cause__)}" if error.__cause__ is not None else told


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
