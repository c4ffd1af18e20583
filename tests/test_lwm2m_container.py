"""EF(LwM2M_Bootstrap): files both ways, padding, bare layouts, faults, the measure (Appendix G)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.lwm2m import (
    LWM2M,
    Document,
    Instance,
    Layout,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
    Unparsed,
)
from smartboot.model import Severity
from tests.support.lwm2m import (
    ACL_INSTANCE,
    APN_FILE,
    BARE_RESOURCES,
    BOOTSTRAP_FILE,
    PSK_FILE,
    PSK_KEY,
    container,
    security,
)


def res(number: int, raw: bytes | str) -> Resource:
    return Resource(number, raw.encode() if isinstance(raw, str) else raw)


PSK = Document(
    (
        ObjectBlock(
            0,
            (
                Instance(
                    0,
                    (
                        res(0, "coaps://lwm2m.harbor.example:5684"),
                        res(1, b"\x00"),
                        res(2, b"\x00"),
                        res(3, "harbor-cell-0417"),
                        res(4, b""),
                        res(5, PSK_KEY),
                        res(10, b"\x01\x2c"),
                    ),
                ),
            ),
        ),
        ObjectBlock(
            1,
            (
                Instance(
                    0,
                    (
                        res(0, b"\x01\x2c"),
                        res(1, b"\x00\x00\xa8\xc0"),
                        res(6, b"\x01"),
                        res(7, "U"),
                    ),
                ),
            ),
        ),
    )
)
BOOTSTRAP = Document(
    (
        ObjectBlock(
            0,
            (
                Instance(
                    1,
                    (
                        res(0, "coaps://bs.kelp.example:5684"),
                        res(1, b"\x01"),
                        res(2, b"\x00"),
                        res(3, "kelp-77"),
                        res(4, b""),
                        res(5, bytes.fromhex("5d1099b2c7e04416")),
                        res(11, b"\x1e"),
                    ),
                ),
            ),
        ),
    )
)
APN = Document(
    (
        ObjectBlock(
            11,
            (Instance(3, (res(0, "meters"), res(1, "m2m.harbor.example"), res(4, b"\x03"))),),
            (1, 1),
        ),
    )
)
ACL = Document(
    (
        ObjectBlock(
            2,
            (
                Instance(
                    0,
                    (
                        res(0, b"\x03"),
                        res(1, b"\x00"),
                        MultipleResource(
                            2, (ResourceInstance(300, b"\x05"), ResourceInstance(0, b"\x01"))
                        ),
                        res(3, b"\x01\x2c"),
                    ),
                ),
            ),
        ),
    )
)

FILES = [
    pytest.param(PSK_FILE, PSK, id="PSK server"),
    pytest.param(BOOTSTRAP_FILE, BOOTSTRAP, id="bootstrap server"),
    pytest.param(APN_FILE, APN, id="APN profile, two-byte version"),
    pytest.param(container((2, ACL_INSTANCE)), ACL, id="access control"),
]


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in LWM2M.decode(data).findings]


@pytest.mark.parametrize(("wire", "document"), FILES)
def test_file_both_ways(wire: bytes, document: Document) -> None:
    decoded = LWM2M.decode(wire)
    assert decoded.document == document
    assert decoded.used == len(wire)
    assert LWM2M.encode(document) == wire
    assert LWM2M.measure().feed(wire[:4]) == len(wire)


@pytest.mark.parametrize(("wire", "document"), FILES)
@pytest.mark.parametrize("padding", [b"\xff" * 38, b"\x00" * 38, b"\x00" * 5 + b"\xff" * 5])
def test_padding_is_not_part_of_it(wire: bytes, document: Document, padding: bytes) -> None:
    decoded = LWM2M.decode(wire + padding)
    assert decoded.document == document
    assert decoded.used == len(wire)
    assert "LWM2M-LEFTOVER" not in [finding.code for finding in decoded.findings]


def test_sound_file_has_no_finding() -> None:
    assert LWM2M.decode(PSK_FILE).findings == ()


def test_leftovers_behind_the_document_are_reported() -> None:
    decoded = LWM2M.decode(PSK_FILE + b"\xff\xffabc\xff")
    assert decoded.document == PSK
    (finding,) = decoded.findings
    assert finding.code == "LWM2M-LEFTOVER"
    assert "3 bytes" in finding.message
    assert "offset 124" in finding.message


def test_versions() -> None:
    wire = bytes.fromhex("0003 0010 0015 0200 0000 0000 00 0000 0BB8 0205 0000".replace(" ", ""))
    wire = wire[:2] + (len(wire) - 4).to_bytes(2, "big") + wire[4:]
    document = LWM2M.decode(wire).document
    versions = [(b.object_id, b.version) for b in document.objects if isinstance(b, ObjectBlock)]
    assert versions == [(21, (2, 0)), (0, None), (3000, (2, 5))]
    assert LWM2M.encode(document) == wire


@pytest.mark.parametrize("version", [(0, 1), (256, 0), (1, 256), (1, -1)])
def test_versions_that_do_not_fit(version: tuple[int, int]) -> None:
    with pytest.raises(EncodeError, match="version"):
        LWM2M.encode(Document((ObjectBlock(11, (), version),)))


def test_several_instances_share_one_header() -> None:
    instances = tuple(Instance(n, (res(0, b"\x01"),)) for n in (4, 0, 300))
    wire = LWM2M.encode(Document((ObjectBlock(1, instances),)))
    assert wire.hex() == "00010015" + "0001000010" + "0304c10001" + "0300c10001" + "23012cc10001"
    assert LWM2M.decode(wire).document.objects[0] == ObjectBlock(1, instances)


def test_object_with_two_headers_is_reported() -> None:
    wire = container((0, b"\x00\x00"), (0, b"\x00\x01"))
    assert "LWM2M-OBJECT-DUPLICATE" in codes(wire)
    assert LWM2M.encode(LWM2M.decode(wire).document) == wire


# Files without a document.


@pytest.mark.parametrize(
    ("wire", "code", "used"),
    [
        (b"", "LWM2M-EMPTY", 0),
        (b"\xff", "LWM2M-EMPTY", 0),
        (b"\x00", "LWM2M-EMPTY", 0),
        (b"\xff" * 160, "LWM2M-EMPTY", 0),
        (b"\x00" * 160, "LWM2M-EMPTY", 4),
        (b"\x00\x00\x00\x00" + b"\xff" * 20, "LWM2M-EMPTY", 4),
        (b"\x00" * 4 + PSK_FILE[4:], "LWM2M-UNFINISHED", 4),
        (b"\xff" * 4 + PSK_FILE[4:], "LWM2M-UNFINISHED", 0),
        (b"\x00\x00\x00\x76" + PSK_FILE[4:], "LWM2M-UNFINISHED", 4),
    ],
)
def test_empty_files(wire: bytes, code: str, used: int) -> None:
    decoded = LWM2M.decode(wire)
    assert decoded.document == Document()
    assert [finding.code for finding in decoded.findings] == [code]
    assert decoded.used == used


def test_empty_document_is_a_header_of_zeros() -> None:
    assert LWM2M.encode(Document()) == bytes(4)


# Real cards: bare layouts.


def test_bare_resources() -> None:
    decoded = LWM2M.decode(BARE_RESOURCES + b"\xff" * 20)
    block = ObjectBlock(
        0,
        (
            Instance(
                0,
                (
                    res(0, "bs.kelp.example"),
                    res(1, b"\x01"),
                    ResourceInstance(2, b"\x00"),
                    res(3, "id-9"),
                    res(5, "k3y"),
                    res(5, "k3y2"),
                ),
                wrapped=False,
            ),
        ),
    )
    assert decoded.document == Document((block,), Layout.BARE_RESOURCES)
    assert decoded.used == len(BARE_RESOURCES)
    assert {finding.code for finding in decoded.findings} == {
        "LWM2M-LAYOUT-BARE",
        "LWM2M-TLV-STRAY",
        "LWM2M-RESOURCE-DUPLICATE",
        "LWM2M-RESOURCE-MISSING",
        "LWM2M-URI-SCHEME",
        "LWM2M-KEY-LENGTH",
    }
    assert LWM2M.encode(decoded.document) == BARE_RESOURCES
    rewritten = replace(decoded.document, layout=Layout.APPENDIX_G)
    assert LWM2M.decode(LWM2M.encode(rewritten)).document == rewritten


@pytest.mark.parametrize("padding", [b"", b"\xff" * 5, b"\x00" * 5])
def test_bare_instances_of_security(padding: bytes) -> None:
    wire = PSK_FILE[9 : 9 + 0x59]
    decoded = LWM2M.decode(wire + padding)
    assert decoded.document == Document(PSK.objects[:1], Layout.BARE_INSTANCES)
    assert decoded.used == len(wire)
    assert LWM2M.encode(decoded.document) == wire


def test_bare_instances_of_server() -> None:
    wire = PSK_FILE[-0x13:]
    decoded = LWM2M.decode(wire)
    assert decoded.document == Document(PSK.objects[1:], Layout.BARE_INSTANCES)
    assert "Server" in decoded.findings[0].message
    assert LWM2M.encode(decoded.document) == wire


def test_bare_instances_of_something_else_are_refused() -> None:
    with pytest.raises(DecodeError, match="without an object header"):
        LWM2M.decode(ACL_INSTANCE)


def test_resources_without_instance_inside_an_object() -> None:
    """A frequent fault of writers: the object header is there, the instance wrapper is not."""
    tlv = PSK_FILE[-0x10:]
    decoded = LWM2M.decode(container((1, tlv)))
    (block,) = decoded.document.objects
    assert isinstance(block, ObjectBlock)
    assert block.instances == (replace(PSK.objects[1].instances[0], wrapped=False),)  # type: ignore[union-attr,type-var]
    assert [finding.code for finding in decoded.findings] == ["LWM2M-INSTANCE-UNWRAPPED"]
    assert LWM2M.encode(decoded.document) == container((1, tlv))


def test_a_broken_resource_without_instance_costs_only_itself() -> None:
    """Resource 7 says five bytes where one is left: it and nothing before it is kept unread."""
    tlv = PSK_FILE[-0x10:-3]
    decoded = LWM2M.decode(container((1, tlv + bytes.fromhex("c5 07 55"))))
    (block,) = decoded.document.objects
    assert isinstance(block, ObjectBlock)
    loose, rest = block.instances
    assert isinstance(loose, Instance)
    assert [item.id for item in loose.items if isinstance(item, Resource)] == [0, 1, 6]
    assert rest == Unparsed(bytes.fromhex("c5 07 55"))
    assert "LWM2M-TLV-MALFORMED" in [finding.code for finding in decoded.findings]


@pytest.mark.parametrize("tail", ["c8", "c5 00 41", "f8 00"])
def test_a_broken_value_in_a_multiple_resource(tail: str) -> None:
    inner = bytes.fromhex("41 00 01") + bytes.fromhex(tail)
    wire = bytes((0x80 | len(inner), 25)) + inner
    decoded = LWM2M.decode(security(bytes.fromhex("c1 01 00") + wire))
    (block,) = decoded.document.objects
    assert isinstance(block, ObjectBlock)
    _, item = block.instances[0].items  # type: ignore[union-attr]
    assert isinstance(item, MultipleResource)
    assert item.instances == (ResourceInstance(0, b"\x01"), Unparsed(bytes.fromhex(tail)))
    assert "LWM2M-TLV-MALFORMED" in [finding.code for finding in decoded.findings]


def test_more_bytes_than_a_document_can_have() -> None:
    with pytest.raises(DecodeError, match="more than a document can have") as caught:
        LWM2M.decode(PSK_FILE + b"\x41" * 0x10000)
    assert caught.value.offset == 0x10003


def test_security_with_uri_flag_and_mode_only() -> None:
    decoded = LWM2M.decode(security(b"\xc8\x00\x0ccoap://a.bcd" + bytes.fromhex("c10100c10203")))
    assert [(f.code, f.where, f.severity) for f in decoded.findings] == [
        ("LWM2M-RESOURCE-MISSING", f"/0/0/{n}", Severity.WARNING) for n in (3, 4, 5)
    ]


@pytest.mark.parametrize(
    "document",
    [
        Document((), Layout.BARE_RESOURCES),
        Document(PSK.objects, Layout.BARE_INSTANCES),
        Document(PSK.objects[:1], Layout.BARE_RESOURCES),
        Document(APN.objects, Layout.BARE_INSTANCES),
        Document((ObjectBlock(0, (Instance(0),)),), Layout.BARE_INSTANCES),
        Document((Unparsed(b"\x01"),), Layout.BARE_RESOURCES),
    ],
)
def test_bare_layouts_hold_only_what_is_found_again(document: Document) -> None:
    with pytest.raises(EncodeError) as caught:
        LWM2M.encode(document)
    assert "appendix-g" in (caught.value.hint or "")


# Faults in the TLV: an error with offset where bytes are lost to reading, a warning otherwise.

URI = "c700" + b"coap://".hex()


@pytest.mark.parametrize(
    ("tail", "offset", "kept"),
    [
        pytest.param("c8", 0, "c8", id="no identifier"),
        pytest.param("c800", 0, "c800", id="no length"),
        pytest.param("e100", 0, "e100", id="half an identifier"),
        pytest.param("c10101c10203c5", 6, "c5", id="behind sound ones"),
        pytest.param("c30301", 0, "c30301", id="value too long"),
    ],
)
def test_cut_off_tlv_costs_only_itself(tail: str, offset: int, kept: str) -> None:
    decoded = LWM2M.decode(security(URI + tail))
    (block,) = decoded.document.objects
    assert isinstance(block, ObjectBlock)
    (instance,) = block.instances
    assert isinstance(instance, Instance)
    assert instance.items[0] == res(0, "coap://")
    faults = [f for f in decoded.findings if f.code == "LWM2M-TLV-MALFORMED"]
    assert instance.items[-1] == Unparsed(bytes.fromhex(kept))
    (fault,) = faults
    assert fault.severity is Severity.ERROR
    # 4 bytes of file header, 5 of object header, 3 of instance header, 9 of URI.
    assert f"at offset {21 + offset})" in fault.message
    assert LWM2M.decode(LWM2M.encode(decoded.document)).document == decoded.document


def test_value_longer_than_its_instance() -> None:
    """08 00 02 C1 00 01: the instance has 2 bytes, the resource in it needs 3."""
    sound = "08010c" + URI + "c10101"
    wire = container((0, bytes.fromhex(sound + "080002c10001")))
    decoded = LWM2M.decode(wire)
    errors = [f for f in decoded.findings if f.code == "LWM2M-TLV-MALFORMED"]
    assert "need 1 bytes, 0 left (at offset 27)" in errors[0].message
    assert errors[0].severity is Severity.ERROR
    assert (
        Instance(1, (res(0, "coap://"), res(1, b"\x01")))
        == decoded.document.objects[0].instances[0]
    )  # type: ignore[union-attr]


def test_alone_the_same_fault_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="need 1 bytes, 0 left") as caught:
        LWM2M.decode(container((0, bytes.fromhex("080002c10001"))))
    assert caught.value.offset == 12
    assert caught.value.spec is not None


def test_object_instance_inside_an_object_instance() -> None:
    """08 00 04 08 01 01 C0."""
    with pytest.raises(DecodeError, match="inside an instance") as caught:
        LWM2M.decode(container((0, bytes.fromhex("0800040801 01c0".replace(" ", "")))))
    assert caught.value.offset == 12
    decoded = LWM2M.decode(security(URI + "080101c0" + "c10101"))
    (instance,) = decoded.document.instances(0)
    nested = Unparsed(bytes.fromhex("080101c0"))
    assert instance.items == (res(0, "coap://"), nested, res(1, b"\x01"))
    (fault,) = [f for f in decoded.findings if f.code == "LWM2M-TLV-NESTING"]
    assert fault.severity is Severity.ERROR
    assert LWM2M.encode(decoded.document) == security(URI + "080101c0" + "c10101")


def test_resource_instance_outside_a_multiple_resource() -> None:
    decoded = LWM2M.decode(security(URI + "410200"))
    (instance,) = decoded.document.instances(0)
    assert instance.items[1] == ResourceInstance(2, b"\x00")
    (stray,) = [f for f in decoded.findings if f.code == "LWM2M-TLV-STRAY"]
    assert (stray.severity, stray.where) == (Severity.WARNING, "/0/0/2")


def test_resource_inside_a_multiple_resource() -> None:
    wire = security(URI + "8310" + "c100c8")
    decoded = LWM2M.decode(wire)
    (instance,) = decoded.document.instances(0)
    assert instance.items[1] == MultipleResource(16, (res(0, b"\xc8"),))
    assert [f.code for f in decoded.findings if "TLV" in f.code] == ["LWM2M-TLV-STRAY"]
    assert LWM2M.encode(decoded.document) == wire


@pytest.mark.parametrize("inner", ["8000", "0000"])
def test_other_nesting_in_a_multiple_resource(inner: str) -> None:
    wire = security(URI + "8510" + inner + "4100c8")
    decoded = LWM2M.decode(wire)
    (instance,) = decoded.document.instances(0)
    parts = (Unparsed(bytes.fromhex(inner)), ResourceInstance(0, b"\xc8"))
    assert instance.items[1] == MultipleResource(16, parts)
    assert "LWM2M-TLV-NESTING" in codes(wire)
    assert LWM2M.encode(decoded.document) == wire


def test_ff_padding_inside_the_data() -> None:
    wire = security(URI + "ff" * 6)
    decoded = LWM2M.decode(wire)
    (instance,) = decoded.document.instances(0)
    assert instance.items == (res(0, "coap://"), Unparsed(b"\xff" * 6))
    padding = [f for f in decoded.findings if f.code == "LWM2M-TLV-PADDING"]
    assert [f.severity for f in padding] == [Severity.WARNING]
    assert LWM2M.encode(decoded.document) == wire


def test_ff_with_something_behind_it_is_no_padding() -> None:
    assert "LWM2M-TLV-MALFORMED" in codes(security(URI + "ff" * 6 + "00"))
    decoded = LWM2M.decode(security(URI + "ff00400000 01aa".replace(" ", "")))
    (instance,) = decoded.document.instances(0)
    assert instance.items[1] == res(64, b"\xaa")


def test_zeros_inside_the_length_are_an_empty_instance() -> None:
    document = LWM2M.decode(container((0, b"\x00\x00"))).document
    assert document.objects == (ObjectBlock(0, (Instance(0),)),)


# Faults in the container.


def test_cut_off_file_keeps_what_is_there() -> None:
    decoded = LWM2M.decode(PSK_FILE[:-3])
    assert decoded.document.objects[0] == PSK.objects[0]
    (server,) = decoded.document.instances(1)
    assert server.items[:3] == PSK.objects[1].instances[0].items[:3]  # type: ignore[union-attr]
    assert "LWM2M-SIZE" in [f.code for f in decoded.findings]
    assert decoded.used == len(PSK_FILE) - 3


@pytest.mark.parametrize(("field", "code"), [(1, "LWM2M-COUNT"), (3, "LWM2M-SIZE")])
@pytest.mark.parametrize("delta", [-1, 1])
def test_wrong_header_field(field: int, code: str, delta: int) -> None:
    wire = bytearray(PSK_FILE)
    wire[field] += delta
    decoded = LWM2M.decode(bytes(wire))
    assert decoded.document == PSK
    (finding,) = decoded.findings
    assert (finding.code, finding.severity) == (code, Severity.ERROR)


def test_size_that_stops_between_the_objects() -> None:
    wire = PSK_FILE[:3] + b"\x5e" + PSK_FILE[4:]
    decoded = LWM2M.decode(wire + b"\xff" * 9)
    assert decoded.document == PSK
    assert [f.code for f in decoded.findings] == ["LWM2M-SIZE"]


def test_size_of_nothing_before_objects() -> None:
    decoded = LWM2M.decode(PSK_FILE[:2] + b"\x00\x00" + PSK_FILE[4:] + b"\xff" * 9)
    assert decoded.document == PSK
    assert [f.code for f in decoded.findings] == ["LWM2M-SIZE"]


@pytest.mark.parametrize("at", [0, 2, 7, 0x65], ids=["count", "size", "object 0", "object 1"])
@pytest.mark.parametrize("padding", [b"", b"\xff" * 300, b"\x00" * 300], ids=["none", "FF", "00"])
def test_no_wrong_header_passes_in_silence(at: int, padding: bytes) -> None:
    right = int.from_bytes(PSK_FILE[at : at + 2], "big")
    for value in (*range(200), 0x100, 0x1000, 0x8000, 0xFFFF):
        wire = PSK_FILE[:at] + value.to_bytes(2, "big") + PSK_FILE[at + 2 :] + padding
        try:
            findings = LWM2M.decode(wire).findings
        except DecodeError:
            continue
        noticed = any(
            f.severity is Severity.ERROR or f.code == "LWM2M-UNFINISHED" for f in findings
        )
        assert noticed == (value != right), value


def test_bytes_inside_the_size_that_are_no_object() -> None:
    wire = PSK_FILE[:3] + b"\x79" + PSK_FILE[4:] + b"\x00\x63\x00"
    decoded = LWM2M.decode(wire)
    assert decoded.document.objects == (*PSK.objects, Unparsed(b"\x00\x63\x00"))
    assert "LWM2M-OBJECT-HEADER" in [f.code for f in decoded.findings]
    assert LWM2M.encode(decoded.document) == wire


@pytest.mark.parametrize(
    ("wire", "offset"),
    [
        pytest.param("00", None, id="shorter than a header"),
        pytest.param("000100", 0, id="three bytes"),
        pytest.param("7b7d0a0a", 0, id="text"),
        pytest.param("4102004102", 0, id="stray instance first"),
        pytest.param("c10055c1", 3, id="bare resources cut off"),
        pytest.param("0001ffff" + "01" * 20, 2, id="size beyond the file"),
        pytest.param("030b6a0345c65601", 0, id="another format"),
    ],
)
def test_what_fits_no_layout(wire: str, offset: int | None) -> None:
    data = bytes.fromhex(wire)
    if offset is None:
        assert LWM2M.decode(data).document == Document()
        return
    with pytest.raises(DecodeError) as caught:
        LWM2M.decode(data)
    assert caught.value.offset is not None
    assert caught.value.offset >= offset
    assert caught.value.spec is not None


# Limits.


def test_largest_file() -> None:
    size = 32768 - 4 - 5 - 4 - 4
    document = Document((ObjectBlock(9, (Instance(0, (Resource(0, bytes(size)),)),)),))
    wire = LWM2M.encode(document)
    assert len(wire) == 32768
    assert LWM2M.decode(wire).document == document
    larger = Document((ObjectBlock(9, (Instance(0, (Resource(0, bytes(size + 1)),)),)),))
    with pytest.raises(EncodeError, match="32769 bytes"):
        LWM2M.encode(larger)


def test_file_larger_than_a_card_holds_is_read_and_reported() -> None:
    size = 40000
    tlv = b"\x10\x00" + (size + 4).to_bytes(2, "big") + b"\xd0\x00" + size.to_bytes(2, "big")
    assert "LWM2M-TOO-LARGE" in codes(container((9, tlv + bytes(size))))


@pytest.mark.parametrize(
    "document",
    [
        Document((ObjectBlock(65536),)),
        Document((ObjectBlock(0, (Instance(65536),)),)),
        Document((ObjectBlock(0, (Instance(0, (Resource(-1, b""),)),)),)),
        Document((ObjectBlock(0, (Instance(1, (Resource(1, b""),), wrapped=False),)),)),
        Document((ObjectBlock(0, (Instance(0, (), wrapped=False),)),)),
        Document((ObjectBlock(0, (Instance(0, (Resource(1, b""),), wrapped=False),) * 2),)),
        Document((ObjectBlock(0, (Unparsed(bytes(65536)),)),)),
        Document((Unparsed(bytes(70000)),)),
        Document((Unparsed(b"\x01"),)),
    ],
)
def test_documents_that_cannot_be_written(document: Document) -> None:
    with pytest.raises(EncodeError):
        LWM2M.encode(document)


@pytest.mark.parametrize(
    "wire",
    [
        b"\x00\x01" + b"\x00" * 65000 + b"\x01",
        b"\x00\x01\xff\xfa" + b"\x00" * 65530,
        b"\xf8\x00\x40\x00\x00\x01\xaa" * 9000,
        b"\x05\x00" * 30000,
        b"\x00\x01\xff\xfa" + b"".join(n.to_bytes(2, "big") + bytes(3) for n in range(13000)),
        security(b"\x80\x00" * 120),
    ],
    ids=["zeros", "zeros in size", "FF-like", "short instances", "many objects", "many resources"],
)
@pytest.mark.timeout(5)
def test_long_hostile_files_take_linear_time(wire: bytes) -> None:
    try:
        document = LWM2M.decode(wire).document
    except DecodeError:
        return
    assert isinstance(document, Document)


# The measure.


def measured(wire: bytes, chunk: int) -> tuple[int | None, int]:
    """What the measure says when the file is fed in chunks, and how much it was fed."""
    measure = LWM2M.measure()
    for at in range(0, len(wire), chunk):
        total = measure.feed(wire[at : at + chunk])
        if total is not None:
            return total, min(at + chunk, len(wire))
    return None, len(wire)


@pytest.mark.parametrize("chunk", [1, 3, 4, 5, 64, 256])
@pytest.mark.parametrize(("wire", "document"), FILES)
def test_measure_of_files(wire: bytes, document: Document, chunk: int) -> None:
    total, fed = measured(wire + b"\xff" * 300, chunk)
    assert total == len(wire)
    assert fed <= max(chunk, 4 + chunk)


@pytest.mark.parametrize("chunk", [1, 7, 64, 256])
@pytest.mark.parametrize("wire", [BARE_RESOURCES, PSK_FILE[9 : 9 + 0x59], PSK_FILE[-0x13:]])
def test_measure_of_bare_layouts(wire: bytes, chunk: int) -> None:
    total, fed = measured(wire + b"\xff" * 300, chunk)
    assert total == len(wire)
    assert fed < len(wire) + 1 + chunk
    assert measured(wire, chunk)[0] is None


@pytest.mark.parametrize("wire", [b"\xff" * 600, b"\x00" * 600, bytes(4) + b"x" * 600])
def test_measure_of_empty_files(wire: bytes) -> None:
    assert LWM2M.measure().feed(wire[:256]) == 256


@pytest.mark.parametrize(
    "wire",
    [b"{" * 256, b"\x00\x01\xff\xff" + bytes(252), b"\x00\x99\x00\x05" + bytes(252)],
    ids=["text", "size over 32 KB", "size too small for the count"],
)
def test_measure_of_what_is_no_document(wire: bytes) -> None:
    assert LWM2M.measure().feed(wire) == 256


def test_measure_shows_the_decoder_what_is_behind_bare_resources() -> None:
    wire = BARE_RESOURCES + b"\xff\xffabc"
    assert LWM2M.measure().feed(wire) == len(wire)


def test_measure_never_asks_for_more_than_a_file_has() -> None:
    measure = LWM2M.measure()
    resource = b"\xc8\x00\xc8" + bytes(200)
    for _ in range(300):
        total = measure.feed(resource)
        if total is not None:
            break
    assert total is not None
    assert total <= 32768 + len(resource)
