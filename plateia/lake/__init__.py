"""The lake: Delta tables read, staged and published; one committing library a table."""

from plateia.lake.blocks.inputs import block_files, block_inputs
from plateia.lake.blocks.members import MemberWriter
from plateia.lake.blocks.reader import BlockReader
from plateia.lake.blocks.totals import BlockTotals
from plateia.lake.lake import Lake
from plateia.lake.published import members, retire, runs
from plateia.lake.publishing.publish import publish
from plateia.lake.publishing.recover import recover
from plateia.lake.totals import keep_totals

__all__ = [
    "BlockReader",
    "BlockTotals",
    "Lake",
    "MemberWriter",
    "block_files",
    "block_inputs",
    "keep_totals",
    "members",
    "publish",
    "recover",
    "retire",
    "runs",
]
