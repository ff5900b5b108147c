"""What a person hands in, by mistake too: keys, files of identifiers, purposes; each mistake is one sentence."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.identity.requests import ASKED, read_rows
from jobs.identity.state import State, require_same_keys
from plateia.declarations.environments import Keys
from plateia.declarations.identity import IdentifierType, Identity
from plateia.errors import ConfigError, PlateiaError
from plateia.identity.keys import token_keys
from plateia.identity.tokens import TokenKeys
from plateia.workspace import Workspace, load_workspace
from tests.files import write_files

SECRETS = Keys(identity_token="TOKEN", identity_wrap={"k1": "WRAP_1", "k2": "WRAP_2"}, identity_wrap_current="k1")
MADE = TokenKeys(b"a token key", {"k1": b"first", "k2": b"second"}, "k1")
CONFIGS = {
    "configs/sites.yml": "us: {zone: UTC, country: US}\n",
    "configs/environments/local.yml": (
        "lake: lake\nkeys: {identity_token: T, identity_wrap: {k1: W}, identity_wrap_current: k1}\n"
    ),
    "configs/identity.yml": "identifiers: {account: {normalise: text}}\n",
    "configs/sources/seen.yml": (
        "source: seen\nkind: signals\nread: {format: csv, path: seen}\nsite: us\nat: {column: at}\n"
        "identifiers: [{type: account, column: account}]\npurpose: adz\n"
    ),
}
CONSENTS = (
    "source: consents\nkind: consents\nread: {format: csv, path: c.csv}\nsite: us\n"
    "person: {column: account, identifier: account}\npurpose: {column: purpose, values: [ads, mail]}\n"
    "granted: granted\nat: {column: at}\n"
)


@pytest.mark.parametrize(
    ("keys", "variables"),
    [
        pytest.param(MADE, "", id="the same"),
        pytest.param(TokenKeys(b"a token key", {"k2": b"second", "k3": b"third"}, "k3"), "", id="one more, one less"),
        pytest.param(TokenKeys(b"another", dict(MADE.wraps), "k1"), "TOKEN", id="another token key"),
        pytest.param(TokenKeys(b"a token key", {"k1": b"first", "k2": b"first"}, "k1"), "WRAP_2", id="another k2"),
    ],
)
def test_keys_are_those_that_identities_were_made_with(keys: TokenKeys, variables: str) -> None:
    state = State({}, None, {"checks": dict(MADE.checks)})
    assert not any(word in str(MADE.checks) for word in ("token", "first", "second"))
    if not variables:
        require_same_keys(keys, SECRETS, state)
    else:
        with pytest.raises(ConfigError, match=f"another key in {variables} than"):
            require_same_keys(keys, SECRETS, state)


def test_two_ids_of_one_key_are_refused() -> None:
    identity = Identity(identifiers={"account": IdentifierType(normalise="text")})
    with pytest.raises(ConfigError, match="one key under two ids"):
        token_keys(SECRETS, identity, source=lambda _: b"the same sixteen bytes")


def workspace_of(folder: Path) -> Workspace:
    write_files(folder, {name: text for name, text in CONFIGS.items() if "sources" not in name})
    return load_workspace(folder / "configs")


def parquet(path: Path, value: pa.Array) -> Path:
    pq.write_table(pa.table({"site": ["us"], "identifier": ["account"], "value": value}), path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("a.csv", b"site,identifier,value,value\nus,account,1,2\n", "with 2 columns value", id="twice"),
        pytest.param("a.csv", b"site;identifier;value\nus;account;1\n", "without the column site", id="semicolons"),
        pytest.param("a.csv", b"site,identifier,value\nus,account,jos\xe9\n", "CSV in UTF-8", id="Latin-1"),
        pytest.param("a.csv", b"", "CSV in UTF-8", id="nothing"),
        pytest.param("a.csv", b"site,identifier,value\nUS,account,1\n", "row 1: the site 'US'.*mean 'us'", id="site"),
        pytest.param("a.csv", b"site,identifier,value\nus,acount,1\n", "row 1: the identifier 'acount'", id="type"),
        pytest.param("a.parquet", b"PAR1", "expected Parquet", id="half a file"),
        pytest.param("l.parquet", pa.array([[1]]), "another type than text", id="lists"),
        pytest.param("b.parquet", pa.array([b"\xff"]), "another type than text", id="bytes"),
    ],
)
def test_a_file_that_cannot_be_asked_is_one_sentence(
    tmp_path: Path, name: str, content: bytes | pa.Array, says: str
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        parquet(path, content)
    with pytest.raises(PlateiaError, match=says):
        read_rows(path, ASKED, workspace_of(tmp_path))


def test_a_purpose_is_one_that_people_can_have_a_word_on(tmp_path: Path) -> None:
    write_files(tmp_path, CONFIGS)
    alone = load_workspace(tmp_path / "configs")
    assert not alone.problems
    assert [warning.where.path for warning in alone.warnings] == ["purpose"]
    write_files(tmp_path, {"configs/sources/consents.yml": CONSENTS})
    (problem,) = load_workspace(tmp_path / "configs").problems
    assert "the unknown purpose 'adz'" in str(problem)
    assert "ads" in str(problem)


@pytest.mark.parametrize(
    ("health", "says"),
    [
        pytest.param("{anchors_above_one: {max: 20}}", "anchors_above_one at 20", id="a share of 2000 %"),
        pytest.param("{refused: {verified: {max: 3}}}", "refused.verified at 3", id="a share of refused edges"),
        pytest.param("{largest_person: {max: 6%}}", "largest_person at 0.06", id="a share of a count"),
        pytest.param("{largest_person: {max: 6}, churn: {max: 100%}, p999_person: {min: 0}}", "", id="sound"),
    ],
)
def test_a_band_is_in_the_unit_of_its_measure(tmp_path: Path, health: str, says: str) -> None:
    workspace_of(tmp_path)
    write_files(tmp_path, {"configs/identity.yml": f"{CONFIGS['configs/identity.yml']}health: {health}\n"})
    found = "\n".join(map(str, load_workspace(tmp_path / "configs").problems))
    assert says in found
    assert bool(found) == bool(says)
