"""Places in documents that were read long ago: the same lines as at the first reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from plateia.config import Document, Plain, load_documents
from plateia.config.places import Places
from plateia.config.values import KeyPath
from plateia.errors import Location

TEXT = """# a comment
audience: one
rule:
  all:
    - {trait: a}
    - trait: b
      is: {gte: 1}
--- # another
audience: two
title: "over
  two lines"
exclude: [x, y]
---

rule:
  none:
    - any: [{trait: "weird: key"}]
"""


def paths(value: Plain, path: KeyPath = ()) -> list[KeyPath]:
    below: list[tuple[str | int, Plain]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [path, *(found for key, inner in below for found in paths(inner, (*path, key)))]


def start(document: Document) -> Location:
    assert document.origin is not None
    return Location(document.file, document.origin.line + 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
def test_every_path_has_the_line_that_the_document_gave(newline: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(TEXT.replace("\n", newline).encode())
    documents, problems = load_documents(file, str(file))
    assert (len(documents), problems) == (3, [])
    places = Places()
    for document in documents:
        for path in [*paths(document.value), ("rule", "all", 1, "no", "such")]:
            assert places.locate(start(document), path) == document.locate(path)


def test_a_file_that_is_gone_or_shorter_leaves_the_documents_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    assert Places().locate(Location(str(file), 7), ("rule", "all")) == Location(str(file), 7, "rule.all")
    file.write_text("audience: one\n", "utf-8")
    assert Places().locate(Location(str(file), 7), ("rule", "all")) == Location(str(file), 7, "rule.all")
    assert Places().locate(Location(), ("rule",)) == Location(None, None, "rule")
