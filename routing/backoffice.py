"""Everything that answers behind the door, in one object: catalogue, advice, store and clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from routing.advice import Advisor
from routing.advice.advisor import HEADS
from routing.advice.encoder import Encoder, load_encoder
from routing.advice.model import FILE, load_model
from routing.cases.database import connect, migrate
from routing.catalogue import Catalogue, load_catalogue
from routing.settings import Settings, read_settings, secret_of


@dataclass(frozen=True)
class Backoffice:
    """What a custom action or a page may use."""

    catalogue: Catalogue
    advisor: Advisor
    engine: Engine
    secret: bytes
    public_url: str
    clock: Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def open_backoffice(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Backoffice:
    """Load catalogue and advice and open the migrated store.

    Raises CatalogueError with every problem of the catalogue, and EncoderUnavailable when the
    sentence encoder is not installed.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)
    return Backoffice(
        catalogue=catalogue_of(settings.catalogue),
        advisor=advisor_of(settings.catalogue),
        engine=connect(settings.database_url),
        secret=secret_of(settings),
        public_url=settings.public_url,
        clock=clock,
    )


BEST_ENCODER = "e5"
"""The encoder that both the advice and the assistant's classifier of dialogue acts use."""


# Catalogue and advisor never change once read, and are large: one of each serves the gateway, the
# NLU components and the actions of a process. Only these are kept, by their folder or name.


@cache
def catalogue_of(folder: Path) -> Catalogue:
    """The catalogue of a folder, read once in a process."""
    return load_catalogue(folder)


@cache
def advisor_of(folder: Path) -> Advisor:
    """The advisor for the catalogue of a folder, loaded once in a process.

    It shares its encoder with the assistant's classifier, so that a turn encodes a text once.
    """
    return Advisor.load(catalogue_of(folder), encoder={BEST_ENCODER: shared_encoder(BEST_ENCODER)})


@cache
def shared_encoder(name: str) -> Encoder:
    """The sentence encoder of that name, with what it learnt here, loaded once in a process."""
    return load_encoder(name, load_model(HEADS).adapters)


@cache
def heads_fingerprint() -> str:
    """A hash of the heads of the advice, which hold what the encoder learnt."""
    return hashlib.sha256((HEADS / FILE).read_bytes()).hexdigest()


@cache
def backoffice_from_environment() -> Backoffice:
    """For `rasa run actions`, which makes the actions itself and can pass them nothing."""
    return open_backoffice(read_settings())
