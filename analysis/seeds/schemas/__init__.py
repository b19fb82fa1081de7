"""JSON Schema of the seeds, made from the code that reads them, so that the two cannot differ.

Editors use the schemas to complete and check the YAML files while they are written. Rules between
fields stay with ``market-reaction events check``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["KINDS", "schema", "schema_text"]

KINDS = ("markets", "articles", "events", "claims", "studies")

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of one file of the seeds.

    Parameters
    ----------
    kind
        One of `KINDS`.
    """
    from analysis.seeds.claim_models import ClaimRow
    from analysis.seeds.event_models import ArticleRow, EventRow, StudyRow
    from analysis.seeds.kinds import Row
    from analysis.seeds.market_models import MarketRow

    rows: tuple[type[Row], ...] = (MarketRow, ArticleRow, EventRow, ClaimRow, StudyRow)
    made = rows[KINDS.index(kind)].model_json_schema()
    definitions = {"$defs": made.pop("$defs")} if "$defs" in made else {}
    return {
        "$schema": _DRAFT,
        "title": f"seeds/{kind}.yaml",
        "type": "array",
        "items": made,
        **definitions,
    }


def schema_text(kind: str) -> str:
    """Return the schema as it stands in its file."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    for kind in KINDS:
        path = folder / f"{kind}.schema.json"
        path.write_text(schema_text(kind), encoding="utf-8", newline="\n")
