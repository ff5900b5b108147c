"""How many rounds a contraction takes: to its end on the worst of graphs, and before its finish on people."""

from __future__ import annotations

from benchmarks.graphs.engines.own import edges_of, kept_below
from benchmarks.graphs.files import FOLDER, Graph, identity_graph, sorted_chain
from benchmarks.graphs.rows.told import Options, Told
from benchmarks.measuring import Row, measured
from plateia.session import spark_session
from transforms.identity.components import contract
from transforms.identity.components.contraction import FINISH_EDGES
from transforms.identity.rounds import Rounds

_ON_A_CHAIN, _BEFORE_FINISH = 25, 5
_EDGES_A_VERTEX = 10  # of the identity graph, beside the vertices of the chain


def run(options: Options) -> Told:
    """A sorted chain to its end, and an identity graph of ten times as many edges to its finish."""
    chain, people = sorted_chain(options.size), identity_graph(_EDGES_A_VERTEX * options.size)
    spark_session()
    on_chain, told = _rounds(chain, finish_edges=0, most=_ON_A_CHAIN)
    before_finish, told_of_people = _rounds(people, finish_edges=options.scaled(FINISH_EDGES), most=_BEFORE_FINISH)
    return [on_chain, before_finish], {chain.name: told, people.name: told_of_people}


def _rounds(graph: Graph, *, finish_edges: int, most: int) -> tuple[Row, str]:
    """The rounds as a row, and what each of them left."""
    rounds, out = Rounds(), FOLDER.absolute() / "rounds" / "labels"
    edges = edges_of(spark_session(), graph)

    def solve() -> None:
        with kept_below(out.parent) as keep:
            labels = contract(edges, keep=keep, finish_edges=finish_edges, rounds=rounds)
            labels.write.mode("overwrite").parquet(str(out))

    _, *cost = measured(solve)
    graph.require_equal(out, who="contract")
    where = f"before a finish of {finish_edges:,} edges" if finish_edges else "to the end"
    what = f"contract, {graph.name}: {len(rounds.left)} rounds {where}"
    wall_s, core_s, rss_mb = cost
    row = Row(what, wall_s, core_s, rss_mb, f"≤ {most} rounds", len(rounds.left) <= most)
    return row, "edges left " + ", ".join(f"{edges:,}" for edges in rounds.left)
