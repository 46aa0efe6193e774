"""`loket serve` on a Tuesday morning that does not pass, so that the municipality is open."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

OPEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

if __name__ == "__main__":
    from aiohttp import web

    from bot.app import build_app
    from bot.training import trained_model
    from routing.settings import read_settings

    port, data = sys.argv[sys.argv.index("--port") + 1], sys.argv[sys.argv.index("--data") + 1]
    settings = read_settings(port=int(port), data=data)
    web.run_app(
        build_app(settings, trained_model(settings.models), clock=lambda: OPEN),
        host=settings.host,
        port=settings.port,
        access_log=None,
    )
