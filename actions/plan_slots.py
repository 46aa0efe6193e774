"""The slots that belong to one plan: emptied together, and put aside together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import Events

PARTS = ("plan", "neighbourhood", "parties", "help", "phase")
"""What the intake asks about; an empty text means: asked, and not known."""

OF_ONE_PLAN = (
    *PARTS,
    "answered",
    "maybe_plan",
    "second_plan_ok",
    "doubt",
    "correction",
    "correcting",
    "summary_ok",
    "advice",
    "chosen_role",
    "chosen_goals",
    "human_topic",
    "human_wanted",
    "contact_consent",
    "contact_name",
    "contact_address",
)


def emptied() -> Events:
    """Events that empty everything that belongs to one plan."""
    return [SlotSet(name, None) for name in (*OF_ONE_PLAN, "asking", "requested_slot")]


def kept(slots: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as it is put aside: all that was said about it."""
    return {name: slots[name] for name in OF_ONE_PLAN if slots.get(name) is not None}


def brought_back(plan: Mapping[str, Any]) -> Events:
    """Events that make a plan that was put aside the one at hand."""
    return [*emptied(), *(SlotSet(name, value) for name, value in plan.items() if name in OF_ONE_PLAN)]
