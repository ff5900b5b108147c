"""The only YAML loader: a strict, safe part of YAML, read from the C parser's events; every scalar stays text.

Anchors, aliases, tags, merge keys, duplicate keys and keys that are not text are refused, and so are documents that
are not mappings. Depth, size and number of nodes are checked event by event: building a document from a hostile file
with the library's own composer overflows the C stack.
"""

from plateia.config.documents import (
    MAX_FILE_BYTES,
    Document,
    Origin,
    Source,
    documents_of,
    load_documents,
    read_content,
)
from plateia.config.quick import MAX_DEPTH, MAX_NODES, MAX_SCALAR_BYTES
from plateia.config.values import KeyPath, Plain, canonical_json, definition_hash, key_path

__all__ = [
    "MAX_DEPTH",
    "MAX_FILE_BYTES",
    "MAX_NODES",
    "MAX_SCALAR_BYTES",
    "Document",
    "KeyPath",
    "Origin",
    "Plain",
    "Source",
    "canonical_json",
    "definition_hash",
    "documents_of",
    "key_path",
    "load_documents",
    "read_content",
]
