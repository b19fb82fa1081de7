"""What abnormal returns are worth statistically: each test a record with its source and null."""

from __future__ import annotations

from analysis.inference.battery import TESTS, run_test
from analysis.inference.outcome import InapplicableTest, TestResult

__all__ = ["TESTS", "InapplicableTest", "TestResult", "run_test"]
