"""WBXML (WAP-192-WBXML 1.0 to 1.3): bytes to a generic tree and back, driven by tables.

    from smartboot.wbxml import DM_DDF, Element, Opaque, WbxmlDocument, decode, encode

    parsed = decode(data)                      # Parsed(document, used, findings)
    parsed.document                            # WbxmlDocument(root, public_id, version, charset)
    parsed.document.root                       # Element(name, attributes, children, page)

    item = Element("Data", children=(Opaque(inner),))            # page 0: SyncML
    fmt = Element("Format", children=("b64",), page=1)           # page 1: MetInf
    data = encode(WbxmlDocument(root, public_id=0x1201))         # 0x1201: SyncML 1.2
    tnds = encode(WbxmlDocument(tree, DM_DDF.formal_id, version=2))  # spelt out, string table

- ``decode(data, fallback=…, strict=…, shared_page=…)`` raises only DecodeError. ``used`` is the
  length up to the end of the root element; padding behind it is not looked at. The vocabulary
  follows from the public identifier; ``fallback`` is taken when that is missing or unknown.
- ``encode(document, vocabulary=…, string_table=…, stay_on_page=…)`` raises only EncodeError.
- ``Element.page`` is the name space of a name: 0 SyncML, 1 MetInf, 2 DM DDF; 0 for all of client
  provisioning. It does not depend on the page a tag was read from: a TNDS document with its tags
  on page 0 gives elements of page 2 too.
- ``Element.children`` holds elements, ``str`` and ``Opaque``. Adjacent texts are one; empty texts
  are left out, so ``<Data></Data>`` and ``<Data/>`` are equal.
- What the tables lack becomes a placeholder (see ``decoder``) and is written back as it was.
- ``WbxmlMeasure().feed(chunk)`` finds a document's length while a file is being read.
- ``PROV``, ``SYNCML``, ``METINF``, ``DM_DDF`` are the vocabularies; ``vocabulary_of(public_id)``
  finds one by number or by formal public identifier.
"""

from __future__ import annotations

from smartboot.wbxml.decoder import decode
from smartboot.wbxml.encoder import encode
from smartboot.wbxml.measure import WbxmlMeasure
from smartboot.wbxml.pages import (
    DM_DDF,
    METINF,
    PROV,
    SYNCML,
    UNKNOWN_PUBLIC_ID,
    vocabulary_of,
)
from smartboot.wbxml.tokens import CODECS as CHARSETS
from smartboot.wbxml.tokens import Global, mb_u_int32, read_mb_u_int32
from smartboot.wbxml.tree import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SIZE,
    UTF_8,
    Attribute,
    Child,
    Element,
    Opaque,
    Parsed,
    WbxmlDocument,
)
from smartboot.wbxml.vocabulary import AttributePage, TagPage, Vocabulary

__all__ = [
    "CHARSETS",
    "DM_DDF",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_SIZE",
    "METINF",
    "PROV",
    "SYNCML",
    "UNKNOWN_PUBLIC_ID",
    "UTF_8",
    "Attribute",
    "AttributePage",
    "Child",
    "Element",
    "Global",
    "Opaque",
    "Parsed",
    "TagPage",
    "Vocabulary",
    "WbxmlDocument",
    "WbxmlMeasure",
    "decode",
    "encode",
    "mb_u_int32",
    "read_mb_u_int32",
    "vocabulary_of",
]
