"""Whose an identifier is, from a folder on a local disk: written once a publication, read in microseconds."""

from plateia.lookup.manifest import Manifest, read_manifest
from plateia.lookup.records import Entry, Redirect
from plateia.lookup.store import LookupStore
from plateia.lookup.writing import write_overlay, write_snapshot

__all__ = ["Entry", "LookupStore", "Manifest", "Redirect", "read_manifest", "write_overlay", "write_snapshot"]
