"""Findings on values of LwM2M resources, and the tables they rest on (TS 1.0.2, C and E)."""

from __future__ import annotations

import pytest

from smartboot.formats.lwm2m import (
    LWM2M,
    Document,
    Instance,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
    validate,
)
from smartboot.formats.lwm2m.objects import OBJECTS, ResourceSpec, resource_name
from smartboot.formats.lwm2m.values import Type
from smartboot.model import Finding, Severity
from tests.support.lwm2m import PSK_FILE

SECURITY = {
    0: b"coaps://a.example",
    1: b"\x00",
    2: b"\x00",
    3: b"name",
    4: b"",
    5: bytes(16),
    10: b"\x01",
}
SERVER = {0: b"\x01", 1: b"\x3c", 6: b"\x01", 7: b"U"}


def findings(object_id: int, resources: dict[int, bytes]) -> list[Finding]:
    items = tuple(Resource(number, raw) for number, raw in resources.items())
    return validate(Document((ObjectBlock(object_id, (Instance(0, items),)),)))


def summary(found: list[Finding]) -> list[tuple[str, Severity, str]]:
    return [(finding.code, finding.severity, finding.where) for finding in found]


def test_sound_instances_have_no_findings() -> None:
    assert findings(0, SECURITY) == []
    assert findings(1, SERVER) == []


@pytest.mark.parametrize(
    ("object_id", "resource", "raw", "code", "severity"),
    [
        (1, 1, "015180", "LWM2M-INTEGER-LENGTH", Severity.ERROR),
        (1, 1, "0102030405", "LWM2M-INTEGER-LENGTH", Severity.ERROR),
        (1, 1, "010203040506", "LWM2M-INTEGER-LENGTH", Severity.ERROR),
        (1, 1, "01020304050607", "LWM2M-INTEGER-LENGTH", Severity.ERROR),
        (1, 1, "", "LWM2M-VALUE-EMPTY", Severity.WARNING),
        (1, 6, "02", "LWM2M-BOOLEAN", Severity.WARNING),
        (1, 6, "0001", "LWM2M-BOOLEAN", Severity.WARNING),
        (1, 10, "1100", "LWM2M-OBJLNK", Severity.ERROR),
        (1, 7, "ff", "LWM2M-STRING-UTF8", Severity.WARNING),
        (1, 7, "5500", "LWM2M-STRING-NUL", Severity.WARNING),
        (1, 0, "c8", "LWM2M-INTEGER-SIGN", Severity.WARNING),
        (1, 1, "a8c0", "LWM2M-INTEGER-SIGN", Severity.WARNING),
        (1, 0, "00", "LWM2M-RANGE", Severity.WARNING),
        (1, 0, "0000ffff", "LWM2M-RANGE", Severity.WARNING),
        (1, 22, "5554", "LWM2M-RANGE", Severity.WARNING),
        (1, 8, "", "LWM2M-RESOURCE-EXECUTABLE", Severity.WARNING),
        (1, 99, "00", "LWM2M-RESOURCE-UNKNOWN", Severity.INFO),
        (1, 24, "000b0000", "LWM2M-RESOURCE-MULTIPLICITY", Severity.WARNING),
        (0, 7, "0102030405", "LWM2M-KEY-LENGTH", Severity.WARNING),
        (0, 8, "00" * 15, "LWM2M-KEY-LENGTH", Severity.WARNING),
        (0, 5, "00" * 15, "LWM2M-KEY-LENGTH", Severity.WARNING),
        (0, 5, "00" * 65, "LWM2M-KEY-LENGTH", Severity.WARNING),
        (0, 3, "61" * 129, "LWM2M-KEY-LENGTH", Severity.WARNING),
        (0, 5, "", "LWM2M-KEY-MISSING", Severity.WARNING),
        (0, 3, "", "LWM2M-KEY-MISSING", Severity.WARNING),
    ],
)
def test_one_wrong_value(
    object_id: int, resource: int, raw: str, code: str, severity: Severity
) -> None:
    sound = SECURITY if object_id == 0 else SERVER
    found = findings(object_id, sound | {resource: bytes.fromhex(raw)})
    where = f"/{object_id}/0/{resource}"
    assert summary(found) == [(code, severity, where)]
    assert found[0].reference or code == "LWM2M-RESOURCE-UNKNOWN"


@pytest.mark.parametrize(("parameters", "secret"), [(6, 16), (7, 32), (6, 48)])
def test_both_lengths_of_sms_parameters_pass(parameters: int, secret: int) -> None:
    assert findings(0, SECURITY | {7: bytes(parameters), 8: bytes(secret)}) == []


def test_negative_value_offers_the_unsigned_reading() -> None:
    (finding,) = findings(1, SERVER | {0: b"\xc8"})
    assert "-56" in finding.message
    assert "200 is meant" in finding.message


@pytest.mark.parametrize(
    ("uri", "mode", "code"),
    [
        ("coaps://a", 0, None),
        ("coaps+tcp://a", 2, "LWM2M-KEY-MISSING"),
        ("a.example:5684", 0, "LWM2M-URI-SCHEME"),
        ("a.example", 0, "LWM2M-URI-SCHEME"),
        ("", 0, "LWM2M-URI-SCHEME"),
        ("coap://a", 0, "LWM2M-URI-MODE"),
        ("COAP+TCP://a", 1, "LWM2M-URI-MODE"),
        ("coaps://a", 3, "LWM2M-URI-MODE"),
        ("coap://a", 3, None),
        ("tel:+491", 0, None),
    ],
)
def test_uri_and_mode(uri: str, mode: int, code: str | None) -> None:
    keys = {3: b"", 5: b""} if mode >= 2 else {}
    found = findings(0, SECURITY | keys | {0: uri.encode(), 2: bytes((mode,))})
    assert {finding.code for finding in found} == ({code} if code else set())


def test_nosec_with_a_key() -> None:
    found = findings(0, SECURITY | {0: b"coap://a", 2: b"\x03"})
    assert summary(found) == [("LWM2M-KEY-UNUSED", Severity.WARNING, "/0/0/2")]


@pytest.mark.parametrize(
    ("object_id", "resource", "severity"),
    [(0, n, Severity.ERROR) for n in (0, 1, 2)]
    + [(0, n, Severity.WARNING) for n in (3, 4, 5)]
    + [(1, n, Severity.ERROR) for n in (0, 1, 6, 7)],
)
def test_missing_mandatory_resource(object_id: int, resource: int, severity: Severity) -> None:
    sound = dict(SECURITY if object_id == 0 else SERVER)
    del sound[resource]
    found = [f for f in findings(object_id, sound) if f.code == "LWM2M-RESOURCE-MISSING"]
    assert summary(found) == [("LWM2M-RESOURCE-MISSING", severity, f"/{object_id}/0/{resource}")]


def test_duplicates_and_multiples() -> None:
    items = (
        *(Resource(number, raw) for number, raw in SERVER.items()),
        Resource(0, b"\x03"),
        MultipleResource(2, (ResourceInstance(0, b"\x01"),)),
        MultipleResource(25, (ResourceInstance(0, b"1.0"), ResourceInstance(0, b"1.\xff"))),
    )
    block = ObjectBlock(1, (Instance(0, items), Instance(0, items[:4])))
    assert summary(validate(Document((block,)))) == [
        ("LWM2M-RESOURCE-DUPLICATE", Severity.WARNING, "/1/0/0"),
        ("LWM2M-RESOURCE-MULTIPLICITY", Severity.WARNING, "/1/0/2"),
        ("LWM2M-RESOURCE-DUPLICATE", Severity.WARNING, "/1/0/25/0"),
        ("LWM2M-STRING-UTF8", Severity.WARNING, "/1/0/25/0"),
        ("LWM2M-INSTANCE-DUPLICATE", Severity.WARNING, "/1/0"),
    ]


def test_stray_resource_instance_counts_as_the_resource() -> None:
    items = tuple(
        ResourceInstance(number, raw) if number == 2 else Resource(number, raw)
        for number, raw in (SECURITY | {2: b"\x03"}).items()
    )
    found = validate(Document((ObjectBlock(0, (Instance(0, items),)),)))
    assert {finding.code for finding in found} == {"LWM2M-KEY-UNUSED", "LWM2M-URI-MODE"}


def test_unknown_objects_pass() -> None:
    assert findings(3337, {0: b"anything"}) == []
    assert findings(3, {0: b"maker"}) == []


def test_decode_gives_these_findings_too() -> None:
    wire = PSK_FILE.replace(bytes.fromhex("c10601"), bytes.fromhex("c10602"))
    assert [finding.code for finding in LWM2M.decode(wire).findings] == ["LWM2M-BOOLEAN"]


# The tables.

ROWS = [
    pytest.param(spec.id, row, id=f"{spec.id}-{row.id}")
    for spec in OBJECTS.values()
    for row in spec.resources.values()
]


def test_tables_are_complete() -> None:
    assert {spec.id: sorted(spec.resources) for spec in OBJECTS.values() if spec.resources} == {
        0: list(range(31)),
        1: list(range(28)),
        2: list(range(4)),
        11: list(range(34)),
        21: list(range(7)),
        23: list(range(3)),
    }


@pytest.mark.parametrize(("object_id", "row"), ROWS)
def test_table_rows_make_sense(object_id: int, row: ResourceSpec) -> None:
    assert OBJECTS[object_id].resources[row.id] is row
    assert resource_name(object_id, row.id) == row.name
    assert row.since in ("1.0", "1.1", "1.2")
    assert not (row.mandatory and row.since != "1.0")
    if row.low is not None and row.high is not None:
        assert row.low <= row.high
    if row.choices:
        assert row.type in (Type.INTEGER, Type.UNSIGNED)
        assert len({name for _, name in row.choices}) == len(row.choices)
    if row.type is Type.UNSIGNED:
        assert row.low is not None


def test_secret_resources() -> None:
    secret = {(s.id, r.id) for s in OBJECTS.values() for r in s.resources.values() if r.secret}
    assert secret == {(0, 5), (0, 8), (11, 6), (21, 0), (23, 2)}


def test_mandatory_resources() -> None:
    found = {(s.id, r.id) for s in OBJECTS.values() for r in s.resources.values() if r.mandatory}
    expected = {
        0: (0, 1, 2, 3, 4, 5),
        1: (0, 1, 6, 7),
        2: (0, 1, 3),
        11: (0, 4),
        21: (0, 1, 2),
        23: (0, 1, 2),
    }
    assert found == {(number, row) for number, rows in expected.items() for row in rows}
