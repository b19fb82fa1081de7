"""How papermill runs a notebook here: in its own way, but saved once.

papermill saves and validates the notebook before and after every cell, all of it; the copies go to
a folder that is thrown away, and they took as long as running the code.
The engine of event studies is ``analysis.engine``.
"""

from __future__ import annotations

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

ENGINE = "saved-once"
"""Name under which papermill knows it."""


class SavedOnceEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine; the notebook is saved when it ends, however it ends."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the cells; papermill saves afterwards, also if this raises."""
        place, nb_man.output_path = nb_man.output_path, None
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            nb_man.output_path = place


papermill_engines.register(ENGINE, SavedOnceEngine)
