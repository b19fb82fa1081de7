"""What a person sees while reports are made: one line per notebook, with elapsed and expected."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from analysis.errors import ReportError
from analysis.files import write_whole

TIMINGS = ".timings.json"
"""Seconds every notebook took last time, beside the reports; only ever shown, never used."""

_EVERY = 0.5
_WIDTH = 79


class Progress:
    """Prints plain lines, so that a log reads as well as a terminal; a terminal gets a live line.

    Parameters
    ----------
    stream
        Where lines go.
    expected
        Seconds by name of a report, from earlier runs.
    """

    def __init__(self, stream: TextIO, expected: Mapping[str, float] | None = None) -> None:
        self._stream = stream
        self._expected = dict(expected or {})
        self._began = time.perf_counter()
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._shown = 0

    def line(self, text: str) -> None:
        """Print one line that stays."""
        with self._lock:
            self._wipe()
            elapsed = time.perf_counter() - self._began
            print(f"[{elapsed:5.1f} s] {text}", file=self._stream, flush=True)

    def plain(self, text: str) -> None:
        """Print a line without the time, such as an address to copy."""
        with self._lock:
            self._wipe()
            print(text, file=self._stream, flush=True)

    def started(self, name: str) -> None:
        """Note that a notebook runs now."""
        with self._lock:
            self._running[name] = time.perf_counter()

    def ended(self, name: str, word: str, seconds: float, *, more: str = "") -> None:
        """Print the line of a notebook that ended."""
        with self._lock:
            self._running.pop(name, None)
        usual = self._expected.get(name)
        beside = f", usually {usual:.1f} s" if usual is not None else ""
        self.line(f"{word:<6} {name} ({seconds:.1f} s{beside}{more})")

    def usual(self, names: list[str], *, at_a_time: int) -> str:
        """Return about how long these notebooks take together, in words; empty if not known."""
        known = [self._expected[name] for name in names if name in self._expected]
        if not known or len(known) < len(names):
            return ""
        return f", about {max(sum(known) / at_a_time, max(known)):.0f} s"

    @contextlib.contextmanager
    def live(self) -> Iterator[None]:
        """Keep a terminal's last line up to date with what runs; nothing in a log."""
        if not self._stream.isatty():
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._refresh, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with self._lock:
                self._wipe()

    def _refresh(self, stop: threading.Event) -> None:
        while not stop.wait(_EVERY):
            with self._lock:
                self._wipe()
                now = time.perf_counter()
                parts = [self._state(name, now - began) for name, began in self._running.items()]
                text = f"[{now - self._began:5.1f} s] " + "; ".join(parts)
                text = text[:_WIDTH]
                self._stream.write(text)
                self._stream.flush()
                self._shown = len(text)

    def _state(self, name: str, seconds: float) -> str:
        usual = self._expected.get(name)
        return f"{name} {seconds:.0f} s" + (f" of about {usual:.0f}" if usual else "")

    def _wipe(self) -> None:
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._shown = 0


def read_timings(out: Path) -> dict[str, float]:
    """Return seconds by name of a report; empty if none are known."""
    try:
        found = json.loads((out / TIMINGS).read_text(encoding="utf-8"))
        return {str(name): float(seconds) for name, seconds in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep_timings(out: Path, seconds: Mapping[str, float]) -> None:
    """Remember how long notebooks took; a folder that cannot be written to is no matter."""
    known = {**read_timings(out), **{name: round(took, 2) for name, took in seconds.items()}}
    with contextlib.suppress(ReportError):
        write_whole(out / TIMINGS, json.dumps(known, indent=1, sort_keys=True) + "\n")
