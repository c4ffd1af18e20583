"""Client provisioning documents to the generic element tree and back (ProvCont 1.1, clause 8)."""

from __future__ import annotations

from smartboot.errors import DecodeError
from smartboot.formats.base import MAX_FINDINGS
from smartboot.formats.client_provisioning.document import (
    Characteristic,
    Header,
    Parm,
    ProvisioningDocument,
)
from smartboot.model import Finding, Severity
from smartboot.wbxml import Attribute, Child, Element, Opaque

__all__ = ["SPEC", "from_element", "to_element"]

SPEC = "OMA-WAP-TS-ProvCont 1.1"
_ROOT = "wap-provisioningdoc"


def from_element(
    root: Element, header: Header | None = None
) -> tuple[ProvisioningDocument, list[Finding]]:
    """The document in an element tree, and what in it is no part of such a document.

    Errors: DecodeError when the root is not ``wap-provisioningdoc``.
    """
    if root.name != _ROOT:
        raise DecodeError(
            f"the root element is {root.name[:40]}, not {_ROOT}", spec=f"{SPEC}, clause 8"
        )
    findings: list[Finding] = []
    version: str | None = None
    attributes: list[tuple[str, str]] = []
    for name, value in _texts(root, findings):
        if name == "version" and version is None:
            version = value
        else:
            attributes.append((name, value))
    characteristics: list[Characteristic] = []
    other: list[Child] = []
    for child in root.children:
        if isinstance(child, Element) and child.name == "characteristic":
            characteristics.append(_characteristic(child, findings))
        elif not isinstance(child, str) or child.strip():
            _keep(other, child)
            _foreign(root, child, findings)
    document = ProvisioningDocument(
        version, tuple(characteristics), tuple(attributes), tuple(other), header or Header()
    )
    return document, findings


def _characteristic(element: Element, findings: list[Finding]) -> Characteristic:
    type_: str | None = None
    attributes: list[tuple[str, str]] = []
    for name, value in _texts(element, findings):
        if name == "type" and type_ is None:
            type_ = value
        else:
            attributes.append((name, value))
    parms: list[Parm] = []
    characteristics: list[Characteristic] = []
    other: list[Child] = []
    for child in element.children:
        if isinstance(child, Element):
            if child.name == "parm":
                parm = _parm(child, findings)
                if parm is not None:
                    parms.append(parm)
                    continue
            elif child.name == "characteristic":
                characteristics.append(_characteristic(child, findings))
                continue
        elif isinstance(child, str) and not child.strip():
            continue
        _keep(other, child)
        _foreign(element, child, findings)
    return Characteristic(
        type_, tuple(parms), tuple(characteristics), tuple(attributes), tuple(other)
    )


def _keep(other: list[Child], child: Child) -> None:
    """Add foreign content. Texts that stood on both sides of a characteristic become one, as they
    will be when they are written behind it and read again."""
    if isinstance(child, str) and other and isinstance(other[-1], str):
        other[-1] += child
    else:
        other.append(child)


def _parm(element: Element, findings: list[Finding]) -> Parm | None:
    """The parm, or None when the element is none (no name, or content)."""
    attributes = element.attributes
    if element.children:
        return None
    # By far the most frequent forms: a name alone, or a name and a value.
    if len(attributes) == 1:
        name, value = attributes[0]
        return Parm(value) if name == "name" and isinstance(value, str) else None
    if len(attributes) == 2:
        (name, value), (second, text) = attributes
        if (
            name == "name"
            and second == "value"
            and isinstance(value, str)
            and isinstance(text, str)
        ):
            return Parm(value, text)
    named: str | None = None
    content: str | None = None
    rest: list[tuple[str, str]] = []
    for key, text in _texts(element, findings):
        if key == "name" and named is None:
            named = text
        elif key == "value" and content is None:
            content = text
        else:
            rest.append((key, text))
    return None if named is None else Parm(named, content, tuple(rest))


def _texts(element: Element, findings: list[Finding]) -> list[tuple[str, str]]:
    """The attributes, all as text: bytes that are none are read as ISO-8859-1."""
    found: list[tuple[str, str]] = []
    for name, value in element.attributes:
        if isinstance(value, Opaque):
            what = f"the {name[:40]} of a {element.name[:40]} is binary data; shown as ISO-8859-1"
            _note(findings, "CP-OPAQUE-VALUE", what, element.name[:40])
            found.append((name, value.data.decode("latin-1")))
        else:
            found.append((name, value))
    return found


def _foreign(parent: Element, child: Child, findings: list[Finding]) -> None:
    what = f"an element {child.name[:40]}" if isinstance(child, Element) else "content"
    if isinstance(child, Element) and child.name == "parm":
        what = "a parm that is not one (without name, or with content, or at the top)"
    message = f"{parent.name[:40]} holds {what}, which a device ignores"
    _note(findings, "CP-FOREIGN", message, (parent.get("type") or parent.name)[:40])


def _note(findings: list[Finding], code: str, message: str, where: str) -> None:
    """Add a warning. One more is kept than will be listed, which tells that there are more."""
    if len(findings) <= MAX_FINDINGS:
        findings.append(Finding(code, Severity.WARNING, message, where, f"{SPEC}, clause 8"))


def to_element(document: ProvisioningDocument) -> Element:
    """The element tree of a document. ``from_element`` undoes this."""
    attributes: list[Attribute] = []
    if document.version is not None:
        attributes.append(("version", document.version))
    attributes.extend(document.attributes)
    children: list[Child] = [_write(entry) for entry in document.characteristics]
    children.extend(document.other)
    return Element(_ROOT, tuple(attributes), tuple(children))


def _write(entry: Characteristic) -> Element:
    attributes: list[Attribute] = []
    if entry.type is not None:
        attributes.append(("type", entry.type))
    attributes.extend(entry.attributes)
    children: list[Child] = []
    for parm in entry.parms:
        pairs: list[Attribute] = [("name", parm.name)]
        if parm.value is not None:
            pairs.append(("value", parm.value))
        pairs.extend(parm.attributes)
        children.append(Element("parm", tuple(pairs)))
    children.extend(_write(child) for child in entry.characteristics)
    children.extend(entry.other)
    return Element("characteristic", tuple(attributes), tuple(children))
