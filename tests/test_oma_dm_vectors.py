"""OMA DM documents of known bytes, both ways, and their length in a larger file."""

from __future__ import annotations

import hashlib
import json

import pytest

from smartboot.errors import DecodeError, EncodeError
from smartboot.formats.oma_dm import OMA_DM, DmDocument, Message, MoArray, Tnds
from smartboot.formats.registry import get, recognise
from tests.support.oma_dm import BOOT, BOOT_XML, DM2_TEXT, FULL, FULL_XML

VECTORS = [
    pytest.param(
        BOOT, BOOT_XML, 529,
        "4bced378a77fe2736196b856ebae13ed2dd298e6ef2265f9561d31fb2e820901",
        "7f83b73901cc3ef7f8f2ee5aaf82af307bff9f5c225b378b25b0dd13771904e2", id="minimal",
    ),
    pytest.param(
        FULL, FULL_XML, 1712,
        "d0a8a0a10768757c0e6e0be64c0e75660618d67662ffb7374c4251d4700480f1",
        "df915ebc0965e2e8d93be9ac50c67c80a20404fc725e2026e0853f9b1201e88d", id="full",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "text", "size", "sha", "xml_sha"), VECTORS)
def test_message_both_ways(data, text, size, sha, xml_sha):
    assert hashlib.sha256(data).hexdigest() == sha
    assert hashlib.sha256(text.encode()).hexdigest() == xml_sha
    decoded = OMA_DM.decode(data)
    assert decoded.used == len(data) == size
    assert decoded.findings == ()
    assert isinstance(decoded.document.body, Message)
    assert OMA_DM.encode(decoded.document) == data


@pytest.mark.parametrize(("data", "text", "size", "sha", "xml_sha"), VECTORS)
def test_xml_gives_the_same_bytes(data, text, size, sha, xml_sha):
    document = OMA_DM.from_xml(text)
    assert OMA_DM.encode(document) == data
    assert document == OMA_DM.decode(data).document
    # Only empty elements are written otherwise.
    ours = OMA_DM.to_xml(document, indent=0).decode()
    assert ours == text.replace("<DDFName></DDFName>", "<DDFName/>")
    assert OMA_DM.from_xml(OMA_DM.to_xml(document)) == document


@pytest.mark.parametrize(("data", "text", "size", "sha", "xml_sha"), VECTORS)
def test_plain_both_ways(data, text, size, sha, xml_sha):
    document = OMA_DM.decode(data).document
    plain = json.loads(json.dumps(OMA_DM.to_plain(document, show_secrets=True)))
    assert OMA_DM.encode(OMA_DM.from_plain(plain)) == data


def test_bare_tnds_both_ways():
    message = OMA_DM.decode(BOOT).document
    document = OMA_DM.tnds(message)
    data = OMA_DM.encode(document)
    assert data == BOOT[171 : 171 + 352]
    decoded = OMA_DM.decode(data)
    assert decoded.document == document
    assert decoded.document.carrier == "dm-1-tnds"
    assert isinstance(decoded.document.body, Tnds)
    assert [finding.code for finding in decoded.findings] == ["DM-BARE-TNDS"]
    assert OMA_DM.from_xml(OMA_DM.to_xml(document)) == document
    assert OMA_DM.accounts(document)[0] == OMA_DM.accounts(message)[0]
    assert OMA_DM.tnds(document) is document


def test_message_with_more_than_one_tree_has_no_tnds_form():
    document = OMA_DM.decode(BOOT).document
    body = document.body
    double = Message(body.header, (*body.commands, *body.commands))
    with pytest.raises(EncodeError):
        OMA_DM.tnds(DmDocument.of(double))
    with pytest.raises(EncodeError):
        OMA_DM.tnds(OMA_DM.decode(DM2_TEXT.encode()).document)


def test_dm2_both_ways():
    data = DM2_TEXT.encode()
    decoded = OMA_DM.decode(data)
    assert decoded.findings == ()
    assert decoded.used == len(data.rstrip())
    assert isinstance(decoded.document.body, MoArray)
    again = OMA_DM.encode(decoded.document)
    assert json.loads(again) == json.loads(data)
    assert list(json.loads(again)[0]) == ["DDF", "ClientURI", "MOData"]
    assert again == json.dumps(json.loads(data), separators=(",", ":")).encode()
    assert OMA_DM.decode(again).document == decoded.document
    plain = OMA_DM.to_plain(decoded.document, show_secrets=True)
    assert OMA_DM.from_plain(plain) == decoded.document
    assert plain["management_objects"] == json.loads(data)


def test_dm2_has_no_xml_form():
    with pytest.raises(EncodeError, match="no XML form"):
        OMA_DM.to_xml(OMA_DM.decode(DM2_TEXT.encode()).document)


KINDS = [
    pytest.param(BOOT, id="message"),
    pytest.param(BOOT[171 : 171 + 352], id="bare tnds"),
    pytest.param(DM2_TEXT.strip().encode(), id="json"),
    pytest.param(BOOT_XML.strip().encode(), id="xml"),
]


@pytest.mark.parametrize("data", KINDS)
@pytest.mark.parametrize("padding", [b"", b"\xff" * 40, b"\x00" * 40, b"\n\xff\xff"])
def test_padding_is_no_part_of_it(data, padding):
    decoded = OMA_DM.decode(data + padding)
    assert decoded.used == len(data)
    assert "DM-TRAILING" not in [finding.code for finding in decoded.findings]


@pytest.mark.parametrize("data", KINDS[:3])
def test_remains_of_an_older_document_are_reported(data):
    decoded = OMA_DM.decode(data + b"older")
    assert decoded.used == len(data)
    assert "DM-TRAILING" in [finding.code for finding in decoded.findings]


@pytest.mark.parametrize("data", KINDS)
@pytest.mark.parametrize("step", [1, 7, 64, 4096])
def test_measure(data, step):
    measure = OMA_DM.measure()
    padded = data + b"\xff" * 5000
    for at in range(0, len(padded), step):
        total = measure.feed(padded[at : at + step])
        if total is not None:
            break
    assert total == len(data)
    assert at <= len(data)
    assert measure.feed(b"more") == len(data)


@pytest.mark.parametrize("lead", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_measure_of_json_with_white_space_or_a_mark_before_it(lead):
    data = lead + b'[{"a":"]}\\"["}]'
    for step in (1, 2, 3, 100):
        measure = OMA_DM.measure()
        padded = data + b"\xff" * 200
        totals = [measure.feed(padded[i : i + step]) for i in range(0, len(padded), step)]
        assert next(total for total in totals if total is not None) == len(data)


@pytest.mark.parametrize("blank", [b"\xff" * 10, b"\x00" * 10])
def test_measure_of_a_blank_file_gives_up_at_once(blank):
    assert OMA_DM.measure().feed(blank) == 10


@pytest.mark.parametrize("blank", [b"", b"\xff" * 10, b"\x00" * 10, b"   "])
def test_blank_file_is_no_document(blank):
    with pytest.raises(DecodeError, match="blank"):
        OMA_DM.decode(blank)


def test_xml_on_a_card_is_reported():
    decoded = OMA_DM.decode(BOOT_XML.encode())
    assert decoded.document == OMA_DM.decode(BOOT).document
    assert [finding.code for finding in decoded.findings] == ["DM-XML"]


def test_white_space_before_json():
    assert OMA_DM.decode(b" \r\n" + DM2_TEXT.encode()).document.carrier == "dm-2"


def test_the_registry_knows_the_format():
    assert get("oma-dm") is OMA_DM
    assert recognise(BOOT) == recognise(DM2_TEXT.encode()) == "oma-dm"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x03\x0b\x6a\x00\x05", "expected SyncML or MgmtTree"),
        (b"\x02\xa4\x02\x6a\x00\x4e\x01", "MetInf, expected"),
        (b"<html/>", "html, expected"),
        (b"<SyncML xmlns='SYNCML:SYNCML1.2'/>", "no SyncHdr"),
        (b"\x02\xa4\x01\x6a\x00\x6d\x2c\x01", "no SyncBody"),
        (b"\x02\xa4\x01\x6a\x00\x2d", "no SyncHdr"),
        (b"hello", "not a WBXML document"),
    ],
)
def test_other_documents_are_refused(data, reason):
    with pytest.raises(DecodeError, match=reason):
        OMA_DM.decode(data)


def test_the_carrier_must_go_with_the_body():
    with pytest.raises(EncodeError, match="carrier"):
        DmDocument("dm-2", OMA_DM.decode(BOOT).document.body)
