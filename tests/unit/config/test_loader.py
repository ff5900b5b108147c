"""The loader: a strict part of YAML, every scalar text, every refusal with its line and key path."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from plateia.config import (
    MAX_FILE_BYTES,
    Document,
    Plain,
    canonical_json,
    composer,
    definition_hash,
    key_path,
    load_documents,
    quick,
)
from plateia.errors import Problem


def load(folder: Path, text: str | bytes) -> tuple[list[Document], list[Problem]]:
    file = folder / "any.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_documents(file, "any.yml")


def sole(folder: Path, text: str | bytes) -> str:
    """The one problem of a file, as it is printed."""
    problems = load(folder, text)[1]
    assert len(problems) == 1, problems
    return str(problems[0])


@pytest.mark.parametrize(
    "word", ["NO", "012", "1:30", "1e3", "~", "null", "true", "2026-01-31", "0x1F", ".inf", "", "<"]
)
def test_scalars_stay_the_text_that_the_author_wrote(tmp_path: Path, word: str) -> None:
    documents, problems = load(tmp_path, f"plain: {word}\nquoted: '{word}'\ndouble: \"{word}\"\n")
    assert problems == []
    assert documents[0].value == {"plain": word, "quoted": word, "double": word}


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n---\n# nothing\n", "\ufeff"])
def test_a_file_without_documents_is_fine(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == ([], [])


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    documents, problems = load(tmp_path, "\ufeffa: b\r\nc:\r\n  - d\r\n---\r\ne: f\r\n")
    assert problems == []
    assert [document.value for document in documents] == [{"a": "b", "c": ["d"]}, {"e": "f"}]
    assert documents[0].locate(("c", 0)).line == 3
    assert documents[1].locate(("e",)).line == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("--- &x\na: 1", "any.yml:1: got an anchor ('&x'); expected the value alone", id="root anchor"),
        pytest.param("a: &x 1", "any.yml:1: a: got an anchor ('&x'); expected the value alone", id="anchor"),
        pytest.param(
            "a:\n- *x", "any.yml:2: a[0]: got an alias ('*x'); expected the value itself, written out", id="alias"
        ),
        pytest.param(
            "a:\n  b: !!int 3",
            "any.yml:2: a.b: got a tag ('!!int'); expected the value alone. The key decides the type.",
            id="tag",
        ),
        pytest.param(
            "a: !python/object:os.system {}",
            "any.yml:1: a: got a tag ('!python/object:os.system'); expected the value alone. The key decides the type.",
            id="python tag",
        ),
        pytest.param(
            "a: 1\nb: {c: 2, c: 3}",
            "any.yml:2: b.c: got the key 'c' a second time; expected each key once. Delete one of the two.",
            id="duplicate key",
        ),
        pytest.param(
            "a: 1\n'a': 2",
            "any.yml:2: a: got the key 'a' a second time; expected each key once. Delete one of the two.",
            id="quotes make no difference to keys",
        ),
        pytest.param(
            "a:\n  <<: {b: 1}",
            "any.yml:2: a['<<']: got a merge key ('<<'); expected the keys themselves, written out",
            id="merge key",
        ),
        pytest.param("a: 1\n? [b]\n: 2", "any.yml:2: got a list as a key; expected text as a key", id="list as key"),
        pytest.param("{{a: b}: c}", "any.yml:1: got a mapping as a key; expected text as a key", id="mapping as key"),
        pytest.param("- a", "any.yml:1: got a list; expected a mapping of keys to values", id="list"),
        pytest.param("a: 1\n---\n\nb", "any.yml:2: got the text 'b'; expected a mapping of keys to values", id="text"),
        pytest.param(
            "a:\n\tb: 1",
            "any.yml:2: got a tab in the indentation; expected spaces. YAML is indented with spaces.",
            id="tab",
        ),
        pytest.param(
            "title: Who: me",
            "any.yml:1: got text that is not YAML (mapping values are not allowed in this context); "
            "expected valid YAML. A text that holds ': ' needs quotes.",
            id="colon in text",
        ),
        pytest.param(
            "a: 1\nb: [1, 2",
            "any.yml:2: got text that is not YAML (did not find expected ',' or ']'); expected valid YAML. "
            "Is a bracket or a comma missing? A text that holds {, } or , needs quotes here.",
            id="open bracket",
        ),
        pytest.param(
            b"a: 1\nb: \xff",
            "any.yml:2: got bytes that are not UTF-8; expected UTF-8 text. Save the file as UTF-8.",
            id="latin-1",
        ),
        pytest.param(
            "a: 1".encode("utf-16"),
            "any.yml:1: got bytes that are not UTF-8; expected UTF-8 text. Save the file as UTF-8.",
            id="utf-16",
        ),
        pytest.param(
            "a: 1\nb: \x1b[31m",
            "any.yml:2: got the control character U+001B; expected printable text. "
            "Delete it, or write it as an escape in quotes.",
            id="control character",
        ),
    ],
)
def test_refusals_name_line_and_key_path(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert sole(tmp_path, text) == message


def test_what_was_got_is_never_echoed_raw(tmp_path: Path) -> None:
    text = '"\\u202eab\\x1b": 1\n"\\u202eab\\x1b": 2'
    problem = load(tmp_path, text)[1][0]
    assert "\u202e" not in str(problem)
    assert "\x1b" not in str(problem)
    assert problem.where.path == "['\ufffdab\ufffd']"


def test_reading_goes_on_after_a_syntax_error_at_the_next_document(tmp_path: Path) -> None:
    documents, problems = load(tmp_path, "audience: one\nbad: [\n---\naudience: two\nx: &y 1\n---\naudience: three\n")
    assert [(d.value["audience"], len(d.problems)) for d in documents] == [("one", 1), ("two", 1), ("three", 0)]
    assert [problem.where.line for problem in problems] == [3, 5]
    assert documents[2].locate(("audience",)).line == 7


def test_a_document_mark_inside_a_block_text_starts_no_document(tmp_path: Path) -> None:
    documents, problems = load(tmp_path, "a: [\n---\nb: |\n  text\n  ---\n  more\n")
    assert [document.value for document in documents] == [{"a": []}, {"b": "text\n---\nmore\n"}]
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: " + "[" * 60_000, "more than 64 levels of nesting", id="60,000 open brackets"),
        pytest.param(
            "a: " + "[" * 60_000 + "]" * 60_000, "more than 64 levels of nesting", id="60,000 closed brackets"
        ),
        pytest.param("{a: " * 60_000, "more than 64 levels of nesting", id="60,000 open braces"),
        pytest.param("a:\n" + "- " * 60_000, "more than 64 levels of nesting", id="60,000 block lists"),
        pytest.param(
            "\n".join(" " * i + "a:" for i in range(2_000)), "more than 64 levels of nesting", id="block maps"
        ),
        pytest.param("? " * 60_000, "a mapping as a key", id="60,000 complex keys"),
        pytest.param("a: " + "x" * 65_537, "a text of more than 64 kB", id="long scalar"),
        pytest.param("a: " + "é" * 32_769, "a text of more than 64 kB", id="long scalar in bytes"),
        pytest.param("'" + "x" * 65_537 + "'", "a text of more than 64 kB", id="long document"),
        pytest.param("a: " + "x" * MAX_FILE_BYTES, "a file of more than 16 MB", id="large file"),
    ],
)
def test_caps_stop_hostile_files(tmp_path: Path, text: str, words: str) -> None:
    documents, problems = load(tmp_path, text)
    assert words in problems[0].got
    assert all(document.problems for document in documents)


@pytest.mark.parametrize("text", ["a: [" + "1," * 96 + "1]", "a: 1\n---\n" + "".join(f"k{i}:\n" for i in range(48))])
def test_a_file_holds_so_many_values_and_no_more(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (quick, composer):
        monkeypatch.setattr(module, "MAX_NODES", 100)  # two million take their time
    assert load(tmp_path, text)[1] == []
    broken, problems = load(tmp_path, text + "\nlast: 1")
    assert [problem.got for problem in problems] == ["more than 100 values"]
    assert broken[-1].problems


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: " + "[" * 63 + "]" * 63, id="64 levels"),
        pytest.param("a: " + "x" * 65_536, id="64 kB"),
        pytest.param("a: " + "é" * 32_768, id="64 kB of two bytes each"),
    ],
)
def test_caps_allow_what_they_say(tmp_path: Path, text: str) -> None:
    documents, problems = load(tmp_path, text)
    assert (len(documents), problems) == (1, [])


def test_a_deep_document_can_still_be_located(tmp_path: Path) -> None:
    documents, _ = load(tmp_path, "a: 1\n---\naudience: x\nrule: " + "[" * 60_000)
    assert documents[1].locate(("audience",)).line in (2, 3)


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    problems = load_documents(tmp_path / "gone.yml", "gone.yml")[1]
    assert [str(p) for p in problems] == [
        "gone.yml: got a file that cannot be read (No such file or directory); expected a readable YAML file"
    ]


def test_locate_finds_keys_items_and_the_nearest_ancestor(tmp_path: Path) -> None:
    text = "# head\naudience: a\n---\n\naudience: b\nrule:\n  all:\n    - trait: age\n      is: {in: [1,\n        2]}\n"
    second = load(tmp_path, text)[0][1]
    found = {
        path: (second.locate(path).line, second.locate(path).path)
        for path in ((), ("audience",), ("rule", "all", 0), ("rule", "all", 0, "is", "in", 1), ("rule", "any", 3))
    }
    assert found == {
        (): (5, None),
        ("audience",): (5, "audience"),
        ("rule", "all", 0): (8, "rule.all[0]"),
        ("rule", "all", 0, "is", "in", 1): (10, "rule.all[0].is.in[1]"),
        ("rule", "any", 3): (6, "rule.any[3]"),
    }


def test_key_paths_quote_what_is_no_plain_word() -> None:
    assert key_path(("rule", "all", 0, "where", "a b", "x-y", "é.ü")) == "rule.all[0].where['a b'].x-y['é.ü']"


def test_equal_definitions_have_equal_hashes_whatever_their_layout(tmp_path: Path) -> None:
    one, two = load(tmp_path, "b: {d: 'é', c: [1, 2]}\na: x\n---\na: 'x'\nb:\n  c: ['1', \"2\"]\n  d: é\n")[0]
    assert canonical_json(one.value) == '{"a":"x","b":{"c":["1","2"],"d":"é"}}'
    assert definition_hash(one.value) == definition_hash(two.value)
    by_sha256sum = "9afeb0f2b203f254312ec8ded441d0318b7c34c57f8695ede42d2215a30c0960"
    assert definition_hash({"a": "1"}) == by_sha256sum


_TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
_KEYS = _TEXTS.filter(lambda key: key != "<<" and not any(ord(letter) < 32 or ord(letter) == 127 for letter in key))
_PLAIN: st.SearchStrategy[Plain] = st.recursive(
    _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    documents=st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "NO", "1"]), _PLAIN, min_size=1), min_size=1, max_size=3
    ),
    flow=st.sampled_from([True, False, None]),
    quote=st.sampled_from(['"', "'", None]),
    unicode=st.booleans(),
)
def test_random_documents_read_as_yaml_reads_them_as_text(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[dict[str, Plain]],
    flow: bool | None,
    quote: str | None,
    unicode: bool,
) -> None:
    text = yaml.dump_all(
        documents, default_flow_style=flow, default_style=quote, allow_unicode=unicode, Dumper=_Unaliased, width=60
    )
    text = text.replace("!!null ", "").replace("!!str ", "")
    found, problems = load(tmp_path_factory.mktemp("random"), text)
    assert problems == []
    assert [document.value for document in found] == list(yaml.load_all(text, Loader=yaml.BaseLoader))


class _Unaliased(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        del data
        return True
