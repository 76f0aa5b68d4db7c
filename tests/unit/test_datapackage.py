"""The description of a release says what its files hold: every field, its type, its key, its checksum."""

import hashlib
import json

import duckdb
import pyarrow.parquet
import pytest

from exports.datapackage import field_type, write_datapackage
from exports.lists import write_lists
from exports.release_meta import write_meta
from exports.tables import comments, measure, ordered, table_names, write_parquet
from tests.unit.exports_fixture import build_info, make_release_build

JSON_TYPES = {"string", "number", "integer", "boolean", "object", "array", "date", "datetime", "time"}


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = tmp_path_factory.mktemp("发布 release")
    database = make_release_build(folder / "xinyong.duckdb")
    (folder / "parquet").mkdir()
    build = build_info()
    with duckdb.connect(str(database)) as con:
        tables = [measure(con, "marts", mart) for mart in table_names(con, "marts")]
        write_meta(con, build, "2025-07_x", tables)
        for facts in tables:
            write_parquet(con, ordered("marts", facts), folder / "parquet" / f"{facts.table_name}.parquet")
        write_lists(con, folder)
        path = write_datapackage(con, folder, build, "2025-07_x", tables, comments(con))
    return folder, json.loads(path.read_text(encoding="utf-8"))


def test_datapackage_names_every_file_with_its_checksum(described):
    folder, package = described
    named = {resource["path"] for resource in package["resources"]}
    there = [*folder.glob("parquet/*.parquet"), *folder.glob("lists/*.csv")]
    assert named == {path.relative_to(folder).as_posix() for path in there}
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}", resource["path"]
        assert resource["bytes"] == len(content)
        assert resource["name"] == resource["name"].lower()


def test_datapackage_fields_are_those_of_the_parquet_files(described):
    folder, package = described
    arrow = {"large_string": "string", "string": "string", "int64": "integer", "int32": "integer", "double": "number",
             "bool": "boolean", "date32[day]": "date"}  # fmt: skip
    for resource in (r for r in package["resources"] if r["format"] == "parquet"):
        schema = pyarrow.parquet.read_schema(folder / resource["path"])
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == schema.names
        for field, column in zip(fields, schema, strict=True):
            kind = str(column.type)
            expected = arrow.get(kind) or (
                "array" if kind.startswith("list") else "number" if kind.startswith("decimal") else "datetime"
            )
            assert field["type"] == expected, (resource["name"], field["name"], kind)
            assert field["title"]
            assert field["description"]
        assert set(resource["schema"].get("primaryKey", [])) <= set(schema.names)
    keys = {r["name"]: r["schema"].get("primaryKey") for r in package["resources"]}
    assert keys["positive_list"] == ["domain_code", "uscc"]
    assert keys["coverage_obligations"] is None, "a catalogue without domain leaves a key column empty"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("VARCHAR", "string"),
        ("VARCHAR[]", "array"),
        ("BIGINT", "integer"),
        ("UHUGEINT", "integer"),
        ("DECIMAL(5,2)", "number"),
        ("DOUBLE", "number"),
        ("TIMESTAMP WITH TIME ZONE", "datetime"),
        ("DATE", "date"),
        ("BOOLEAN", "boolean"),
        ("STRUCT(a INTEGER)", "object"),
    ],
)
def test_field_type_known_type_is_a_type_of_table_schema(kind, expected):
    assert field_type(kind) == expected
    assert expected in JSON_TYPES


def test_field_type_unknown_type_says_what_to_do():
    with pytest.raises(LookupError, match="no Table Schema type for DuckDB type BLOB"):
        field_type("BLOB")
