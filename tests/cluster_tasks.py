"""Tasks for workers of a test cluster, in a module that they can import."""

from __future__ import annotations

import os
import time
from pathlib import Path

from analysis.errors import ReportError


def square(item: int) -> list[int]:
    return [item * item]


def joined(a: list[int], b: list[int]) -> list[int]:
    return a + b


def deadly(item: int) -> list[int]:
    """End the worker process the way running out of memory does, for one item."""
    if item == 2:
        os._exit(9)
    return [item]


def faulty(item: int) -> list[int]:
    if item == 1:
        raise ValueError("one value\nand more lines")
    return [item]


def full(item: int) -> list[int]:
    raise ReportError("out cannot be written: No space left on device.")


def slow(item: int) -> list[int]:
    time.sleep(0.3)
    return [item]


def marking(item: str) -> list[str]:
    """Take a while and leave a file behind, so that others can count what was run."""
    time.sleep(0.3)
    Path(item).touch()
    return [item]
