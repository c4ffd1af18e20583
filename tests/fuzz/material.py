"""What seeds are made of: the documents of the shipped profiles.

Nothing here is kept as bytes: ``python -m tests.fuzz seeds`` makes the corpus anew from the
profiles whenever they change.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from smartboot.bootstrap import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import EncodeError
from smartboot.formats.client_provisioning import CP
from smartboot.formats.oma_dm import OMA_DM, MoArray
from smartboot.image import CardImage
from smartboot.profiles.load import LoadedProfile, load_profile
from smartboot.profiles.render import render
from smartboot.transport.trace_entries import Trace

__all__ = [
    "PROFILES",
    "all_wbxml",
    "cp_documents",
    "dm_documents",
    "images",
    "loaded",
    "lwm2m_documents",
    "trace_of",
]

PROFILES = Path(__file__).parents[2] / "card_profiles"


@cache
def loaded() -> dict[str, LoadedProfile]:
    """The shipped profiles by name, their variables filled with the examples."""
    return {
        path.stem: load_profile(path, examples=True) for path in sorted(PROFILES.glob("*.yaml"))
    }


@cache
def images() -> dict[str, CardImage]:
    """The card of every shipped profile."""
    return {name: render(profile) for name, profile in loaded().items()}


def _documents(name: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for profile, one in loaded().items():
        pairs = zip(one.profile.data_objects, one.documents, strict=True)
        items = [(item.fid, data) for item, data in pairs if item.format == name]
        for fid, data in items:
            found[profile if len(items) == 1 else f"{profile}-{fid:04X}"] = data
    return found


def cp_documents() -> dict[str, bytes]:
    """Client provisioning in WBXML."""
    documents = _documents("oma-cp")
    first = next(iter(documents.values()))
    decoded = CP.decode(first).document
    return {
        **documents,
        "padded-ff": first + b"\xff" * 9,
        "string-table": CP.encode(decoded, string_table=True),
        "stay-on-page": CP.encode(decoded, stay_on_page=True),
        "blank": b"\xff" * 8,
    }


def dm_documents() -> dict[str, bytes]:
    """DM 1.x in WBXML and XML, bare TNDS, DM 2.0 JSON."""
    documents = _documents("oma-dm")
    more: dict[str, bytes] = {}
    for name, data in documents.items():
        document = OMA_DM.decode(data).document
        if isinstance(document.body, MoArray):
            continue
        more[f"{name}-xml"] = OMA_DM.to_xml(document, indent=0)
        try:
            bare = OMA_DM.tnds(document)
        except EncodeError:
            continue
        more[f"{name}-bare"] = OMA_DM.encode(bare)
        more[f"{name}-bare-xml"] = OMA_DM.to_xml(bare, indent=0)
    return {**documents, **more}


def lwm2m_documents() -> dict[str, bytes]:
    """LwM2M files, with and without padding."""
    documents = _documents("lwm2m")
    first = next(iter(documents.values()))
    return {**documents, "padded-ff": first + b"\xff" * 7, "cut": first[:-3]}


def all_wbxml() -> dict[str, bytes]:
    """Every document in WBXML."""
    both = {**cp_documents(), **dm_documents()}
    return {name: data for name, data in both.items() if data[:1] in (b"\x01", b"\x02", b"\x03")}


@cache
def trace_of(profile: str) -> Trace:
    """What reading a shipped profile's virtual card leaves in a trace."""
    # The recorder is shared with tests of other kinds, whose needs are not imported for nothing.
    from tests.support.traces import record

    trace, _ = record(images()[profile], lambda link: read_bootstrap(open_card(link)))
    return trace
