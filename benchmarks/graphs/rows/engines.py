"""Wall time of contraction beside that of every other way, without hubs and with them."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.graphs.engines.contest import Contest, Runs
from benchmarks.graphs.engines.engine import Settings
from benchmarks.graphs.engines.every import ENGINES
from benchmarks.graphs.files import Graph, identity_graph
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.measuring import Row
from benchmarks.phases.timing import Cost
from transforms.identity.components.contraction import FINISH_EDGES

_OURS, _SHARE = "contract", 0.5
_WARM_EDGES = 50_000


def without_hubs(options: Options) -> Told:
    """On people who share a device now and then."""
    return _contest(options, hubs=False)


def with_hubs(options: Options) -> Told:
    """On people a few of whose identifiers are everybody's."""
    return _contest(options, hubs=True)


def _contest(options: Options, *, hubs: bool) -> Told:
    graph, warm = identity_graph(options.size, hubs=hubs), identity_graph(_WARM_EDGES)
    settings = Settings(options.scaled(FINISH_EDGES), options.memory)
    found = Contest(graph, warm, settings, options.limit_s).turns(list(ENGINES), runs=options.runs)
    if found[_OURS].failure:
        raise SystemExit(f"{_OURS} on {graph.name}: {found[_OURS].failure}")
    facts: dict[str, object] = {
        "each run": f"in a process of its own that has solved {_WARM_EDGES:,} edges; a JVM of {options.memory}",
        "from and to": "edges as Parquet files, labels as Parquet files",
    }
    facts["wall_s"] = walls_of(found)
    facts |= {engine.name: f"{engine.form}; {found[name].spread}" for name, engine in ENGINES.items()}
    return rows_of(found, graph, limit_s=options.limit_s), facts


def rows_of(found: Mapping[str, Runs], graph: Graph, *, limit_s: float) -> list[Row]:
    """A row an engine; those of Spark's others say what share of their wall time ours takes."""
    ours = found[_OURS].cost
    rows = []
    for name, runs in found.items():
        engine, cost = ENGINES[name], runs.cost or Cost(limit_s if runs.is_late else 0.0, 0.0, 0.0)
        what = f"{engine.name}, {graph.name}" + (f": {runs.failure}" if runs.failure else "")
        bar, met = None, None
        if engine.is_of_spark and name != _OURS and ours is not None and cost.wall_s:
            share = ours.wall_s / cost.wall_s
            bar = f"contract's wall ≤ {_SHARE:g} of it: {'at most ' if runs.is_late else ''}{share:.2f}"
            met = share <= _SHARE
        rows.append(Row(what, *cost, bar, met))
    return rows


def walls_of(found: Mapping[str, Runs]) -> dict[str, float | str]:
    """Engine -> its median seconds, ours first, or why there are none."""
    return {
        ENGINES[name].name: str(runs.failure) if runs.cost is None else round(runs.cost.wall_s, 1)
        for name, runs in found.items()
    }
