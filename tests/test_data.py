"""The data folder describes itself truly."""

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["path"]: resource for resource in PACKAGE["resources"]}
TYPES = {"date", "datetime", "number", "integer", "string"}
CLOCK = re.compile(r"\d\d:\d\d")


def test_package_says_what_it_is_where_from_and_on_what_terms():
    assert PACKAGE["profile"] == "tabular-data-package"
    assert PACKAGE["sources"]
    assert all(source["title"] and source["path"] for source in PACKAGE["sources"])
    assert PACKAGE["licenses"]
    assert "research and education" in PACKAGE["terms"]
    assert PACKAGE["created"].endswith("Z")


def test_every_data_file_is_described():
    files = {path.name for path in DATA.glob("*.csv")}
    files |= {f"bars/{path.name}" for path in (DATA / "bars").glob("*")}
    assert files == set(RESOURCES)


@pytest.mark.parametrize("name", RESOURCES)
def test_bytes_and_hash_are_those_of_the_file(name):
    content = (DATA / name).read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    found = (len(content), "sha256:" + hashlib.sha256(content).hexdigest())
    assert (RESOURCES[name]["bytes"], RESOURCES[name]["hash"]) == found, (
        f"renew bytes and hash of {name} in data/datapackage.json: {found}"
    )


@pytest.mark.parametrize("name", RESOURCES)
def test_fields_are_the_columns_with_type_and_meaning(name):
    fields = RESOURCES[name]["schema"]["fields"]
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert [field["name"] for field in fields] == header
    assert {field["type"] for field in fields} <= TYPES
    assert all(field["description"] for field in fields)
    assert all("unit" in field for field in fields if field["type"] in ("number", "integer"))
    assert RESOURCES[name]["schema"]["missingValues"] == [""]


def test_readme_names_every_file_and_column():
    words = (DATA / "README.md").read_text(encoding="utf-8")
    for name, resource in RESOURCES.items():
        assert name in words
        for field in resource["schema"]["fields"]:
            if CLOCK.fullmatch(field["name"]):  # one column a bar: described together
                continue
            assert f"`{field['name']}`" in words, (name, field["name"])
