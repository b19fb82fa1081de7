"""Data of the studies over partitions: a file is a partition, and there are few events."""

from __future__ import annotations

import pytest
from partitioned_data import Data, make_data

import analysis.scale.source


@pytest.fixture(autouse=True)
def _a_file_is_a_partition(monkeypatch):
    monkeypatch.setattr(analysis.scale.source, "PARTITION_BYTES", 1)
    monkeypatch.setattr("analysis.engine.ladder._FEWEST_SLOW", 2)
    monkeypatch.setattr("analysis.engine.ladder._ESTIMATED", 600)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Data:
    return make_data(tmp_path_factory.mktemp("data"))
