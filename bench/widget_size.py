"""What the widget costs a phone: bytes over the line, and how soon something is seen.

    make size

The bytes are those of a first visit, compressed as the server sends them. The times are those of Chromium on
this machine, with the network and the processor of an old phone as the developer tools have them.
"""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bot.training import ROOT
from bot.widget.assets import Asset, load_assets

LIMIT = 25_000
"""Bytes of script, styles and texts together."""
PARTS = ("widget.js", "tokens.css", "widget.css", "texts.json")
VISITS = 5
PORT = 8097
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
"""A slow mobile network: 1.6 Mbit/s down, 150 ms there and back."""
PROCESSOR = 4
"""So many times slower than this machine."""
BARE = "<!DOCTYPE html><title>x</title><script src='http://127.0.0.1:{port}/widget/widget.js' defer></script>"
PAINTED = """() => new Promise((done) => {
  const look = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  if (look()) return done(look());
  new PerformanceObserver(() => look() && done(look())).observe({ type: "paint", buffered: true });
})"""
LAUNCHER = """() => new Promise((done) => {
  const look = () => document.querySelector("loket-chat")?.shadowRoot?.querySelector(".launcher")
    ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def sizes_of(assets: Mapping[str, Asset]) -> dict[str, int]:
    """Bytes of each file that a first visit loads, compressed; of the themes the largest."""
    sizes = {name: _packed(assets[name]) for name in PARTS}
    themes = {name: _packed(asset) for name, asset in assets.items() if name.startswith("theme-")}
    largest = max(themes, key=lambda name: themes[name])
    return {**sizes, largest: themes[largest]}


def _packed(asset: Asset) -> int:
    return len(gzip.compress(asset.body))


def main() -> int:
    """Prints both; the exit code is 1 when the limit is passed."""
    sizes = sizes_of(load_assets())
    total = sum(sizes.values())
    for name, size in {**sizes, "together": total}.items():
        print(f"{name:<28}{size:>8,} bytes")
    print(f"{'limit':<28}{LIMIT:>8,} bytes")
    if shutil.which("chromium") is None:
        print("first paint: not measured, because Chromium is missing (apt-get install chromium)")
    else:
        _measure()
    return int(total > LIMIT)


def _measure() -> None:
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(PORT), "--data", data]
        models = str(ROOT / "var" / "models")
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "LOKET_MODELS": models}, stderr=subprocess.DEVNULL
        )
        try:
            _wait(server)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            for name, slow in (("this machine", False), ("slow phone", True)):
                home = [_seconds(browser, None, PAINTED, slow) for _ in range(VISITS)]
                bare = [_seconds(browser, Path(data) / "bare.html", LAUNCHER, slow) for _ in range(VISITS)]
                print(f"first paint of the home page, {name}: {_told(home)}")
                print(f"chat button on a bare page, {name}: {_told(bare)}")
            browser.close()
        finally:
            server.terminate()
            server.wait()


def _wait(server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/ready", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def _seconds(browser: Browser, page_file: Path | None, when: str, slow: bool) -> float:
    """Milliseconds from the address to what `when` waits for, in a browser that has nothing yet."""
    context = browser.new_context(viewport={"width": 375, "height": 700})
    page = context.new_page()
    if slow:
        tools = context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", SLOW)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR})
    if page_file is None:
        page.goto(f"http://127.0.0.1:{PORT}/", wait_until="commit")
    else:
        page_file.write_text(BARE.format(port=PORT))
        page.goto(page_file.as_uri(), wait_until="commit")
    found = page.evaluate(when)
    context.close()
    return found


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms (of {len(times)}: {min(times):.0f} to {max(times):.0f})"


if __name__ == "__main__":
    sys.exit(main())
