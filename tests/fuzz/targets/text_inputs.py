"""Files people hand in: documents as XML, JSON and YAML, card images, profiles, traces."""

from __future__ import annotations

import json
from collections.abc import Callable

from smartboot.bootstrap.documents import CARRIERS, encode_document, load_document
from smartboot.errors import DecodeError, EncodeError, ProfileError, SmartbootError, UsageError
from smartboot.image import image_from_text
from smartboot.profiles.check import check_profile
from smartboot.profiles.load import profile_from_text
from smartboot.profiles.render import render
from smartboot.transport import trace_jsonl, trace_pcapng
from smartboot.transport.trace_entries import Trace
from smartboot.transport.trace_stats import explained, measure
from tests.fuzz.material import (
    PROFILES,
    cp_documents,
    dm_documents,
    images,
    lwm2m_documents,
    trace_of,
)
from tests.fuzz.oracle import attempt, check_findings

__all__ = ["one_input", "seeds"]

_TEXT_ERRORS = (DecodeError, EncodeError, ProfileError, UsageError)


def _document(data: bytes) -> None:
    """``smartboot decode`` and ``encode`` of anything at all."""
    loaded = attempt(_TEXT_ERRORS, load_document, data)
    if loaded is None:
        return
    repr(loaded)
    check_findings(loaded.findings)
    json.dumps([loaded.to_dict(), loaded.to_dict(show_secrets=True)])
    for target in (None, "json", "xml", "tnds", *CARRIERS):
        made = attempt((EncodeError, UsageError), encode_document, loaded, target)
        if made is not None:
            check_findings(made[1])


def _image(data: bytes) -> None:
    image = attempt(ProfileError, image_from_text, data.decode("utf-8", "replace"))
    if image is not None:
        assert image_from_text(image.to_yaml()) == image, "an image changed on the way"


def _profile(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    loaded = attempt(SmartbootError, profile_from_text, text, examples=True)
    if loaded is not None:
        repr(loaded)
        check_findings(check_profile(loaded))
        attempt(ProfileError, render, loaded)


def _trace(
    decode: Callable[[bytes], Trace], header: Callable[..., bytes], entry: Callable[..., bytes]
):
    """A check of one kind of trace file."""

    def check(data: bytes) -> None:
        trace = attempt(DecodeError, decode, data)
        if trace is None:
            return
        repr(trace)
        measure(trace)
        written = header(trace.header)
        for one, meaning in explained(trace.entries):
            written += entry(one, meaning)
        assert decode(written).entries == trace.entries, "a trace changed on the way"

    return check


_CHECKS: tuple[Callable[[bytes], None], ...] = (
    _document,
    _image,
    _profile,
    _trace(trace_jsonl.decode, trace_jsonl.encode_header, trace_jsonl.encode_entry),
    _trace(trace_pcapng.decode, trace_pcapng.encode_header, trace_pcapng.encode_entry),
)


def one_input(data: bytes) -> None:
    """Byte 0 chooses what kind of file it is."""
    if data:
        _CHECKS[data[0] % len(_CHECKS)](data[1:])


def seeds() -> dict[str, bytes]:
    """Shipped profiles, a card image, documents as text, a trace of a read in both kinds."""
    found: dict[str, bytes] = {}
    documents = {**cp_documents(), **dm_documents(), **lwm2m_documents()}
    for name, data in documents.items():
        loaded = attempt(_TEXT_ERRORS, load_document, data)
        for target in ("json", "yaml", "xml"):
            made = (
                None if loaded is None else attempt(_TEXT_ERRORS, encode_document, loaded, target)
            )
            if made is not None and len(made[0]) < 3500:
                found[f"{name}.{target}"] = b"\x00" + made[0]
        if loaded is not None and loaded.accounts:
            plain = {"accounts": [one.to_dict(show_secrets=True) for one in loaded.accounts]}
            found[f"{name}-accounts.json"] = b"\x00" + json.dumps(plain).encode()
        if len(data) < 200:
            found[f"{name}.hex"] = b"\x00" + data.hex().encode()
    for path in sorted(PROFILES.glob("*.yaml")):
        text = path.read_bytes()
        if len(text) < 4000:
            found[path.name] = b"\x02" + text
    for name, image in images().items():
        text = image.to_yaml().encode()
        if len(text) < 4000:
            found[f"{name}-image.yaml"] = b"\x01" + text
    trace = trace_of("lwm2m-psk")
    for number, codec in ((3, trace_jsonl), (4, trace_pcapng)):
        written = codec.encode_header(trace.header)
        for one, meaning in list(explained(trace.entries))[:6]:
            written += codec.encode_entry(one, meaning)
        found[f"trace-{codec.__name__.rpartition('_')[2]}"] = bytes((number,)) + written
    return found
