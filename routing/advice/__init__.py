"""From a person's words to kind, goals, role, instruments and service, explained."""

from routing.advice.advice import Advice, Context, GoalAdvice, RoleAdvice
from routing.advice.advisor import Advisor
from routing.advice.encoder import EncoderUnavailable
from routing.advice.model import ModelError

__all__ = ["Advice", "Advisor", "Context", "EncoderUnavailable", "GoalAdvice", "ModelError", "RoleAdvice"]
