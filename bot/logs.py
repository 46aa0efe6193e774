"""What is written down about running: what the product does, never what somebody typed."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
import warnings
from types import TracebackType

QUIET = ("rasa", "rasa_sdk", "tensorflow", "absl", "dask", "matplotlib", "alembic.runtime")
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_logs(level: int = logging.INFO) -> None:
    """Log to standard error, and silence the libraries whose log lines can hold a person's words.

    Rasa tells each message, slot and event in its debug lines and some in its errors. Its failures
    reach us as exceptions, which the gateway logs by kind and place.
    """
    import structlog

    # What libraries warn their developers about tells operators nothing.
    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    handler = logging.StreamHandler()
    handler.setFormatter(WithoutWords(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class WithoutWords(logging.Formatter):
    """Tells of an error where it happened, not its text; libraries log errors as well as we do."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line of the message; asyncio repeats the text of an error in the lines below it."""
        if record.exc_info:
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: tuple) -> str:  # noqa: N802
        """The places and the kind of each error that led to this one."""
        return _places(ei[1]) if ei[1] is not None else ""


def hide_texts_of_errors() -> None:
    """From here on an error that ends the process or a thread is told without its text too.

    For commands that work with what people typed; a database may repeat that in its errors.
    """
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback)


def _tell(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(f"{_places(error)}\n")
    # What the system says is about files and addresses, and without it nobody can repair them.
    if isinstance(error, OSError):
        sys.stderr.write(f"loket: {error}\n")


def _places(error: BaseException) -> str:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = "".join(traceback.format_tb(error.__traceback__))
    told = f"{frames}{type(error).__name__}"
    return f"{_places(earlier)}\n\n{told}" if earlier is not None else told
