"""Studies larger than memory: prices in partitions, tasks on this machine or on a cluster."""

from __future__ import annotations

from analysis.partitioned.result import PartitionedResult
from analysis.partitioned.study import partitioned_study

__all__ = ["PartitionedResult", "partitioned_study"]
