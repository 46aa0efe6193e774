"""What a mail about a case says, put together once so that every attempt says the same.

A payload is plain JSON in the language of the mail; the templates need nothing else but the links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.cases.models import Case
from routing.catalogue import Catalogue
from routing.handoff.owner import OwnerChoice


def owner_payload(
    catalogue: Catalogue, case: Case, owner: OwnerChoice, contact: Mapping[str, str | None] | None
) -> dict[str, Any]:
    """For the owner of a new case: who asks, what, what Loket made of it and why it comes to them."""
    return {
        **about(catalogue, case, owner.role, owner.language),
        "to": {"name": owner.name, "email": owner.email},
        "contact": dict(contact) if contact is not None else None,
        "reason": describe_reason(catalogue, case.owner_reason, owner.language),
    }


def resident_payload(
    catalogue: Catalogue, case: Case, owner: OwnerChoice, name: str | None, email: str, code: str
) -> dict[str, Any]:
    """For the resident: the receipt, with the code to follow the case."""
    return {
        **about(catalogue, case, owner.role, case.language),
        "to": {"name": name, "email": email},
        "owner_kind": owner.kind,
        "code": code,
    }


def step_payload(
    catalogue: Catalogue, case: Case, step: str, to: Mapping[str, str], language: str
) -> dict[str, Any]:
    """For a colleague who follows the case: which step was made. Nothing of the resident but the plan."""
    return {
        "language": language,
        "reference": case.reference,
        "to": dict(to),
        "step": step,
        "plan": case.plan,
        "role": role_name(catalogue, case.role, language),
        "result": case.result,
        "municipality": _municipality(catalogue),
    }


def describe_reason(catalogue: Catalogue, reason: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The stored reason for an owner with names instead of ids; the template `reason` makes it a sentence.

    Ids that the catalogue no longer has stay as they are.
    """
    params = reason["params"]
    described: dict[str, Any] = {"id": reason["id"]}
    if "role" in params:
        described["role"] = role_name(catalogue, params["role"], language)
    if "neighbourhood" in params:
        described["neighbourhood"] = neighbourhood_name(catalogue, params["neighbourhood"])
    if "instead_of" in params:
        partner = catalogue.partners.get(params["instead_of"])
        described["instead_of"] = partner.name if partner else params["instead_of"]
    if "rule" in params:
        rule = next((rule for rule in catalogue.rules if rule.id == params["rule"]), None)
        described["why"] = rule.why.in_(language) if rule else params["rule"]
    return described


def role_name(catalogue: Catalogue, role: str, language: str) -> str:
    """The role as people read it."""
    known = catalogue.roles.get(role)
    return known.name.in_(language) if known else role


def neighbourhood_name(catalogue: Catalogue, neighbourhood: str) -> str:
    """The name of a neighbourhood by id; words that are no id stay as they are."""
    known = catalogue.neighbourhoods.get(neighbourhood)
    return known.name if known else neighbourhood


def about(catalogue: Catalogue, case: Case, role: str, language: str) -> dict[str, Any]:
    """What is known of a case, in the words of a language."""
    return {
        "language": language,
        "reference": case.reference,
        "promised_for": case.promised_for.isoformat(),
        "plan": case.plan,
        "neighbourhood": neighbourhood_name(catalogue, case.neighbourhood) if case.neighbourhood else None,
        "parties": case.parties,
        "help": case.help,
        "phase": case.phase,
        "goals": [_goal(catalogue, goal, language) for goal in case.goals],
        "role": {
            "name": role_name(catalogue, role, language),
            "does": catalogue.roles[role].does.in_(language),
            "confidence": case.role_confidence,
            "evidence": case.role_evidence,
        },
        "second_role": role_name(catalogue, case.second_role, language) if case.second_role else None,
        "instruments": [_instrument(catalogue, one, language) for one in case.instruments],
        "municipality": _municipality(catalogue),
    }


def _municipality(catalogue: Catalogue) -> dict[str, str]:
    municipality = catalogue.municipality
    return {
        "name": municipality.name,
        "phone": municipality.phone,
        "website": municipality.website,
        "mail": municipality.mail,
    }


def _goal(catalogue: Catalogue, goal: Mapping[str, Any], language: str) -> dict[str, Any]:
    known = catalogue.goals.get(goal["goal"])
    return {
        "number": goal["goal"],
        "name": known.name.in_(language) if known else None,
        "confidence": goal.get("confidence"),
        "evidence": goal.get("evidence"),
    }


def _instrument(catalogue: Catalogue, id: str, language: str) -> dict[str, Any]:
    known = catalogue.instruments.get(id)
    return {
        "name": known.name.in_(language) if known else id,
        "offers": known.offers.in_(language) if known else None,
        "url": known.url if known else None,
    }
