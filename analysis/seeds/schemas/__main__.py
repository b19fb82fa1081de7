"""Write the schema files anew: ``python -m analysis.seeds.schemas``."""

from pathlib import Path

from analysis.seeds.schemas import write_schemas

write_schemas(Path(__file__).parent)
