"""What the widget costs a phone: bytes over the line, and how soon something is seen.

    make size

The bytes are those of a first visit, compressed as the server sends them. The times are those of Chromium on
this machine, with the network and the processor of an old phone as the developer tools have them.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
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
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
"""A slow mobile network: 1.6 Mbit/s down, 150 ms there and back."""
PROCESSOR = 4
"""So many times slower than this machine."""
BARE = "<!DOCTYPE html><title>x</title><script src='{home}widget/widget.js' defer></script>"
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
    # The server packs at the usual level, not at the best.
    return len(gzip.compress(asset.body, 6))


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
    port = _free_port()
    home = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port), "--data", data]
        models = str(ROOT / "var" / "models")
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "LOKET_MODELS": models},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(server, home)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            bare = Path(data) / "bare.html"
            bare.write_text(BARE.format(home=home))
            for name, slow in (("this machine", False), ("slow phone", True)):
                first = [_milliseconds(browser, home, PAINTED, slow) for _ in range(VISITS)]
                button = [_milliseconds(browser, bare.as_uri(), LAUNCHER, slow) for _ in range(VISITS)]
                print(f"first paint of the home page, {name}: {_told(first)}")
                print(f"chat button on a bare page, {name}: {_told(button)}")
            browser.close()
        finally:
            server.terminate()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(server: subprocess.Popen[bytes], home: str) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{home}health/ready", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def _milliseconds(browser: Browser, address: str, when: str, slow: bool) -> float:
    """Milliseconds from the address to what `when` waits for, in a browser that has nothing yet."""
    context = browser.new_context(viewport={"width": 375, "height": 700})
    page = context.new_page()
    if slow:
        tools = context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", SLOW)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR})
    page.goto(address, wait_until="commit")
    found = page.evaluate(when)
    context.close()
    return found


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms (of {len(times)}: {min(times):.0f} to {max(times):.0f})"


if __name__ == "__main__":
    sys.exit(main())
