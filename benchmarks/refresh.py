"""``dev.py bench refresh``: a shop's first refresh from Parquet, the same again, and one more day appended."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks.measuring import Row, measured, versions, write_results
from benchmarks.shop import AS_OF, DAYS, SEED, Shop, write_day
from jobs import refresh_warehouse
from plateia.session import spark_session

_FULL_S, _DAY_SHARE = 240.0, 0.1


def main() -> int:
    """Measure and write the results; returns the worst exit code of the refreshes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".plateia/bench-refresh"), help="where the shop is written")
    parser.add_argument("--people", type=float, default=4e6)
    parser.add_argument("--events", type=float, default=4e7)
    args = parser.parse_args()
    people, events = int(args.people), int(args.events)
    shop = Shop(args.folder.resolve() / f"{people}-{events}", people, events)
    shop.write()
    shutil.rmtree(shop.folder / "lake", ignore_errors=True)
    for late in shop.folder.glob("data/*/*.parquet"):
        if int(late.stem) >= DAYS:  # of an earlier run
            late.unlink()
    spark_session()
    rows: list[Row] = []
    codes = [_refresh(shop, "the first refresh", rows), _refresh(shop, "again, nothing new", rows)]
    write_day(shop, DAYS)
    codes.append(_refresh(shop, "one more day", rows))
    first, again, day = rows
    share = _DAY_SHARE * first.wall_s
    judged = [
        first._replace(bar="240 s", met=first.wall_s <= _FULL_S),
        again,
        day._replace(bar="10 % of the first", met=day.wall_s <= share),
    ]
    write_results("refresh", seed=SEED, rows=judged, versions=versions("pyspark", "delta-spark", "deltalake"))
    return max(codes)


def _refresh(shop: Shop, what: str, rows: list[Row]) -> int:
    options = ["--configs", str(shop.configs), "--as-of", AS_OF]
    code, wall_s, core_s, rss_mb = measured(lambda: refresh_warehouse.main(options))
    named = f"{what}: {shop.people:,} people, {shop.events:,} events"
    rows.append(Row(named, wall_s, core_s, rss_mb))
    sys.stderr.write(f"{named}: exit {code}, {wall_s:.1f} s, {core_s:.1f} core-s\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
