"""What must hold between the fields of a card profile, and what is allowed but unwise.

``faults`` are errors: such a profile makes no card. ``advice`` are findings (codes ``PROFILE-…``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartboot.imagerules import parse_condition
from smartboot.model import Finding, Severity
from smartboot.pkcs15.dodf_write import default_kind
from smartboot.pkcs15.oid import format_of
from smartboot.profiles.directory import oid_of
from smartboot.profiles.schema import Access, CardProfile, DataObjectProfile, DirectoryFile
from smartboot.yamltext import Place, spell

__all__ = ["USIM_AID", "access_places", "advice", "faults", "file_places"]

Fault = tuple[Place, str]

USIM_AID = bytes.fromhex("A0000000871002FF44FFFF8906010000")
"""The USIM that an emulated card has beside the PKCS#15 application."""

_RESERVED = {
    0x3F00: "the MF (TS 102 221, 8.6)",
    0x3FFF: "reserved for paths (TS 102 221, 8.6)",
    0x7FFF: "the current application (TS 102 221, 8.6)",
    0xFFFF: "reserved (ISO/IEC 7816-4)",
}
_UNDER_MF = {0x2F00: "EF(DIR)", 0x2FE2: "EF(ICCID)", 0x2F05: "EF(PL)", 0x2F06: "EF(ARR)"}
_SIM_KEYS = frozenset({0x01, 0x81, *range(0x0A, 0x0F), *range(0x8A, 0x8F)})
_EF_ARR = 0x6F06
_ARR_SFI = 6
_SOURCES = ("document", "xml", "hex", "file")


def file_places(
    profile: CardProfile,
) -> Iterator[tuple[Place, DirectoryFile | DataObjectProfile]]:
    """Every file of the application with its place in the profile."""
    application = profile.application
    yield ("application", "odf"), application.odf
    if application.token_info is not None:
        yield ("application", "token_info"), application.token_info
    yield ("application", "dodf"), profile.dodf
    for index, item in enumerate(profile.data_objects):
        yield ("data_objects", index), item


def access_places(profile: CardProfile) -> Iterator[tuple[Place, Access]]:
    """The access conditions of every file, with their places."""
    for place, file in file_places(profile):
        yield (*place, "access"), file.access


def faults(profile: CardProfile) -> list[Fault]:
    """Everything that keeps the profile from being a card, with its place."""
    return [
        *_content_faults(profile),
        *_file_faults(profile),
        *_object_faults(profile),
        *_condition_faults(profile),
        *_virtual_faults(profile),
    ]


def _content_faults(profile: CardProfile) -> Iterator[Fault]:
    for index, item in enumerate(profile.data_objects):
        place: Place = ("data_objects", index)
        given = [name for name in _SOURCES if getattr(item, name) is not None]
        if len(given) != 1:
            here = f" (here: {', '.join(given)})" if given else ""
            yield (
                (*place, given[-1]) if given else place,
                f"give the content in exactly one way: {', '.join(_SOURCES)}{here}",
            )
        elif item.unchecked and given[0] not in ("hex", "file"):
            yield (*place, "unchecked"), "goes with hex or file"


def _file_faults(profile: CardProfile) -> Iterator[Fault]:
    application = profile.application
    df = application.df
    seen: set[int] = set()
    for at, file in file_places(profile):
        place, fid = (*at, "fid"), file.fid
        if fid in _RESERVED or fid in _UNDER_MF:
            yield place, f"file id {fid:04X} is {_RESERVED.get(fid) or _UNDER_MF[fid]}"
        elif fid == df:
            yield place, f"file id {fid:04X} is that of the application's DF"
        elif fid == _EF_ARR and profile.kind == "uicc":
            yield place, f"file id {fid:04X} is EF(ARR) (TS 102 221, 13.4)"
        elif fid in seen:
            yield place, f"file id {fid:04X} is used twice"
        seen.add(fid)
    taken = {**_RESERVED, **_UNDER_MF}
    taken[0x7F20] = "DF(GSM)"
    taken[0x7FF0] = "the USIM of the emulated card"
    if df in taken:
        yield ("application", "df"), f"file id {df:04X} is {taken[df]}"
    if not 5 <= len(application.aid) <= 16:
        yield ("application", "aid"), "an AID has 5 to 16 bytes (ISO/IEC 7816-4, 8.2.1.2)"
    elif application.aid == USIM_AID:
        yield ("application", "aid"), "is the AID of the USIM"


def _object_faults(profile: CardProfile) -> Iterator[Fault]:
    short: set[int] = set()
    for index, item in enumerate(profile.data_objects):
        place: Place = ("data_objects", index)
        known = format_of(item.oid)
        if known not in (None, item.format):
            yield (*place, "oid"), f"{item.oid} stands for {known}, and the format is {item.format}"
        if item.sfi is None:
            continue
        if profile.kind == "sim":
            yield (*place, "sfi"), "a 2G SIM has no short file identifiers"
        elif item.sfi in short:
            yield (*place, "sfi"), f"short file identifier {item.sfi} is used twice"
        elif item.sfi == _ARR_SFI and profile.virtual.access_encoding == "referenced":
            yield (*place, "sfi"), f"short file identifier {item.sfi} is EF(ARR)'s"
        short.add(item.sfi)


def _condition_faults(profile: CardProfile) -> Iterator[Fault]:
    """A 2G SIM knows one key for an operation, and has one digit for it (TS 51.011, 9.3)."""
    if profile.kind != "sim":
        return
    for place, access in access_places(profile):
        for operation in ("read", "update"):
            keys = parse_condition(getattr(access, operation)).keys
            if len(keys) > 1 or not _SIM_KEYS.issuperset(keys):
                yield (
                    (*place, operation),
                    "a 2G SIM has always, never, pin1, pin2 and adm1 to adm10",
                )


def _virtual_faults(profile: CardProfile) -> Iterator[Fault]:
    virtual = profile.virtual
    if profile.kind == "sim":
        if virtual.protocol != "T=0":
            yield ("virtual", "protocol"), "a 2G SIM speaks T=0 only (TS 51.011, 5)"
        if "channels" in virtual.model_fields_set and virtual.channels != 1:
            yield ("virtual", "channels"), "a 2G SIM has no logical channels"
    if virtual.pins is None:
        return
    references = [pin.reference for pin in virtual.pins]
    for index, reference in enumerate(references):
        if reference in references[:index]:
            yield ("virtual", "pins", index, "reference"), f"key {reference:02X} stands twice"
    for place, access in access_places(profile):
        # The usual adm1 for updates stands for "not by people" and needs no key of its own.
        for operation in ("read", "update") if "update" in access.model_fields_set else ("read",):
            for key in parse_condition(getattr(access, operation)).keys:
                if key not in references:
                    yield (
                        (*place, operation),
                        f"asks for key {key:02X}, which virtual.pins does not have",
                    )


# -- advice ----------------------------------------------------------------------------------------


def advice(profile: CardProfile, unused: Sequence[str] = ()) -> list[Finding]:
    """What is allowed and yet hardly meant. ``unused`` are variables that stand nowhere."""
    found = [
        Finding(
            "PROFILE-VARIABLE-UNUSED",
            Severity.WARNING,
            f"the variable {name} stands nowhere in the profile",
            f"variables.{name}",
        )
        for name in unused
    ]
    found += [
        Finding(
            "PROFILE-SECRET-DEFAULT",
            Severity.WARNING,
            "a secret with a default is the same on every card; leave the default out, and give "
            "an example for emulation",
            f"variables.{name}",
        )
        for name, rule in profile.variables.items()
        if rule.secret and rule.default is not None
    ]
    found += _access_advice(profile)
    found += _object_advice(profile)
    return found


def _access_advice(profile: CardProfile) -> Iterator[Finding]:
    for index, item in enumerate(profile.data_objects):
        where = f"data_objects[{index}]"
        read = parse_condition(item.access.read)
        if item.private and read.mode == "always":
            yield Finding(
                "PROFILE-PRIVATE-OPEN",
                Severity.WARNING,
                "the object is marked private, and everyone may read its file",
                where,
                "PKCS#15 v1.1, 6.1.1",
            )
        if not item.private and read.keys:
            yield Finding(
                "PROFILE-NOT-PRIVATE",
                Severity.WARNING,
                "reading the file takes a key, and the object is not marked private: a reader "
                "learns of it only when it is refused",
                where,
                "PKCS#15 v1.1, 6.1.1",
            )
        if read.keys and profile.virtual.access_encoding == "compact" and profile.kind == "uicc":
            yield Finding(
                "PROFILE-COMPACT-KEY",
                Severity.WARNING,
                "access rules in compact form cannot name the key that reading takes",
                where,
                "ISO/IEC 7816-4, 5.4.3.1",
            )
    for place, file in file_places(profile):
        where, access = spell(place) or "", file.access
        if parse_condition(access.read).mode == "never":
            yield Finding("PROFILE-READ-NEVER", Severity.WARNING, "nobody may read the file", where)
        if parse_condition(access.update).mode == "always":
            yield Finding(
                "PROFILE-UPDATE-OPEN",
                Severity.WARNING,
                "everyone may change the file: whoever holds the card chooses the servers",
                where,
            )


def _object_advice(profile: CardProfile) -> Iterator[Finding]:
    labels: set[str] = set()
    oids: set[str] = set()
    for index, item in enumerate(profile.data_objects):
        where = f"data_objects[{index}]"
        oid = oid_of(item)
        if item.label in labels:
            yield Finding(
                "PROFILE-LABEL-TWICE", Severity.WARNING, "an earlier object has this label", where
            )
        if not item.label.isprintable():
            yield Finding(
                "PROFILE-LABEL-UNPRINTABLE",
                Severity.WARNING,
                "the label holds characters that cannot be printed",
                where,
            )
        # A DM 1.x and a DM 2.0 document share their OID: each client takes what it understands.
        if oid in oids and item.format != "oma-dm":
            yield Finding(
                "PROFILE-OID-TWICE",
                Severity.WARNING,
                f"an earlier object has the OID {oid}; most readers take the first only",
                where,
            )
        if format_of(oid) is None:
            yield Finding(
                "PROFILE-OID-UNKNOWN",
                Severity.WARNING,
                f"readers look for {item.format} under another OID than {oid}",
                where,
            )
        elif item.kind not in (None, default_kind(oid).value):
            yield Finding(
                "PROFILE-KIND",
                Severity.WARNING,
                f"readers in the field need an entry of kind {default_kind(oid).value} here",
                where,
            )
        labels.add(item.label)
        oids.add(oid)
