"""Write the schema files anew: ``python -m analysis.schemas``."""

from pathlib import Path

from analysis.schemas import write_schemas

write_schemas(Path(__file__).parent)
