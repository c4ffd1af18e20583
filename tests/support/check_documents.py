"""Documents for the tests of the checks: a sound one of each format, and small ways to change it.

All keys and names are made up; hosts end in ``.fleet`` so that no rule takes them for examples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from smartboot.bootstrap.documents import load_document
from smartboot.checks import Subject, SubjectKind, check, document_subject, rule_of
from smartboot.checks.subject import Document
from smartboot.formats import registry
from smartboot.formats.lwm2m.document import Document as Objects
from smartboot.formats.lwm2m.document import (
    Instance,
    MultipleResource,
    ObjectBlock,
    Resource,
    ResourceInstance,
)
from smartboot.formats.oma_dm import (
    Command,
    DmDocument,
    Endpoint,
    Header,
    Item,
    Message,
    Meta,
    Node,
    Tnds,
)
from smartboot.formats.oma_dm.tree import leaf, node
from smartboot.model import Finding

PSK = bytes.fromhex("c9137f04ee5290ab6d18f3a52b7740de")
OTHER_PSK = bytes.fromhex("71be04d95f2ac38816ed9b40f7035ac2")

PROVISIONING = """<wap-provisioningdoc version="1.1">
  <characteristic type="NAPDEF">
    <parm name="NAPID" value="nap1"/>
    <parm name="NAME" value="Pier"/>
    <parm name="BEARER" value="GSM-GPRS"/>
    <parm name="NAP-ADDRESS" value="iot.pier"/>
    <parm name="NAP-ADDRTYPE" value="APN"/>
  </characteristic>
  <characteristic type="APPLICATION">
    <parm name="APPID" value="w7"/>
    <parm name="PROVIDER-ID" value="pier"/>
    <parm name="TO-NAPID" value="nap1"/>
    <characteristic type="APPADDR">
      <parm name="ADDR" value="https://dm.pier.fleet/dm"/>
    </characteristic>
    <characteristic type="APPAUTH">
      <parm name="AAUTHLEVEL" value="APPSRV"/>
      <parm name="AAUTHTYPE" value="HMAC"/>
      <parm name="AAUTHNAME" value="crane-7"/>
      <parm name="AAUTHSECRET" value="kV3-xh8Q_pw2Zr7TnB"/>
      <parm name="AAUTHDATA" value="cTdYMmg5VmJ6S3Iw"/>
    </characteristic>
    <characteristic type="APPAUTH">
      <parm name="AAUTHLEVEL" value="CLIENT"/>
      <parm name="AAUTHTYPE" value="HMAC"/>
      <parm name="AAUTHNAME" value="pier"/>
      <parm name="AAUTHSECRET" value="m9Lw-Ty4_Dq6sHcEf1"/>
      <parm name="AAUTHDATA" value="UGo1d0E4ZG5YdTJt"/>
    </characteristic>
  </characteristic>
</wap-provisioningdoc>
"""

ACCOUNT: dict[str, Any] = {
    "AppID": "w7",
    "ServerID": "pier",
    "AppAddr": {"1": {"Addr": "https://dm.pier.fleet/dm", "AddrType": "URI"}},
    "AAuthPref": "HMAC",
    "AppAuth": {
        "1": {
            "AAuthLevel": "CLCRED",
            "AAuthType": "HMAC",
            "AAuthName": "crane-7",
            "AAuthSecret": "kV3-xh8Q_pw2Zr7TnB",
            "AAuthData": b"q7X2h9VbzKr0",
        },
        "2": {
            "AAuthLevel": "SRVCRED",
            "AAuthType": "HMAC",
            "AAuthName": "pier",
            "AAuthSecret": "m9Lw-Ty4_Dq6sHcEf1",
            "AAuthData": b"Pj5wA8dnXu2m",
        },
    },
}
"""An account object of DM 1.2 as nested names and values."""

ACCOUNT2: dict[str, Any] = {
    "SrvID": "pier",
    "SrvURI": "https://dm.pier.fleet/dm20",
    "Name": "Pier",
    "Perm": {"1": {"MOID": "urn:oma:mo:oma-fumo:1.0"}},
    "Auth": {"Trsp": {"Data": "Y3JhbmUtNw==", "Secret": "yRN/BO5SkKttGPOlK3dA3g=="}},
}
"""An account object of DM 2.0."""


def codes(subject: Subject) -> list[str]:
    """The codes found, in order."""
    return [finding.code for finding in check(subject).findings]


def found(subject: Subject, code: str) -> list[Finding]:
    """The findings of one code."""
    return [finding for finding in check(subject).findings if finding.code == code]


def assert_tells(code: str, faulty: Subject, sound: Subject) -> None:
    """The rule speaks of the faulty subject as the catalogue says, and not of the sound one."""
    hits = found(faulty, code)
    assert hits, codes(faulty)
    rule = rule_of(code)
    assert all(hit.severity in (rule.severity, *rule.also) and hit.reference for hit in hits)
    assert code not in codes(sound)


def together(*subjects: Subject, kind: SubjectKind = SubjectKind.CARD) -> Subject:
    """The documents of several subjects as those of one card, in EF 6431, 6432 and so on."""
    documents: list[Document] = []
    findings: list[Finding] = []
    for one in subjects:
        findings += one.findings
        for document in one.documents:
            documents.append(replace(document, where=f"EF {0x6431 + len(documents):04X}"))
    return Subject(kind, "together", tuple(documents), tuple(findings))


# -- client provisioning ---------------------------------------------------------------------------


def provisioning(*changes: tuple[str, str], text: str = PROVISIONING) -> Subject:
    """PROVISIONING with texts replaced, each of which must stand in it."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return document_subject(load_document(text.encode(), "oma-cp"))


# -- OMA DM ----------------------------------------------------------------------------------------


def tree(name: str, content: Mapping[str, Any], *, moid: str = "", acl: str | None = None) -> Node:
    """A subtree of nested names and values."""
    children = [
        tree(key, value) if isinstance(value, Mapping) else leaf(key, value)
        for key, value in content.items()
    ]
    return node(name, *children, ddf_name=moid, acl=acl)


def account(name: str = "Pier", *, acl: str | None = None, **changes: Any) -> Node:
    """A DM 1.2 account; a change to None leaves the node out."""
    content = {key: value for key, value in (ACCOUNT | changes).items() if value is not None}
    return tree(name, content, moid="urn:oma:mo:oma-dm-dmacc:1.0", acl=acl)


def message(*trees: Iterable[Node], target: str = "./Inbox") -> Subject:
    """A bootstrap message with one item for each group of nodes."""
    items = tuple(
        Item(
            target=Endpoint(target),
            meta=Meta("bin", "application/vnd.syncml.dmtnds+wbxml"),
            data=Tnds(tuple(nodes)),
        )
        for nodes in trees
    )
    header = Header(Endpoint("IMEI:004999010640000"), Endpoint("https://dm.pier.fleet/dm"))
    body = Message(header, (Command("Add", "1", items),))
    return wired("oma-dm", DmDocument.of(body))


def array(**changes: Any) -> Subject:
    """A DM 2.0 document of one account; a change to None leaves the node out."""
    content = {key: value for key, value in (ACCOUNT2 | changes).items() if value is not None}
    text = json.dumps(
        [{"ClientURI": "urn:oma:mo:oma-dm-dmacc:1.2/Pier/", "MOData": {"Pier": content}}]
    )
    return document_subject(load_document(text.encode(), "oma-dm"))


def wired(name: str, document: Any) -> Subject:
    """A document by way of its bytes, so that it is one that can be read."""
    return document_subject(load_document(registry.get(name).encode(document), name))


# -- LwM2M -----------------------------------------------------------------------------------------


def _raw(value: bytes | str | int | bool) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool):
        return bytes((value,))
    for size in (1, 2, 4, 8):
        if -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
            return value.to_bytes(size, "big", signed=True)
    raise AssertionError(value)


def _instance(number: int, resources: Mapping[int, Any]) -> Instance:
    items: list[Resource | MultipleResource] = []
    for key, value in resources.items():
        if value is None:
            continue
        if isinstance(value, dict):
            entries = tuple(ResourceInstance(at, _raw(one)) for at, one in value.items())
            items.append(MultipleResource(key, entries))
        else:
            items.append(Resource(key, _raw(value)))
    return Instance(number, tuple(items))


SECURITY: dict[int, Any] = {
    0: "coaps://lwm2m.pier.fleet:5684",
    1: False,
    2: 0,
    3: "crane-7",
    4: b"",
    5: PSK,
    10: 300,
}
SERVER: dict[int, Any] = {0: 300, 1: 86_400, 6: True, 7: "U"}


def objects(
    security: Iterable[Mapping[int, Any]] = (SECURITY,),
    server: Iterable[Mapping[int, Any]] = (SERVER,),
    **others: Iterable[Mapping[int, Any]],
) -> Subject:
    """An LwM2M document of instances 0, 1, … of /0, /1 and ``o2=`` and the like."""
    blocks = [(0, security), (1, server)]
    blocks += [(int(name.removeprefix("o")), content) for name, content in others.items()]
    made = tuple(
        ObjectBlock(number, tuple(_instance(at, one) for at, one in enumerate(content)))
        for number, content in blocks
        if content
    )
    return wired("lwm2m", Objects(made))


def with_security(**changes: Any) -> Subject:
    """One account whose Security instance has other resources: ``r7=b"…"``."""
    return objects([SECURITY | numbered(changes)])


def with_server(**changes: Any) -> Subject:
    """One account whose Server instance has other resources."""
    return objects(server=[SERVER | numbered(changes)])


def numbered(changes: Mapping[str, Any]) -> dict[int, Any]:
    """``r7`` to 7."""
    return {int(name.removeprefix("r")): value for name, value in changes.items()}
