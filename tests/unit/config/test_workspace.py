"""A whole configuration: what refers to what across its files, and what survives a mistake elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from plateia import tables
from plateia.catalogue import Attribute, EventType, Relation, ValueType
from plateia.declarations.columns import RESERVED_OF_RELATIONS, RESERVED_PROPERTIES, RESERVED_TRAITS
from plateia.errors import ConfigError
from plateia.rules.tree import PropertyTest
from plateia.workspace import Workspace, load_workspace
from tests.files import write_files

Write = Callable[[Mapping[str, str]], Path]

SOUND = {
    "configs/sites.yml": "us: {zone: America/New_York, country: US}\nbr: {zone: America/Sao_Paulo}\n",
    "configs/environments/local.yml": "lake: lake\nvariables: {data: raw}\nmlflow: sqlite:///lake/mlflow.db\n",
    "configs/sources/people.yml": (
        "source: people\nkind: people\nread: {format: csv, path: '${data}/people.csv'}\nsite: us\n"
        "person: {column: id}\ntraits:\n  age: {type: long, values: [1, 2]}\n  mail: {type: string}\n"
    ),
    "configs/sources/purchases.yml": (
        "source: purchases\nkind: events\nevent: purchase\nread: {format: delta, path: '${data}/p'}\n"
        "joins: {shops: {read: {format: csv, path: /abs/shops.csv}, on: {shop: id}}}\n"
        "site: {column: country, map: {1: us}}\nperson: {column: id}\nat: {column: at}\nid: key\n"
        "where: {quantity: {gte: 0}, state: open}\nproperties: {quantity: {type: long}, town: {type: string, "
        "column: shops.town}}\n"
    ),
    "configs/audiences/us/adults.yml": "audience: adults\nsites: all\nrule: {trait: age, is: {gte: 18}}\n",
    "configs/features/basic.yml": (
        "features: basic\nsites: [us]\nlist: [{feature: n, event: purchase, count: {}, window: {last: 30d}}]\n"
    ),
    "configs/lookalikes/alike.yml": (
        "lookalike: like-adults\nseed: adults\nsites: [us]\nfeatures: basic\n"
        "audiences: {like-adults-1: 1%, like-adults-top: {n: 500}}\nrefresh: {every: 7d}\n"
    ),
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files below a fresh folder, the sound configuration changed by what is given, and returns ``configs``."""

    def write_company(changed: Mapping[str, str]) -> Path:
        write_files(tmp_path, {**SOUND, **changed})
        return tmp_path / "configs"

    return write_company


def said(workspace: Workspace) -> list[str]:
    """The problems without the folder of the test."""
    return [str(problem).replace(f"{workspace.root}/", "") for problem in workspace.problems]


def test_a_sound_configuration_is_resolved(write: Write) -> None:
    configs = write({})
    workspace = load_workspace(configs)
    assert said(workspace) == []
    root = configs.parent
    assert workspace.environment.lake == f"{root}/lake"
    assert workspace.environment.mlflow == f"sqlite:///{root}/lake/mlflow.db"
    purchases = workspace.sources["purchases"]
    assert purchases.read is not None
    assert purchases.read.path == f"{root}/raw/p"
    shops = purchases.joins["shops"].read
    assert shops is not None
    assert shops.path == "/abs/shops.csv"
    assert workspace.audiences["adults"].sites == ("br", "us")
    assert workspace.scored == {"like-adults-1": "like-adults", "like-adults-top": "like-adults"}
    workspace.require_sound("lookalikes", "suites")


def test_the_catalogue_holds_what_sources_declare(write: Write) -> None:
    catalogue = load_workspace(write({})).catalogue
    long, text = ValueType("long"), ValueType("string")
    assert catalogue.sites == {"us": "America/New_York", "br": "America/Sao_Paulo"}
    assert catalogue.traits == {"age": Attribute("age", long, ("1", "2")), "mail": Attribute("mail", text)}
    properties = {"quantity": Attribute("quantity", long), "town": Attribute("town", text)}
    assert catalogue.events == {"purchase": EventType("purchase", properties)}
    assert catalogue.scores == {"like-adults"}
    assert not catalogue.has_consents


def test_a_source_filter_compares_declared_columns_in_their_type_and_others_as_text(write: Write) -> None:
    row_filter = load_workspace(write({})).sources["purchases"].row_filter
    assert row_filter is not None
    tests = [item for item in getattr(row_filter, "items", ()) if isinstance(item, PropertyTest)]
    assert {test.property: test.type.kind for test in tests} == {"quantity": "long", "state": "string"}


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        pytest.param("s3a://bucket/lake", "s3a://bucket/lake", id="URI"),
        pytest.param("file:///x/lake", "file:///x/lake", id="file URI"),
        pytest.param("/x/lake", "/x/lake", id="absolute"),
    ],
)
def test_the_lake_of_the_command_line_wins(write: Write, given: str, resolved: str) -> None:
    assert load_workspace(write({}), lake=given).environment.lake == resolved


def test_a_relative_lake_of_the_command_line_starts_where_the_command_runs(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = write({})
    monkeypatch.chdir(tmp_path / "configs")
    assert load_workspace(configs, lake="here").environment.lake == str(tmp_path / "configs" / "here")


def test_a_missing_folder_and_a_missing_environment_are_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_workspace(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"no environment 'lokal'; expected one of: local\. Did you mean 'local'\?"):
        load_workspace(write({}), "lokal")


def test_without_sites_nothing_goes(tmp_path: Path) -> None:
    (tmp_path / "configs/environments").mkdir(parents=True)
    (tmp_path / "configs/environments/local.yml").write_text("lake: lake\n", encoding="utf-8")
    workspace = load_workspace(tmp_path / "configs")
    assert said(workspace) == [
        "configs/sites.yml: got no sites; expected a mapping of sites: us: {zone: America/New_York}"
    ]
    with pytest.raises(ConfigError):
        workspace.require_sound()


def test_a_broken_source_is_fatal_and_does_not_call_its_rules_wrong(write: Write) -> None:
    broken = SOUND["configs/sources/people.yml"].replace("csv", "cvs").replace("mail: {type: string}", "mail: {}")
    workspace = load_workspace(write({"configs/sources/people.yml": broken}))
    assert said(workspace) == [
        "configs/sources/people.yml:3: read.format: got 'cvs'; expected one of: csv, delta, jdbc, json, parquet. "
        "Did you mean 'csv'?",
        "configs/sources/people.yml:8: traits.mail.type: got no key 'type'; expected it: the key is required",
    ]
    assert workspace.fatal == workspace.problems
    assert set(workspace.audiences) == {"adults"}


def test_a_broken_audience_is_not_fatal_and_breaks_who_refers_to_it(write: Write) -> None:
    changed = {
        "configs/audiences/us/broken.yml": "audience: broken\nsites: [us]\nrule: {trait: nose, is: 1}\n",
        "configs/audiences/us/users.yml": (
            "audience: direct\nsites: [us]\nrule: {audience: broken}\n---\n"
            "audience: indirect\nsites: [us]\nrule: {trait: age, is: 1}\nexclude: [direct]\n"
        ),
    }
    workspace = load_workspace(write(changed))
    workspace.require_sound()
    assert set(workspace.audiences) == {"adults"}
    assert {key: [p.got for p in problems] for key, problems in workspace.broken.items()} == {
        "broken": ["the unknown trait 'nose'"],
        "direct": ["audience 'broken', which is broken"],
        "indirect": ["audience 'direct', which is broken"],
    }
    assert len(workspace.problems) == 3


def test_an_audience_may_refer_to_what_a_lookalike_publishes(write: Write) -> None:
    rule = "audience: users\nsites: [us]\nrule: {any: [{audience: like-adults-1}, {audience: like-adults-top}]}\n"
    assert said(load_workspace(write({"configs/audiences/users.yml": rule}))) == []


def test_a_broken_seed_breaks_the_lookalike_and_who_refers_to_its_audiences(write: Write) -> None:
    changed = {
        "configs/audiences/us/adults.yml": "audience: adults\nsites: [us]\nrule: {trait: nose, is: 1}\n",
        "configs/audiences/users.yml": "audience: users\nsites: [us]\nrule: {audience: like-adults-1}\n",
    }
    workspace = load_workspace(write(changed))
    assert (set(workspace.lookalikes), set(workspace.broken_lookalikes)) == (set(), {"like-adults"})
    assert set(workspace.broken) == {"adults", "users", "like-adults-1", "like-adults-top"}
    assert said(workspace) == [
        "configs/audiences/us/adults.yml:3: rule.trait: got the unknown trait 'nose'; expected one of: age, mail",
        "configs/audiences/users.yml:3: rule.audience: got audience 'like-adults-1', which is broken; "
        "expected a sound audience",
        "configs/lookalikes/alike.yml:2: seed: got audience 'adults', which is broken; expected a sound audience",
    ]


def test_a_lookalike_cannot_feed_its_own_seed(write: Write) -> None:
    changed = {
        "configs/audiences/us/adults.yml": (
            "audience: adults\nsites: [us]\nrule: {trait: age, is: 1}\nexclude: [like-adults-1]\n"
        )
    }
    got = [problem.got for problem in load_workspace(write(changed)).problems]
    assert got == [
        "the cycle adults → like-adults-1 → adults",
        "the cycle like-adults-1 → adults → like-adults-1",
        "audience 'adults', which is broken",
    ]


def test_an_audience_whose_yaml_is_broken_is_broken_by_its_name(write: Write) -> None:
    changed = {
        "configs/audiences/x.yml": "audience: lost\nsites: [us]\nrule: {trait: age, is: [1\n---\naudience: next-one\n"
    }
    workspace = load_workspace(write(changed))
    assert set(workspace.broken) == {"lost", "next-one"}


def test_a_lookalike_that_cannot_be_read_breaks_its_audiences(write: Write) -> None:
    broken = SOUND["configs/lookalikes/alike.yml"] + "method: magic\n"
    workspace = load_workspace(write({"configs/lookalikes/alike.yml": broken}))
    assert set(workspace.broken) == {"like-adults-1", "like-adults-top"}
    assert set(workspace.broken_lookalikes) == {"like-adults"}
    workspace.require_sound()
    with pytest.raises(ConfigError, match="magic"):
        workspace.require_sound("lookalikes")


@pytest.mark.parametrize("name", ["audiences/x.yaml", "audiences/deep/er/x.yml"])
def test_yaml_files_are_found_by_both_suffixes_and_at_any_depth(write: Write, name: str) -> None:
    text = "audience: found\nsites: [us]\nrule: {trait: age, is: 1}\n"
    assert "found" in load_workspace(write({f"configs/{name}": text})).audiences


def test_hidden_files_and_folders_are_no_configuration(write: Write) -> None:
    workspace = load_workspace(write({"configs/audiences/..data/x.yml": "- a", "configs/.git/x.yml": "- b"}))
    assert (workspace.problems, workspace.warnings) == ((), ())


def test_sources_of_one_event_agree_on_types_and_add_up_in_values(write: Write) -> None:
    second = SOUND["configs/sources/people.yml"].replace("source: people", "source: more").replace("[1, 2]", "[2, 3]")
    workspace = load_workspace(write({"configs/sources/zz.yml": second}))
    assert workspace.problems == ()
    assert workspace.catalogue.traits["age"].values == ("1", "2", "3")
    other = second.replace("age: {type: long, values: [2, 3]}", "age: {type: double}")
    assert said(load_workspace(write({"configs/sources/zz.yml": other}))) == [
        "configs/sources/zz.yml:7: traits.age.type: got type double for 'age'; "
        "expected long, as in configs/sources/people.yml:7"
    ]


def test_names_of_plateias_own_columns_are_reserved() -> None:
    fixed_of_people = set(tables.people({}).schema.names)
    fixed_of_events = set(tables.events(EventType("any", {})).schema.names)
    assert fixed_of_people <= RESERVED_TRAITS
    assert fixed_of_events <= RESERVED_PROPERTIES
    for start in ("person", "shop"):
        assert set(tables.relation_table(Relation("any", start, "item", {})).schema.names) <= RESERVED_OF_RELATIONS


_OWNS = (
    "source: owns\nkind: relation\nrelation: owns\nread: {format: csv, path: /o.csv}\nsite: us\n"
    "from: {person: id}\nto: {entity: shop, key: [country, shop]}\nproperties: {role: {type: string}}\n"
)
_SELLS = (
    "source: sells\nkind: relation\nrelation: sells\nread: {format: csv, path: /s.csv}\nsite: us\n"
    "from: {entity: shop, key: shop}\nto: {entity: item, key: sku}\n"
)


def test_an_entity_has_as_many_key_columns_everywhere(write: Write) -> None:
    sound = {"configs/sources/owns.yml": _OWNS, "configs/sources/sells.yml": _SELLS.replace("key: shop", "key: [c, s]")}
    workspace = load_workspace(write(sound))
    assert said(workspace) == []
    assert {r.name: (r.source, r.target) for r in workspace.catalogue.relations.values()} == {
        "owns": ("person", "shop"), "sells": ("shop", "item"),
    }  # fmt: skip
    assert said(load_workspace(write({"configs/sources/sells.yml": _SELLS}))) == [
        "configs/sources/sells.yml:6: from.key: got a key of 1 columns for 'shop'; "
        "expected 2, as in configs/sources/owns.yml"
    ]
