"""The municipality as YAML: who does what, where, when, and what people are told."""

from routing.catalogue.loader import load_catalogue
from routing.catalogue.model import (
    Canned,
    Catalogue,
    Emergency,
    Goal,
    Instrument,
    Mention,
    Municipality,
    Neighbourhood,
    Partner,
    Role,
    Service,
    Team,
)
from routing.catalogue.rules import Facts, Rule
from routing.catalogue.words import CatalogueError, Mark, Problem, Words
from routing.catalogue.working_days import Calendar

__all__ = [
    "Calendar",
    "Canned",
    "Catalogue",
    "CatalogueError",
    "Emergency",
    "Facts",
    "Goal",
    "Instrument",
    "Mark",
    "Mention",
    "Municipality",
    "Neighbourhood",
    "Partner",
    "Problem",
    "Role",
    "Rule",
    "Service",
    "Team",
    "Words",
    "load_catalogue",
]
