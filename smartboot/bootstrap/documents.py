"""Single documents without a card: recognised from their content, whatever form they are in.

Taken are the binary forms (WBXML, TLV), hex text of them, XML, DM 2.0 JSON, what ``smartboot
decode --format json`` and ``yaml`` print, the format's own terms written by hand, and accounts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol, runtime_checkable

from smartboot.bootstrap.accounts import accounts_from_plain
from smartboot.errors import DecodeError, EncodeError, UsageError
from smartboot.formats import registry
from smartboot.formats.base import Format
from smartboot.frozen import dataclass
from smartboot.model import Account, Finding
from smartboot.yamltext import Place, read_yaml

__all__ = [
    "CARRIERS",
    "MAX_INPUT",
    "SCHEMA",
    "TARGETS",
    "DocumentFile",
    "UnrecognisedError",
    "decode_document",
    "encode_document",
    "load_document",
]

SCHEMA = "smartboot/document/1"

MAX_INPUT = 4 << 20
"""Longest input taken, in bytes. A document has at most 33 KB, its text about ten times that."""

CARRIERS = ("client-provisioning", "dm-1", "dm-2", "lwm2m")
"""Targets that accounts can be turned into."""

TARGETS = ("wbxml", "tlv", "tnds", "xml", "json", "yaml", *CARRIERS)
"""What ``--to`` takes."""

_CARD_SCHEMAS = ("smartboot/profile/", "smartboot/image/")
_HEX = re.compile(rb"[0-9A-Fa-f\s:]+")
_XML_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_ROOTS = {"wap-provisioningdoc": "oma-cp", "SyncML": "oma-dm", "MgmtTree": "oma-dm"}
_DM2_MEMBERS = re.compile(rb'"(?:ClientURI|MOData)"')
_CARRIER_FORMATS = {
    "client-provisioning": "oma-cp",
    "dm-1": "oma-dm",
    "dm-2": "oma-dm",
    "lwm2m": "lwm2m",
}


class UnrecognisedError(DecodeError):
    """The content is of no kind that is known; it may be of any other, and sound."""


@runtime_checkable
class _XmlFormat(Protocol):
    def to_xml(self, document: Any) -> bytes: ...

    def from_xml(self, text: bytes | str) -> Any: ...


@runtime_checkable
class _TndsFormat(Protocol):
    def tnds(self, document: Any) -> Any: ...

    def encode(self, document: Any) -> bytes: ...


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """One document and what was noticed about it.

    ``document`` is in the format's own objects; None for plain accounts, which are in no format
    yet. ``used`` is the length of its wire form, where it came as one.
    """

    format: str | None
    document: Any = field(repr=False)
    used: int | None = None
    accounts: tuple[Account, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_dict(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The JSON of ``smartboot decode``."""
        plain = None
        if self.format is not None:
            handler = registry.get(self.format)
            plain = handler.to_plain(self.document, show_secrets=show_secrets)
        return {
            "schema": SCHEMA,
            "format": self.format,
            "used": self.used,
            "document": plain,
            "accounts": [a.to_dict(show_secrets=show_secrets) for a in self.accounts],
            "findings": [f.to_dict() for f in self.findings],
        }


def _loaded(name: str, document: Any, used: int | None, findings: Any) -> DocumentFile:
    accounts, noticed = registry.get(name).accounts(document)
    return DocumentFile(name, document, used, tuple(accounts), (*findings, *noticed))


def decode_document(data: bytes, name: str | None = None) -> DocumentFile:
    """Decode the wire form of a document. Errors: DecodeError, also for a format not recognised."""
    found = name or registry.recognise(data)
    if found is None:
        raise UnrecognisedError(
            "the content is in no bootstrap format",
            hint=f"say which with --as: {', '.join(registry.NAMES)}",
        )
    result = registry.get(found).decode(data)
    return _loaded(found, result.document, result.used, result.findings)


def load_document(data: bytes, name: str | None = None) -> DocumentFile:
    """Any of the forms above, recognised from the content; ``name`` says the format.

    Errors: DecodeError (UnrecognisedError where no form fits), EncodeError (text that says what
    the format cannot hold), ProfileError (YAML with its line), UsageError for a format that is
    none.
    """
    if len(data) > MAX_INPUT:
        raise DecodeError(f"the input is longer than {MAX_INPUT} bytes")
    if name is not None:
        registry.get(name)
    whole = data.removeprefix(b"\xef\xbb\xbf")
    text = whole.strip()
    if not text:
        raise DecodeError("the input is empty", offset=0)
    if text[:1] == b"<":
        return _from_xml(text, name)
    if len(text) >= 8 and _HEX.fullmatch(text) and (digits := _digits(text)) is not None:
        return decode_document(digits, name)
    if text[:1] in (b"{", b"["):
        return _from_json(data, text, name)
    if _is_text(text):
        # All of it: lines are counted from the top of the file, blank ones included.
        return _from_plain(read_yaml(whole.decode(), typed=_everywhere).data, name)
    return decode_document(data, name)


def _everywhere(place: Place) -> bool:
    del place
    return True


def _digits(text: bytes) -> bytes | None:
    compact = re.sub(rb"[\s:]", b"", text)
    return bytes.fromhex(compact.decode()) if len(compact) % 2 == 0 else None


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return ":" in text and all(c.isprintable() or c in "\t\r\n" for c in text)


def _from_xml(text: bytes, name: str | None) -> DocumentFile:
    root = next(
        (match[1].decode() for match in _XML_ROOT.finditer(text[:4096]) if match[1]), "nothing"
    )
    found = name or _ROOTS.get(root)
    if found is None:
        raise UnrecognisedError(
            f"XML with the root element {root[:40]!r} is no bootstrap document",
            hint=f"the root is one of {', '.join(_ROOTS)}",
        )
    handler = registry.get(found)
    if not isinstance(handler, _XmlFormat):
        raise DecodeError(f"{found} documents have no XML form")
    document = handler.from_xml(text)
    return _loaded(found, document, None, _judged(handler, document))


def _from_json(data: bytes, text: bytes, name: str | None) -> DocumentFile:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        plain = None
    if isinstance(plain, Mapping) and _is_ours(plain):
        return _from_plain(plain, name)
    if name in (None, "oma-dm"):
        # DM 2.0's own JSON, whose decoder says where a fault is.
        try:
            return decode_document(data, "oma-dm")
        except DecodeError as error:
            if name is None and not _DM2_MEMBERS.search(text):
                raise UnrecognisedError(
                    error.reason, offset=error.offset, where=error.where, spec=error.spec
                ) from None
            raise
    if plain is None:
        raise DecodeError("the JSON is malformed")
    return _from_plain(plain, name)


def _is_ours(plain: Mapping[str, Any]) -> bool:
    return bool({"schema", "document", "accounts", "format"} & plain.keys()) or (
        _guess(plain) is not None
    )


def _guess(plain: Mapping[str, Any]) -> str | None:
    """The format of a document written in its own terms, from its first keys."""
    keys = set(plain)
    if "characteristics" in keys:
        return "oma-cp"
    if keys & {"objects", "Security", "Server", "layout"}:
        return "lwm2m"
    if keys & {"carrier", "message", "tnds", "tree", "nodes"}:
        return "oma-dm"
    return None


def _from_plain(plain: Any, name: str | None) -> DocumentFile:
    if not isinstance(plain, Mapping):
        raise UnrecognisedError("the text is neither a document nor accounts")
    schema = str(plain.get("schema", ""))
    if schema.startswith(_CARD_SCHEMAS):
        raise UnrecognisedError(
            f"a file of schema {schema[:40]!r} holds a whole card, not one document",
            hint="`smartboot -r virtual:FILE read` shows it, with --raw DIR its documents' bytes",
        )
    found = name or plain.get("format")
    inner = plain.get("document")
    if inner is None and plain.get("accounts") is not None:
        return DocumentFile(None, None, None, tuple(accounts_from_plain(plain)))
    if inner is None:
        inner = plain
        found = found or _guess(plain)
    if not isinstance(found, str):
        raise UnrecognisedError(
            "the text does not say which format it is",
            hint=f"add format: ..., or --as with one of {', '.join(registry.NAMES)}",
        )
    handler = registry.get(found)
    document = handler.from_plain(inner)
    return _loaded(found, document, None, _judged(handler, document))


def _judged(handler: Format, document: Any) -> tuple[Finding, ...]:
    """What the codec says of a document that did not come in its wire form.

    The codecs judge a document while they decode it, so it is taken there and back; what cannot
    be encoded is told by whoever wants it encoded.
    """
    try:
        return handler.decode(handler.encode(document)).findings
    except (DecodeError, EncodeError):
        return ()


def _converted(loaded: DocumentFile, carrier: str) -> tuple[str, Any, tuple[Finding, ...]]:
    from smartboot.formats.convert import convert

    if not loaded.accounts:
        raise EncodeError(f"there is no account to turn into {carrier}")
    document, findings = convert(list(loaded.accounts), carrier)
    return _CARRIER_FORMATS[carrier], document, tuple(findings)


def encode_document(loaded: DocumentFile, to: str | None = None) -> tuple[bytes, list[Finding]]:
    """The document in another form, with what could not be carried over.

    ``to`` None is the document's own wire form; ``wbxml``, ``tlv`` and ``tnds`` name it and are
    refused where they do not fit; ``xml``, ``json`` and ``yaml`` are text with all secrets; a
    carrier (``dm-1``, …) turns the accounts into a document of that kind. Errors: EncodeError,
    UsageError.
    """
    name, document, notes = loaded.format, loaded.document, loaded.findings
    if to in CARRIERS:
        name, document, notes = _converted(loaded, to)
        to = None
    if name is None:
        if not loaded.accounts:
            raise EncodeError("there is neither a document nor an account to write")
        carrier = loaded.accounts[0].carrier
        name, document, notes = _converted(loaded, carrier)
    handler = registry.get(name)
    findings = list(notes)
    if to is None:
        return handler.encode(document), findings
    if to == "xml":
        return _xml(handler, document), findings
    if to in ("json", "yaml"):
        plain = DocumentFile(name, document, None, loaded.accounts).to_dict(show_secrets=True)
        return _text(plain, to), findings
    if to == "tnds":
        return _tnds(handler, document), findings
    fits = {"wbxml": ("oma-cp", "oma-dm"), "tlv": ("lwm2m",)}
    if to not in fits:
        raise UsageError(f"{to!r} is no target", hint=f"the targets are {', '.join(TARGETS)}")
    wire = handler.encode(document)
    if name not in fits[to] or (to == "wbxml" and wire[:1] in (b"[", b"{")):
        raise EncodeError(f"this {name} document has no {to} form", hint="leave --to away")
    return wire, findings


def _xml(handler: Format, document: Any) -> bytes:
    if not isinstance(handler, _XmlFormat):
        raise EncodeError(f"{handler.name} documents have no XML form", hint="use --to json")
    return handler.to_xml(document)


def _tnds(handler: Format, document: Any) -> bytes:
    if not isinstance(handler, _TndsFormat):
        raise EncodeError(f"{handler.name} documents have no TNDS form")
    return handler.encode(handler.tnds(document))


def _text(plain: dict[str, Any], to: str) -> bytes:
    if to == "json":
        return (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode()
    from io import BytesIO

    from ruamel.yaml import YAML

    stream = BytesIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment] # typed as None
    yaml.dump(plain, stream)
    return stream.getvalue()
