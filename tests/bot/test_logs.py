"""Nothing that a resident typed reaches the log, whoever logs the error and wherever it comes from."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bot import app as front
from bot.logs import FORMAT, WithoutWords
from routing.errors import where

TYPED = "Ik heet Inwoner Negen en wil een moestuin"


def _fail() -> None:
    try:
        {}[TYPED]
    except KeyError as error:
        raise ValueError(TYPED) from error


def _caught() -> ValueError:
    with pytest.raises(ValueError, match="Inwoner") as caught:
        _fail()
    return caught.value


def test_kind_and_place_of_an_error_and_of_its_cause() -> None:
    told = where(_caught())
    assert told.startswith("ValueError at ")
    assert ", caused by KeyError at " in told
    assert told.count("test_logs.py:") == 2
    assert TYPED not in told


def test_an_assistant_that_cannot_start_is_told_without_words(monkeypatch, caplog) -> None:
    async def load(*_args: object) -> None:
        _fail()

    stopped: list[int] = []
    monkeypatch.setattr(front, "_load_assistant", load)
    monkeypatch.setattr(signal, "raise_signal", stopped.append)
    app = web.Application()
    app[front.OUTCOME] = front.Outcome()
    assert asyncio.run(front._start_assistant(app, Path("model"))) is None
    assert stopped == [signal.SIGTERM]
    assert app[front.OUTCOME].failed
    assert "the assistant could not be loaded: ValueError at " in caplog.text
    assert TYPED not in caplog.text


def test_libraries_that_log_an_error_tell_its_place_only() -> None:
    error = _caught()
    record = logging.LogRecord(
        "asyncio", logging.ERROR, __file__, 1, f"never retrieved\nfuture: {error!r}", (), None
    )
    record.exc_info = (type(error), error, error.__traceback__)
    line = WithoutWords(FORMAT).format(record)
    assert "ERROR asyncio never retrieved" in line
    assert "KeyError" in line
    assert "ValueError" in line
    assert "in _fail" in line
    assert TYPED not in line


DYING = """
import asyncio, gc, sys, threading
from bot.logs import configure_logs, hide_texts_of_errors
from routing.cases.database import connect
from sqlalchemy import text

typed = sys.stdin.read()
engine = connect("sqlite://")


def fail():
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x CHECK (x = 1))"))
        try:
            connection.execute(text("INSERT INTO t VALUES (:x)"), {"x": typed})
        except Exception as error:
            raise RuntimeError(typed) from error


async def main():
    async def task():
        fail()

    running = asyncio.create_task(task())
    await asyncio.sleep(0.1)
    del running
    gc.collect()


configure_logs()
hide_texts_of_errors()
asyncio.run(main())
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def test_a_process_that_dies_says_where_and_no_words() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING], input=TYPED, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Task exception was never retrieved" in done.stderr
    # The task, the thread and the process, each with its causes: what SQLAlchemy raised, and the driver.
    assert done.stderr.count("IntegrityError\n") == 6
    assert done.stderr.count("RuntimeError\n") == 3
    assert TYPED not in done.stderr + done.stdout
