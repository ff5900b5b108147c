"""One refresh over sources of every kind: formats, zones, look-ups, filters, several sources of one thing, refusals."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from plateia.pii import token
from tests.spark.warehouse_company import Company, Row

KEY = "a key of the tests, 16 bytes or more"
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
SITES = {"us": {"zone": "America/New_York", "country": "US"}, "de": {"zone": "Europe/Berlin", "country": "DE"}}

# Local times around both changes of New York's clock, and an ordinary one.
WALLS = [
    datetime.fromisoformat(f"2024-{month:02}-{day:02}T{hour:02}:{minute:02}")
    for month, day in ((3, 10), (11, 3), (7, 1))
    for hour in range(4)
    for minute in (0, 30)
]
OFFSETS = ("Z", "+05:30", "-0300", "+02", "")


def _file(name: str, format: str = "parquet", **options: str) -> Row:
    return {"format": format, "path": f"${{data}}/{name}", **({"options": options} if options else {})}


STAMPS = {
    "source": "stamps", "kind": "events", "event": "stamp", "read": _file("stamps.parquet"), "site": "us",
    "joins": {"plain": {"read": _file("plain.parquet"), "on": {"id": "id"}}},
    "person": {"column": "id"}, "at": {"column": "int96", "zone": "site", "naive": True}, "id": ["id"],
    "properties": {
        "instant": {"type": "timestamp", "column": "int96"},
        "adjusted": {"type": "timestamp", "column": "plain.utc"},
        "berlin": {"type": "timestamp", "column": "plain.wall", "zone": "Europe/Berlin"},
        "local_day": {"type": "date", "column": "plain.utc"},
        "wall_day": {"type": "date", "column": "plain.wall"},
        "shown": {"type": "timestamp", "column": "text"},
    },
}  # fmt: skip
CLICKS = {
    "source": "clicks", "kind": "events", "event": "click", "read": _file("clicks.jsonl", "json"),
    "joins": {
        "items": {"table": "shop_items", "on": {"thing.id": "id"}},
        "makers": {"read": _file("makers.csv", "csv", sep=";"), "on": {"items.maker": "maker"}, "required": True},
    },
    "site": "us", "person": {"column": "user"}, "at": {"column": "at"}, "id": ["user", "n"],
    "where": {"any": [{"page": {"matches": "/p.*", "ignore_case": True}}, {"n": {"gte": 100}}]},
    "properties": {
        "n": {"type": "long"}, "page": {"type": "string"}, "item": {"type": "string", "column": "thing.id"},
        "maker": {"type": "string", "column": "makers.name"},
        "price": {"type": "decimal(6,2)", "column": "items.price"},
    },
}  # fmt: skip
# Two sources of people share a trait; the first by name counts where it is not missing.
CRM = {
    "source": "crm", "kind": "people", "read": _file("crm.csv", "csv"), "site": {"column": "land", "map": {"D": "de"}},
    "person": {"column": "id"}, "latest_by": "version",
    "traits": {
        "tier": {"type": "string", "values": ["gold", "basic"]},
        "email": {"type": "string", "pii": "direct"},
        "city": {"type": "string", "pii": "quasi"},
    },
}  # fmt: skip
SURVEY = {
    "source": "survey", "kind": "people", "read": _file("survey.csv", "csv"), "site": "de", "person": {"column": "id"},
    "traits": {"tier": {"type": "string"}, "age": {"type": "long"}},
}  # fmt: skip

CLICK_LINES = """\
{"user": "u1", "n": 1, "at": "2024-01-01T00:00:00Z", "page": "/P/é", "thing": {"id": 7}}
{"user": "u1", "n": 1, "at": "2024-01-01T00:00:00Z", "page": "/p/z", "thing": {"id": 7}}
{"user": "u1", "n": 2, "at": "2024-01-01T00:00:00Z", "page": "/q", "thing": {"id": 7}}
{"user": "u1", "n": 100, "at": "2024-01-01T00:00:00Z", "page": "/q", "thing": {"id": 8}}
{"user": "u1", "n": 3, "at": "2024-01-01T00:00:00Z", "page": "/p", "thing": {"id": 9}}
{"user": "u1", "n": 4, "at": "2024-01-01T00:00:00Z", "page": "/p"}
{"user": "u1", "n": "five", "at": "soon", "page": "/q", "thing": {"id": 7}}
{"user": "", "n": 6, "page": "/p", "thing": {"id": 7}}
{"user": "u1", "n": 7, "at":
"""
CRM_ROWS = """\
land,id,version,tier,email,city
D,1,9,basic,old@x.org,Bonn
D,1,10,,new@x.org,
D,2,,gold,none@x.org,Köln
D,2,1,,two@x.org,Ulm
D,3,1,silver,three@x.org,Trier
X,4,1,gold,four@x.org,Jena
D,5,1,gold,five@x.org,Kiel,too,many
"""
SURVEY_ROWS = "id,tier,age\n1,platinum,41\n2,platinum,\n2,platinum,40\n6,,12\n"


@pytest.fixture(scope="module")
def company(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = Company(tmp_path_factory.mktemp("sources"))
    made.configure(sites=SITES, sources=[STAMPS, CLICKS, CRM, SURVEY], keys={"pii": "WAREHOUSE_TEST_KEY"})
    made.write("clicks.jsonl", CLICK_LINES)
    made.write("crm.csv", CRM_ROWS)
    made.write("survey.csv", SURVEY_ROWS)
    made.write("makers.csv", "maker;name\nm1;Maker & Söhne\n")
    _write_stamps(made.root / "data")
    rows = [(7, "m1", Decimal("19.90")), (8, "m1", None), (9, "m?", None)]
    items = spark.createDataFrame(rows, "id long, maker string, price decimal(6,2)")
    items.write.mode("overwrite").saveAsTable("shop_items")
    return made


@pytest.fixture(scope="module")
def said(company: Company) -> Row:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_TEST_KEY", KEY)
        return company.refresh()


def _write_stamps(data: Path) -> None:
    """Local times as the UTC wall clock of INT96, and, in the look-up, as true instants and as naive times."""
    utc = [wall.replace(tzinfo=UTC) for wall in WALLS]
    ids = pa.array(range(len(WALLS)), pa.int32())
    shown = [wall.isoformat() + OFFSETS[i % len(OFFSETS)] for i, wall in enumerate(WALLS)]
    int96 = pa.table({"id": ids, "text": shown, "int96": pa.array(utc, pa.timestamp("ns"))})
    pq.write_table(int96, data / "stamps.parquet", use_deprecated_int96_timestamps=True)
    plain = {"id": ids, "utc": pa.array(utc, pa.timestamp("us", "UTC")), "wall": pa.array(WALLS, pa.timestamp("us"))}
    pq.write_table(pa.table(plain), data / "plain.parquet")


def _local(wall: datetime, zone: ZoneInfo) -> datetime:
    """fold=0: the first instant of a fold; in a gap the offset before it, which moves the time forward by the gap."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def test_times_of_every_kind(company: Company, said: Row) -> None:
    assert said["exit"] == 0
    found = {event["event_id"]: event for event in company.events("stamp")}
    assert len(found) == len(WALLS)
    for i, wall in enumerate(WALLS):
        event, utc = found[str(i)], wall.replace(tzinfo=UTC)
        offset = OFFSETS[i % len(OFFSETS)]
        assert event["at"] == _local(wall, NEW_YORK)
        assert event["instant"] == event["adjusted"] == utc
        assert event["berlin"] == _local(wall, BERLIN)
        assert event["local_day"] == utc.astimezone(NEW_YORK).date()
        assert event["wall_day"] == wall.date()
        assert event["shown"] == (
            datetime.fromisoformat(wall.isoformat() + offset) if offset else _local(wall, NEW_YORK)
        )


def test_json_catalog_tables_chained_look_ups_and_filters(company: Company, said: Row) -> None:
    names = ("event_id", "person", "n", "page", "item", "maker", "price")
    clicks = [{name: event[name] for name in names} for event in company.events("click")]
    assert clicks == [
        {
            # Twice at the same instant: the greater row counts, and p comes after P.
            "event_id": '["u1","1"]', "person": "u1", "n": 1, "page": "/p/z", "item": "7", "maker": "Maker & Söhne",
            "price": Decimal("19.90"),
        },
        {
            "event_id": '["u1","100"]', "person": "u1", "n": 100, "page": "/q", "item": "8", "maker": "Maker & Söhne",
            "price": None,
        },
    ]  # fmt: skip
    counts = next(row for row in said["results"] if row.get("source") == "clicks")
    wanted = {"read": 9, "outside": 1, "quarantined": 5, "accepted": 3, "duplicates": 1}
    assert {name: counts[name] for name in wanted} == wanted


@pytest.mark.usefixtures("said")
def test_every_refused_row_says_why(company: Company) -> None:
    clicks = company.quarantine("clicks")
    assert Counter(tuple(reasons) for reasons in clicks["reasons"].to_list()) == Counter(
        {
            ("makers: no row with this key",): 2,
            ("at: cannot be cast to timestamp", "n: cannot be cast to long"): 1,
            ("user: no person", "at: no time"): 1,
            ("the row cannot be parsed",): 1,
        }
    )
    crm = {row["id"]: row for row in company.quarantine("crm").to_dicts()}
    reasons = {person: row["reasons"] for person, row in crm.items()}
    assert reasons == {
        token("3", KEY.encode()): ["tier: outside the closed set of tier"],
        token("4", KEY.encode()): ["land: a site that is not mapped"],
        token("5", KEY.encode()): ["the row cannot be parsed"],
    }
    assert crm[token("3", KEY.encode())]["city"] == token("Trier", KEY.encode())
    assert company.quarantine("survey")["reasons"].to_list() == [["the person has a greater row"]]


@pytest.mark.usefixtures("said")
def test_people_of_several_sources(company: Company) -> None:
    people = {person: row for (site, person), row in company.living().items() if site == "de"}
    seen = {person: (row["tier"], row["age"], row["city"]) for person, row in people.items()}
    assert seen == {
        "1": ("platinum", 41, None),  # the latest row of crm counts whole: neither its tier nor its city is known
        "2": ("platinum", 40, "Ulm"),
        "6": (None, 12, None),
    }
    assert people["2"]["email"] == token("two@x.org", KEY.encode())


@pytest.mark.usefixtures("said")
def test_no_direct_identifier_is_left_anywhere_in_the_lake(company: Company) -> None:
    files = [path for path in (company.root / "lake").rglob("*") if path.is_file()]
    texts = [company.table(name).write_json() for name in company.pins()]
    texts += [company.quarantine(name).write_json() for name in ("crm", "clicks", "survey")]
    assert not any(b"@x.org" in path.read_bytes() for path in files)
    assert not any("@x.org" in text for text in texts)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"person": {"column": "idd"}}, "without a column 'idd'", id="a column that is not there"),
        pytest.param(
            {"joins": {"crm": {"read": _file("crm.csv", "csv"), "on": {"id": "id"}}}},
            "has rows with the same id",
            id="a key that is not unique",
        ),
        pytest.param(
            {"read": _file("stamps.parquet"), "traits": {"age": {"type": "boolean", "column": "int96"}}},
            "the column int96 of type timestamp",
            id="a type that can never be",
        ),
        pytest.param({"read": _file("no.csv", "csv")}, "no.csv does not exist", id="a file that is not there"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, company: Company, change: Row, sentence: str
) -> None:
    broken = Company(tmp_path)
    broken.configure(sites=SITES, sources=[{**SURVEY, **change}], variables={"data": str(company.root / "data")})
    said = broken.refresh("--dry-run")
    assert (said["exit"], len(said["errors"])) == (1, 1)
    assert sentence in said["errors"][0]["got"]
    assert "unparsed" not in said["errors"][0]["expected"]
    assert not (tmp_path / "lake").exists()


def test_a_dry_run_reads_and_judges_and_writes_nothing(tmp_path: Path, company: Company) -> None:
    dry = Company(tmp_path)
    suite = {"suite": "survey", "input": "survey", "limits": {"quarantined": {"max": "1%"}}}
    variables = {"data": str(company.root / "data")}
    dry.configure(sites=SITES, sources=[SURVEY], suites=[suite], variables=variables)
    said = dry.refresh("--dry-run")
    assert (said["exit"], [row["verdict"] for row in said["results"]]) == (3, ["refused"])
    assert not (tmp_path / "lake").exists()
