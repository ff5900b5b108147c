"""The memory of the driver's Python, which finishes what a cluster has contracted."""

from __future__ import annotations

from benchmarks.graphs.engines.contest import Contest
from benchmarks.graphs.engines.engine import Settings
from benchmarks.graphs.engines.every import CLUSTERED
from benchmarks.graphs.files import identity_graph
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.measuring import Row
from transforms.identity.components.contraction import FINISH_EDGES

_MOST_MB = 1_500
_WARM_EDGES = 50_000
_DRIVER = "4g"


def run(options: Options) -> Told:
    """Executors are processes of their own; what is told is the most that the driver's Python ever has (VmHWM)."""
    graph, warm = identity_graph(options.size), identity_graph(_WARM_EDGES)
    (name, engine), *_ = CLUSTERED.items()
    finish_edges = options.scaled(FINISH_EDGES)
    contest = Contest(graph, warm, Settings(finish_edges, _DRIVER), options.limit_s)
    runs = contest.turns([name], runs=1)[name]
    if runs.cost is None:
        raise SystemExit(f"{engine.name} on {graph.name}: {runs.failure}")
    (most_mb,) = runs.driver_mb
    what = f"{engine.name}, {graph.name}: {most_mb:,.0f} MB of the driver's Python"
    row = Row(what, *runs.cost, f"≤ {_MOST_MB:,} MB of the driver's Python", most_mb <= _MOST_MB)
    return [row], {"finish": f"{finish_edges:,} edges at most", "peak MB": "of both executors, the master and all JVMs"}
