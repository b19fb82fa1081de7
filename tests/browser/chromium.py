"""Chromium for the browser tests; not a test itself."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120
"""Seconds after which what was waited for has failed, on a machine as busy as they get."""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open headless Chromium with the network cut; skip where there is none (fail in CI)."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (chromium and driver):
        if os.environ.get("CI"):
            pytest.fail(
                "chromium and chromedriver are needed in CI: apt-get install chromium-driver"
            )
        pytest.skip("no chromium with chromedriver on this machine")
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(driver))
    try:
        window.set_page_load_timeout(PATIENCE)
        window.set_script_timeout(PATIENCE)
        window.execute_cdp_cmd("Network.enable", {})
        window.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
        )
        yield window
    finally:
        window.quit()


def wait_until(found: Callable[[], Any], what: object) -> Any:
    """Return what a call returns once that is true; fail after a patient while.

    Whatever happens after a command has returned (a download, an event, a layout) is waited for
    here: machines are busy, and no pause is long enough for all of them.
    """
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        if time.monotonic() > end:
            pytest.fail(f"not seen within {PATIENCE} s: {what}")
        time.sleep(0.05)
    return value


def lay_out(browser: Any, *, width: int, height: int, media: str = "") -> None:
    """Give the page that is open another window and medium, and wait until it has them."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    ready = "return innerWidth === arguments[0] && matchMedia(arguments[1] || 'all').matches"
    wait_until(lambda: browser.execute_script(ready, width, media), f"{width} px, {media}")


def show(browser: Any, page: Path, *, width: int, scheme: str, scripts: bool = True) -> None:
    """Open a page in a window of a width, in light or dark, and wait until it is there, whole.

    On a busy machine ``get`` may return while the page is read in: a page without its last part
    was looked at. Where scripts are switched off nobody can ask the page; the caller waits.
    """
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    browser.get(page.as_uri())
    there = (
        "return document.readyState === 'complete' && location.href.split('#')[0] === arguments[0]"
    )
    if scripts:
        wait_until(lambda: browser.execute_script(there, page.as_uri()), page)


def finished_site() -> Path | None:
    """Return the folder of a finished site to look at; None if there is none."""
    named = os.environ.get("MARKET_REACTION_REPORTS")
    folder = Path(named).resolve() if named else ROOT / "reports"
    if named:
        assert (folder / "index.html").is_file(), f"{folder} holds no index.html"
    return folder if (folder / "index.html").is_file() else None
