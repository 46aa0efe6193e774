"""Rasa custom actions: slots in, one use case of `routing`, one utterance out; one action a file."""

from __future__ import annotations

from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actions.base import LoketAction
    from routing.backoffice import Backoffice


def all_actions(backoffice: Backoffice) -> list[LoketAction]:
    """One of each action of this package, working with this backoffice."""
    from actions.base import LoketAction

    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return [kind(backoffice) for kind in _concrete(LoketAction)]


def _concrete(kind: type) -> list[type]:
    below = [found for child in kind.__subclasses__() for found in _concrete(child)]
    return below if isabstract(kind) else [kind, *below]
