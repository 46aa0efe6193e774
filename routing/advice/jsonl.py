"""Advice on JSON lines: an object with ``id`` and ``text`` (``lang`` too, if known) in, an advice out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from routing.advice.advisor import Advisor


class BadLine(ValueError):
    """A line that is not an object with a text; the message says what is wrong with it."""


def advise_lines(advisor: Advisor, lines_in: Iterable[str], out: TextIO, errors: TextIO | None = None) -> int:
    """Answers every good line, in order, and reports every bad one on ``errors`` (standard error).

    Returns the exit code: 0, or 1 when a line was bad. Empty lines are passed over.
    """
    errors = errors if errors is not None else sys.stderr
    code = 0
    for number, line in enumerate(lines_in, start=1):
        if not line.strip():
            continue
        try:
            asked = _read(line)
        except BadLine as error:
            print(f"line {number}: {error}", file=errors)
            code = 1
            continue
        advice = advisor.advise(asked["text"], language=asked.get("lang"))
        answer = {"id": asked.get("id"), **advice.as_json()}
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return code


def _read(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise BadLine("not an object with a text")
    if not isinstance(asked.get("text"), str):
        raise BadLine("no text (a string) in it")
    if asked.get("lang") not in (None, "nl", "en"):
        asked = {**asked, "lang": None}
    return asked
