"""Single documents from text: what the codec finds in them is found in every form they come in."""

from __future__ import annotations

import json

from smartboot.bootstrap.documents import load_document
from smartboot.formats.client_provisioning import CP
from smartboot.formats.lwm2m import LWM2M

XML = """<wap-provisioningdoc version="1.1"><characteristic type="APPLICATION">
<parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="dm.fleet.internal"/>
</characteristic></wap-provisioningdoc>"""

LWM2M_TEXT = {"Server": {0: {"Short Server ID": 7, "Lifetime": 60, "Binding": "U"}}}


def codes(data: bytes) -> list[str]:
    return sorted(finding.code for finding in load_document(data).findings)


def test_a_document_is_judged_as_xml_and_as_json_as_it_is_as_wbxml() -> None:
    document = CP.from_xml(XML)
    wire = CP.encode(document)
    text = json.dumps(CP.to_plain(document, show_secrets=True)).encode()
    assert codes(wire) == ["CP-W7-ADDRESS"]
    assert codes(XML.encode()) == codes(wire)
    assert codes(text) == codes(wire)


def test_lwm2m_written_by_hand_is_judged_as_its_bytes_are() -> None:
    wire = LWM2M.encode(LWM2M.from_plain(LWM2M_TEXT))
    text = json.dumps({"format": "lwm2m", "document": LWM2M_TEXT}).encode()
    assert codes(text) == codes(wire)
    assert "LWM2M-RESOURCE-MISSING" in codes(text)


def test_an_empty_document_is_said_to_be_empty_once() -> None:
    found = codes(b"format: lwm2m\ndocument: {objects: []}")
    assert found == ["LWM2M-EMPTY"]
