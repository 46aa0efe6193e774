"""The advice as the conversation keeps it: never without a role, since somebody always looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.parts import advice_on
from actions.summary import stored
from routing.backoffice import Backoffice
from routing.catalogue.model import FIRST_CONTACT


def advice_for(office: Backoffice, slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The advice on the plan with all that was collected; a first contact where the words tell no role."""
    advice = stored(advice_on(office, slots, language))
    if advice["role"] is None:
        # The resident says that it is a plan, and so it is: a first contact looks at it.
        advice["role"] = {"role": FIRST_CONTACT, "confidence": 0.0, "evidence": "", "runner_up": None}
    if not advice["instruments"]:
        advice["instruments"] = [i.id for i in office.catalogue.instruments.values() if i.starts]
    return advice
