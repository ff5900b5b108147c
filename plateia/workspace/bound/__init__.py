"""Audience files bound to the catalogue, once a content: what was bound before is kept in the cache folder.

The files of a configuration are read and hashed at every load; only those whose content, or whose catalogue, is new
are parsed and bound again, many of them in processes of their own.
"""

from plateia.workspace.bound.file import BoundDocument, BoundFile
from plateia.workspace.bound.loading import load_bound

__all__ = ["BoundDocument", "BoundFile", "load_bound"]
