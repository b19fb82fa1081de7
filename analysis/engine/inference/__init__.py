"""What abnormal returns are worth statistically: each test a record with its source and null."""

from __future__ import annotations

from analysis.engine.inference.battery import DEFAULT_TESTS, TESTS, run_test
from analysis.engine.inference.outcome import InapplicableTest, TestOptions, TestResult

__all__ = ["DEFAULT_TESTS", "TESTS", "InapplicableTest", "TestOptions", "TestResult", "run_test"]
