"""How far a plan is: what the intake knows already, and what it asks now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PARTS = {
    "plan": "plan",
    "neighbourhood": "waar",
    "parties": "wie",
    "help": "hulp",
    "phase": "fase",
}
"""The parts of a plan that the intake collects, with their names in the API."""

AFTER = {"summary_form": "controle", "contact_form": "contact"}
"""What comes when the intake has all parts: the resident checks the summary, and says how to be reached."""


def progress_of(snapshot: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The progress that a snapshot of the dialogue shows; None while no plan is being told.

    A part counts as done however it came: told in the plan itself, answered, or passed over. So the number of
    the step can jump, but never says that more was done than was.
    """
    if snapshot is None:
        return None
    slots, loop = snapshot["slots"], snapshot["loop"]
    if loop not in ("intake_form", *AFTER) or slots.get("human_wanted"):
        return None
    done = sum(slots.get(part) is not None for part in PARTS)
    now = AFTER.get(loop) or PARTS.get(slots.get("requested_slot"), "plan")
    return {"klaar": done, "van": len(PARTS), "nu": now}
