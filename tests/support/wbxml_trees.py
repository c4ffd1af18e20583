"""Hypothesis strategies for generic trees and client provisioning documents."""

from __future__ import annotations

from hypothesis import strategies as st

from smartboot.formats.client_provisioning import (
    Characteristic,
    Header,
    Parm,
    ProvisioningDocument,
)
from smartboot.wbxml import PROV, SYNCML, Element, Opaque, WbxmlDocument

CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
XML_CHARACTERS = st.one_of(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF),
    st.sampled_from("\t\n\r\U0001f600\ue000"),
)
_WORDS = [
    *(entry[0] for entry in PROV.value_tokens),
    *("w7", "https://dm.example/", "HTTP-BASIC,HTTP-DIGEST", "xIPV4 APNy", "é€", "hex:00", ""),
]


def texts(characters: st.SearchStrategy[str] = CHARACTERS) -> st.SearchStrategy[str]:
    """Texts, many of them with words that have tokens."""
    return st.one_of(st.sampled_from(_WORDS), st.text(characters, max_size=5))


def _children(elements: st.SearchStrategy[Element]) -> st.SearchStrategy[tuple]:
    """Children in normal form: no empty text, no two texts in a row."""

    def normal(children: list) -> tuple:
        kept: list = []
        for child in children:
            if isinstance(child, str) and (not child or (kept and isinstance(kept[-1], str))):
                continue
            kept.append(child)
        return tuple(kept)

    opaque = st.binary(max_size=8).map(Opaque)
    return st.lists(st.one_of(elements, texts(), opaque), max_size=4).map(normal)


_ATTRIBUTES = st.dictionaries(
    st.one_of(
        st.sampled_from(["name", "value", "type", "version"]), st.sampled_from(["own", "x-y"])
    ),
    texts(),
    max_size=3,
).map(lambda pairs: tuple(pairs.items()))
_PROV_NAMES = st.sampled_from(["wap-provisioningdoc", "characteristic", "parm", "own-element"])
_SYNCML_TAGS = st.sampled_from(
    [(page.number, name) for page in SYNCML.tag_pages.values() for name in page.tags.values()]
)

prov_elements = st.recursive(
    st.builds(Element, _PROV_NAMES, _ATTRIBUTES, st.just(())),
    lambda inner: st.builds(Element, _PROV_NAMES, _ATTRIBUTES, _children(inner)),
    max_leaves=6,
)


def _syncml(tag: tuple[int, str], children: tuple) -> Element:
    return Element(tag[1], (), children, tag[0])


syncml_elements = st.recursive(
    st.builds(_syncml, _SYNCML_TAGS, st.just(())),
    lambda inner: st.builds(_syncml, _SYNCML_TAGS, _children(inner)),
    max_leaves=6,
)

documents = st.one_of(
    st.builds(
        WbxmlDocument,
        prov_elements,
        st.sampled_from([0x0B, PROV.formal_id]),
        st.sampled_from([1, 2, 3]),
        st.sampled_from([106, 3, 4, 1015]),
    ),
    st.builds(WbxmlDocument, syncml_elements, st.just(0x1201), st.sampled_from([1, 2, 3])),
)

# -- client provisioning ---------------------------------------------------------------------------

_PARM_NAMES = sorted(
    {
        prefix
        for page in PROV.attribute_pages.values()
        for name, prefix in page.starts.values()
        if name == "name" and prefix
    }
)
_TYPES = sorted(
    {
        prefix
        for page in PROV.attribute_pages.values()
        for name, prefix in page.starts.values()
        if name == "type" and prefix
    }
)


def cp_documents(
    characters: st.SearchStrategy[str] = CHARACTERS,
) -> st.SearchStrategy[ProvisioningDocument]:
    """Whole documents, with names of the standard and others, with parts no standard has."""
    text = texts(characters)
    names = st.one_of(st.sampled_from(_PARM_NAMES), text)
    extra = st.dictionaries(st.sampled_from(["mwid", "own"]), text, max_size=1).map(
        lambda pairs: tuple(pairs.items())
    )
    parms = st.lists(
        st.builds(Parm, names, st.one_of(st.none(), text), st.one_of(st.just(()), extra)),
        max_size=5,
    ).map(tuple)
    types = st.one_of(st.sampled_from(_TYPES), text, st.none())
    other = st.sampled_from([(), (Element("own-element", (("a", "b"),)),)])
    characteristics = st.recursive(
        st.builds(Characteristic, types, parms),
        lambda inner: st.builds(
            Characteristic, types, parms, st.lists(inner, max_size=3).map(tuple), extra, other
        ),
        max_leaves=4,
    )
    return st.builds(
        ProvisioningDocument,
        st.one_of(st.none(), st.sampled_from(["1.0", "1.1"]), text),
        st.lists(characteristics, max_size=3).map(tuple),
        extra,
        other,
        st.sampled_from([Header(), Header(1), Header(3, PROV.formal_id), Header(3, 0x0B, 1015)]),
    )
