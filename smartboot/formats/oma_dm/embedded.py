"""The TNDS document inside Item/Data, in every form met in the field (OMA-TS-DM-TNDS-V1_2, 5).

====  ==============================================================================
form  what Data holds
====  ==============================================================================
A     OPAQUE: a WBXML document; its string table holds the public identifier and a NUL
B     the same without the NUL
C     the same with the DDF names on code page 0
D     no document of its own: the DDF names on code page 2 of the message
E     XML text (type ``application/vnd.syncml.dmtnds+xml``)
====  ==============================================================================

All are read; A is written. In XML, Data holds MgmtTree itself, its text, or base64 of form A.
"""

from __future__ import annotations

from smartboot import wbxml
from smartboot.errors import DecodeError
from smartboot.formats import xml as safe_xml
from smartboot.formats.oma_dm import tnds
from smartboot.formats.oma_dm.elements import DDF, from_base64, opaque_text, text_of
from smartboot.formats.oma_dm.notes import Notes
from smartboot.formats.oma_dm.tree import Tnds
from smartboot.wbxml.tree import Element, Opaque

__all__ = ["find_tree", "octets_of_xml", "opaque_octets", "plain_data", "read_wbxml_tnds"]

_TYPE = "application/vnd.syncml.dmtnds"
_SPEC = "OMA-TS-DM-TNDS-V1_2"
_PUBLIC_ID = b"-//OMA//DTD-DM-DDF 1.2//EN"


def find_tree(
    held: Element,
    type_: str | None,
    format_: str | None,
    where: str,
    notes: Notes,
    xml: bool,
    data: bytes,
) -> Tnds | None:
    """The TNDS document in Data; None when Data is something else.

    Errors: DecodeError when it is meant to be one and is broken; the offset is that in ``data``.
    """
    said = type_ is not None and type_.strip().lower().startswith(_TYPE)
    children = held.children
    only = children[0] if len(children) == 1 else None
    tree = next((c for c in held.elements if c.name == "MgmtTree" and c.page == DDF), None)
    if tree is not None:
        if not xml:
            notes.info("TNDS-FORM", "TNDS stands directly in Data (form D)", where, _SPEC)
        return tnds.from_element(tree, notes, xml=xml)
    if isinstance(only, Opaque):
        octets = only.data
        if octets[:1].isspace() or octets[:1] in (b"<", b"\xef"):
            if not said and b"<MgmtTree" not in octets[:2048]:
                return None
            return _read_text(octets, notes, where)
        if said:
            base = data.find(octets) if octets else -1
            return read_wbxml_tnds(octets, notes, where, max(base, 0))
        return _unannounced(octets, notes, where) if _PUBLIC_ID in octets[:64] else None
    if isinstance(only, str):
        if said and xml and format_ in ("bin", "b64"):
            decoded = from_base64(only)
            if decoded:
                return read_wbxml_tnds(decoded, notes, where, 0)
        if only.lstrip()[:1] == "<" and (said or "<MgmtTree" in only[:2048]):
            return _read_text(only.encode("utf-8", "surrogatepass"), notes, where)
    if said:
        raise DecodeError("Data is announced as TNDS and holds none", where=where, spec=_SPEC)
    return None


def _unannounced(octets: bytes, notes: Notes, where: str) -> Tnds | None:
    """A TNDS document that Meta does not speak of. It may be something else, so that what cannot
    be read is kept as the octets it is."""
    inner = Notes()
    try:
        tree = read_wbxml_tnds(octets, inner, where, 0)
    except DecodeError as error:
        text = f"Data looks like TNDS and is not announced as it; kept as it is: {error.reason}"
        notes.add("TNDS-TYPE", text, where, _SPEC)
        return None
    notes.items.extend(inner.items)
    return tree


def _read_text(octets: bytes, notes: Notes, where: str) -> Tnds:
    notes.info("TNDS-FORM", "TNDS is written as XML text (form E)", where, _SPEC)
    try:
        root = safe_xml.parse(octets, wbxml.DM_DDF)
        return tnds.from_element(root, notes, xml=True)
    except DecodeError as error:
        raise error.at(where) from None


def read_wbxml_tnds(octets: bytes, notes: Notes, where: str, base: int) -> Tnds:
    """Read a WBXML document whose root is MgmtTree (forms A, B and C)."""
    try:
        parsed = wbxml.decode(octets, fallback=wbxml.DM_DDF)
    except DecodeError as error:
        raise error.at(f"TNDS in {where}" if where else "TNDS", base=base) from None
    document = parsed.document
    notes.items.extend(parsed.findings)
    if parsed.used < len(octets):
        notes.add("TNDS-TRAILING", "bytes follow the TNDS document", where, _SPEC)
    _tell_form(octets, notes, where)
    version = document.version if document.version in (1, 2, 3) else 2
    return tnds.from_element(document.root, notes, wbxml_version=version)


def _tell_form(octets: bytes, notes: Notes, where: str) -> None:
    """Say when the document is of form B or C."""
    start = octets.find(_PUBLIC_ID)
    if octets[1:2] != b"\x00" or start < 0:
        return
    if octets[start - 1] == len(_PUBLIC_ID):
        notes.info("TNDS-FORM", "the string table lacks the final NUL (form B)", where, _SPEC)
    body = start + octets[start - 1]
    if octets[body : body + 2] != b"\x00\x02":
        notes.info("TNDS-FORM", "the DDF names stand on code page 0 (form C)", where, _SPEC)


def octets_of_xml(held: Element) -> bytes | None:
    """The octets of a ``bin`` value in XML (base64); None when it is none."""
    return from_base64(text_of(held))


def opaque_octets(held: Element) -> bytes | None:
    """All of Data as octets when some of it is opaque; None when none is."""
    children = held.children
    if len(children) == 1 and isinstance(children[0], Opaque):
        return children[0].data
    if not any(isinstance(child, Opaque) for child in children):
        return None
    return b"".join(
        child.data if isinstance(child, Opaque) else child.encode("utf-8")
        for child in children
        if not isinstance(child, Element)
    )


def plain_data(held: Element) -> str | bytes:
    """Data as text; as octets when it is opaque and no text."""
    octets = opaque_octets(held)
    return text_of(held) if octets is None else opaque_text(octets)
