"""Documents without a card, and the rules that find what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from smartboot.api.checking import inspect_image, inspect_profile
from smartboot.api.keys import Keys, key_source
from smartboot.bootstrap.documents import DocumentFile, encode_document, load_document
from smartboot.card.base import Card
from smartboot.checks.engine import check as run_rules
from smartboot.checks.subject import document_subject, inspect_card
from smartboot.errors import UsageError
from smartboot.image import CardImage
from smartboot.model import Account, Finding
from smartboot.profiles.load import LoadedProfile

__all__ = ["check", "decode", "encode"]


def decode(data: bytes, format: str | None = None) -> DocumentFile:  # noqa: A002 -- what it is
    """A bootstrap document from its bytes, whatever form it is in.

    Taken are the wire forms (WBXML, TLV, DM 2.0 JSON), hex text of them, XML, what ``smartboot
    decode`` prints as JSON or YAML, and accounts. ``format`` (oma-cp, oma-dm, lwm2m) says which it
    is, where the content does not tell. At most 4 MB. Errors: DecodeError with its offset;
    EncodeError for text that says what the format cannot hold; ProfileError for YAML, with its
    line; UsageError for a format that is none and for what is no bytes.
    """
    if not isinstance(data, bytes):
        raise UsageError(
            f"a {type(data).__name__} is no document", hint="give the bytes, such as read_bytes()"
        )
    return load_document(data, format)


def encode(
    document: DocumentFile | Iterable[Account], to: str | None = None
) -> tuple[bytes, list[Finding]]:
    """A document, or accounts, as bytes, with findings for what could not be carried over.

    ``to`` None is the document's own wire form; ``wbxml``, ``tlv`` and ``tnds`` name it; ``xml``,
    ``json`` and ``yaml`` are text with all secrets; ``client-provisioning``, ``dm-1``, ``dm-2``
    and ``lwm2m`` make a document of that kind from the accounts. Errors: EncodeError, UsageError.
    """
    if not isinstance(document, DocumentFile):
        document = DocumentFile(None, None, None, tuple(document))
    return encode_document(document, to)


def check(
    subject: Card | CardImage | LoadedProfile | DocumentFile,
    *,
    keys: Keys | None = None,
    force: bool = False,
) -> tuple[Finding, ...]:
    """What is wrong with a card, an image, a profile or a document, the worst first.

    An image is looked at as a card with its own keys, a profile as the card made from it; ``keys``
    and ``force`` are for a card. Errors: TransportError when the card cannot be reached any more,
    ProfileError for a profile that makes no card, UsageError for keys that are none, and for
    anything else as the subject, such as a file's name.
    """
    source = key_source(keys)
    if isinstance(subject, DocumentFile):
        return run_rules(document_subject(subject)).findings
    if isinstance(subject, LoadedProfile):
        return run_rules(inspect_profile(subject)).findings
    if isinstance(subject, CardImage):
        return run_rules(inspect_image(subject)).findings
    if not hasattr(subject, "iccid"):
        raise UsageError(
            f"a {type(subject).__name__} cannot be checked",
            hint="load it first, with load_profile, load_image or decode",
        )
    return run_rules(inspect_card(subject, keys=source, force=force)).findings
