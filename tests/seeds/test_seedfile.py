"""What can be wrong with a seeds file as a file, and that nothing but SeedError ever comes out."""

from __future__ import annotations

import contextlib
from collections import namedtuple
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.errors import SeedError
from analysis.seeds import file
from analysis.seeds.events import load_events
from analysis.seeds.file import read_records
from analysis.seeds.kinds import Json, Row, Slug, Text


class _Pair(Row):
    makes = namedtuple("Pair", "id title")

    id: Slug
    title: Text


class _Parameters(Row):
    makes = namedtuple("Parameters", "p")

    p: Json


def _write(folder: Path, content: str | bytes, name: str = "events.yaml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _refusal(path: Path, build=_Pair) -> SeedError:
    with pytest.raises(SeedError, match=r"problems? in the seeds") as caught:
        read_records(path, build)
    return caught.value


def test_scalars_stay_the_text_that_stands_in_the_file(tmp_path):
    # YAML 1.1 would make a boolean of no, a date of 2025-05-02, 66 of 0o102 and 3661 of 1:01:01.
    words = ["no", "2025-05-02", "0o102", "1:01:01", "1e3", "0x1F", "True"]
    path = _write(tmp_path, "".join(f"- id: a{n}\n  title: {w}\n" for n, w in enumerate(words)))
    assert [title for _, title in read_records(path, _Pair)] == words


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("", ["an empty file", "list of records"]),
        ("# only a comment\n", ["an empty file"]),
        ("null\n", ["an empty file"]),
        ("id: a\ntitle: b\n", ["events.yaml:1: found named fields", "must be a list of records"]),
        ("just text\n", ["found 'just text'", "must be a list of records"]),
        ("- id: a\n  title: b: c\n", ["events.yaml:2", "does not parse", "quote a text"]),
        ("- id: a\n  title: 'b\n", ["does not parse", "quoted scalar from line 2"]),
        ("- id: a\n\ttitle: b\n", ["events.yaml:2", "does not parse", "indent with spaces"]),
        ("- id: a\n  title: [b\n", ["does not parse"]),
        ("- id: a\n  title: b\n---\n- id: c\n  title: d\n", ["does not parse", "document"]),
        (b"- id: a\n  title: caf\xe9\n", ["events.yaml:2", "0xe9", "save the file as UTF-8"]),
        ("- id: a\n  title: b\x07\n", ["events.yaml:2", "does not allow"]),
        ('- id: a\n  title: "\\U00110000"\n', ["does not allow"]),
        ('- id: a\n  title: "\\ud800"\n', ["events.yaml:2", "cannot be printed"]),
        ('- id: a\n  title: "b\\0"\n', ["remove the character '\\x00'"]),
        (
            "- &x\n  id: a\n  title: b\n- *x\n",
            ["events.yaml:4", "an alias", "write the values out"],
        ),
        ("- id: a\n  title: " + "[" * 50 + "]" * 50, ["events.yaml:2", "nesting deeper than 12"]),
        ("- " * 3000, ["nesting deeper than 12"]),
        (
            "- !!python/object/apply:os.system [ls]\n",
            ['"record 1"', "!!python/object/apply", "refused"],
        ),
        ("- id: !!python/name:os.system ''\n  title: b\n", ["`id`", "!!python/name", "refused"]),
        ("- id: a\n  title: !!binary aGk=\n", ['"a", `title`', "!!binary", "refused"]),
        ("- id: a\n  title: !secret b\n", ["the tag '!secret'", "refused"]),
        ("!!set {a, b}\n", ["the tag '!!set'"]),
        ("- hello\n", ['"record 1"', "found 'hello'", "'- id: ...'"]),
        ("- id: a\n  title: b\n  title: c\n", ["events.yaml:3", "a second time", "line 2"]),
        ("- id: a\n  title: b\n- id: a\n  title: c\n", ["events.yaml:3", "is used once", "line 1"]),
        ("- title: b\n", ['"record 1", `id`', "found nothing", "required"]),
        ("- id: a\n", ['"a", `title`: found nothing', "required"]),
        ("- id: a\n  title:\n", ["events.yaml:2", "`title`: found nothing"]),
        ("- id: a\n  title: ''\n", ["`title`: found ''", "write something"]),
        ("- id: a\n  title: [b]\n", ["`title`: found a list", "single text"]),
        ("- id: a\n  titel: b\n", ["`titel`: found an unknown field", "did you mean `title`?"]),
        (
            "- id: a\n  title: b\n  zzz: c\n",
            ["events.yaml:3", "`zzz`", "fields here are id, title"],
        ),
        ("- id: a\n  title: b\n  ? [x]\n  : y\n", ["found a list", "a key must be"]),
        ("- id: 5\n  title: b\n", ['"5", `id`', "starts with a lower-case letter"]),
        ("- id: [a]\n  title: b\n", ['"record 1", `id`: found a list']),
        ("- id: Big\n  title: b\n", ["`id`: found 'Big'"]),
        ("- id: ../etc\n  title: b\n", ["`id`: found '../etc'"]),
        ("- id: a/b\n  title: b\n", ["`id`: found 'a/b'"]),
        ("- id: a..b\n  title: b\n", ["`id`: found 'a..b'"]),
        ("- id: a-\n  title: b\n", ["`id`: found 'a-'"]),
        ("- id: 'a\n\n    b'\n  title: b\n", ["`id`: found 'a\\nb'"]),
    ],
)
def test_broken_file_is_refused_with_place_and_rule(tmp_path, content, parts):
    message = str(_refusal(_write(tmp_path, content)))
    assert not [part for part in parts if part not in message], message


def test_misspelt_field_is_one_problem(tmp_path):
    assert len(_refusal(_write(tmp_path, "- id: a\n  titel: b\n")).problems) == 1


def test_all_problems_come_at_once_and_in_the_order_of_the_file(tmp_path):
    error = _refusal(_write(tmp_path, "- id: A\n  x: 1\n- hello\n- id: b\n  title: [c]\n- id: b\n"))
    assert [problem.line for problem in error.problems] == [1, 1, 2, 3, 5, 6, 6]
    assert str(error).startswith("7 problems in the seeds:\n- ")


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(SeedError, match="found no such file; it should be at"):
        read_records(tmp_path / "events.yaml", _Pair)
    with pytest.raises(SeedError, match="cannot be read"):
        read_records(tmp_path, _Pair)


def test_byte_order_mark_and_empty_list_are_fine(tmp_path):
    path = _write(tmp_path, b"\xef\xbb\xbf- id: a\n  title: b\n")
    assert read_records(path, _Pair) == (("a", "b"),)
    assert read_records(_write(tmp_path, "[]"), _Pair) == ()


def test_json_mapping_reads_unquoted_scalars_as_json(tmp_path):
    text = (
        "- p: {a: 1, b: 0.5, c: true, d: null, e: '1', f: x, g: [1, two], h: {i: -2}, j: 1.5e-3}\n"
    )
    path = _write(tmp_path, text)
    ((found,),) = read_records(path, _Parameters, key="p")
    wanted = {"a": 1, "b": 0.5, "c": True, "d": None, "e": "1", "f": "x", "g": [1, "two"]}
    assert found == wanted | {"h": {"i": -2}, "j": 0.0015}
    assert isinstance(found["a"], int)


def test_a_tab_is_refused_whichever_parser_is_there(tmp_path):
    """libyaml reads the tab as if it were a space."""
    refusal = _refusal(_write(tmp_path, "- id:\ta\n  title: b\n"))
    assert "YAML that does not parse" in str(refusal)


# Whatever the file: either events or a SeedError.

_WORDS = st.sampled_from(
    [
        "id",
        "title",
        "role",
        "announced",
        "best",
        "2025-05-02T00:30:00Z",
        "up",
        "null",
        "",
        "a",
        "!!str x",
    ]
)
_TREES = st.recursive(
    _WORDS | st.text(max_size=8) | st.none() | st.integers() | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=20,
)
_YAML_LIKE = st.text(alphabet="-:[]{}&*!|>'\"%@`#?, \n\tabi01~\\uU", max_size=120)


def _only_seed_errors(path: Path) -> None:
    with contextlib.suppress(SeedError):
        load_events(path, markets=(), articles=())


@settings(max_examples=150, deadline=None)
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
@example(content=b"\xff\xfe- id: a")
@example(content=b'- id: "\\UFFFFFFFF"')
@example(content=b"%YAML 9999999999999999999999.1\n---\n[]")
@example(content=b"- <<: *x")
@example(content=b"!<tag:%ff> x")
def test_random_bytes_raise_only_seed_errors(tmp_path_factory, content):
    _only_seed_errors(_write(tmp_path_factory.getbasetemp(), content, "random.yaml"))


@settings(max_examples=300, deadline=None)
@given(content=_YAML_LIKE)
def test_random_yaml_syntax_raises_only_seed_errors(tmp_path_factory, content):
    _only_seed_errors(_write(tmp_path_factory.getbasetemp(), content, "random.yaml"))


@settings(max_examples=150, deadline=None)
@given(tree=st.lists(_TREES, max_size=4))
def test_random_records_raise_only_seed_errors(tmp_path_factory, tree):
    text = yaml.safe_dump(tree, allow_unicode=True)
    _only_seed_errors(_write(tmp_path_factory.getbasetemp(), text, "random.yaml"))


def _shape(node):
    below = node.value
    if isinstance(node, yaml.MappingNode):
        below = [(_shape(key), _shape(value)) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [_shape(item) for item in node.value]
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    return node.tag, node.start_mark.line, style, below


@pytest.mark.parametrize(
    "text",
    [
        "- id: a\n  title: 'it''s'\n  list: [a, \"b\", {c: d}]\n  long: |\n    two\n    lines\n",
        "- id: no\n  title: !!str 5\n  folded: >-\n    a\n\n    b\n- 英: 伟 # said\n",
        *(
            p.read_text("utf-8")
            for p in sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))
        ),
    ],
    ids=lambda text: text[:12],
)
def test_both_parsers_read_the_same(text):
    """Files are read by libyaml, and what it refuses is told in the words of PyYAML."""
    fast, slow = file._FastComposer(text).get_single_node(), file._Composer(text).get_single_node()
    assert _shape(fast) == _shape(slow)
