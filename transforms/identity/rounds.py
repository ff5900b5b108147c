"""What an engine says of its rounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from plateia.trace import log

_log = log("identity")


@dataclass
class Rounds:
    """Edges that were left after each round."""

    left: list[int] = field(default_factory=list)

    def tell(self, edges: int) -> None:
        """A round has ended."""
        self.left.append(edges)
        _log.info("components: round %d leaves %s edges", len(self.left), f"{edges:,}")
