"""The notebook runs from the first cell to the last on the demo's lake, and is committed without output."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.lakes import REPOSITORY, BuiltLake

NOTEBOOK = REPOSITORY / "notebooks" / "first_audiences.ipynb"


def test_it_is_committed_without_output() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert cell.cell_type != "code" or (not cell.outputs and cell.execution_count is None)


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_it_draws_sizes_overlap_and_lift(
    lookalike_lake: BuiltLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEIA_CONFIGS", str(lookalike_lake.configs))
    monkeypatch.setenv("PLATEIA_LAKE", str(lookalike_lake.lake))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    curve = nbformat.v4.new_code_cell("import json\nprint(json.dumps(list(curves.items()), default=float))")
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    notebook.cells.append(curve)
    client.execute(cwd=str(tmp_path))
    pictures = [o for cell in notebook.cells for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
    assert len(pictures) == 3
    ((name, found),) = json.loads(curve.outputs[0]["text"])
    assert name.startswith("cosmetics-alikes")
    assert found == sorted(found) and (found[0], found[-1]) == (0, 1)
    assert found[1] > 0.3  # three times a blind draw, at least
