"""What is written down about running: what the product does, never what somebody typed."""

from __future__ import annotations

import logging
import os
import warnings

QUIET = ("rasa", "rasa_sdk", "tensorflow", "absl", "dask", "matplotlib", "alembic.runtime")


def configure_logs(level: int = logging.INFO) -> None:
    """Log to standard error, and silence the libraries whose log lines can hold a person's words.

    Rasa tells each message, slot and event in its debug lines and some in its errors. Its failures
    reach us as exceptions, which the gateway logs by kind and place.
    """
    import structlog

    # What libraries warn their developers about tells operators nothing.
    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def where(error: BaseException) -> str:
    """Kind and place of an error. Never its text: that may hold what somebody typed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"
