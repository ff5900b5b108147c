"""A whole configuration folder, read once and checked as a whole."""

from plateia.workspace.workspace import Workspace, load_workspace

__all__ = ["Workspace", "load_workspace"]
