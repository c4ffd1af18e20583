"""FCP templates that make a file of a card image again (TS 102 222, 6.3; TS 102 221, 11.1.1.4).

Unlike a profile, an image says who may do what with every operation, so the access rules are
written out whole. Where the image's EF(ARR) record is on the card, byte for byte, the file refers
to it as it did before.
"""

from __future__ import annotations

from collections.abc import Mapping

from smartboot.apdu.tlv import encode
from smartboot.image import FileImage, condition_of
from smartboot.imagerules import ACCESS_OPERATIONS, parse_condition
from smartboot.provision.create import security_condition

__all__ = ["expanded_rule", "template_of"]

_EF_BITS = {
    "read": 0x01,
    "update": 0x02,
    "append": 0x04,
    "deactivate": 0x08,
    "activate": 0x10,
    "terminate": 0x20,
    "delete": 0x40,
}
_DF_BITS = {
    "delete-child": 0x01,
    "create-ef": 0x02,
    "create-df": 0x04,
    "deactivate": 0x08,
    "activate": 0x10,
    "terminate": 0x20,
    "delete": 0x40,
}
_BY_INSTRUCTION = {"increase": 0x32, "resize": 0xD4}
_DESCRIPTORS = {"transparent": 0x01, "linear-fixed": 0x02, "cyclic": 0x06, "df": 0x38, "adf": 0x38}
_LIFE_CYCLES = {"creation": 0x01, "initialisation": 0x03}
_ACTIVATED = 0x05
_SHAREABLE = 0x40
_DATA_CODING = 0x21
_MAX_LC = 255


def expanded_rule(access: Mapping[str, str], *, directory: bool) -> bytes:
    """The value of tag AB: each condition with all it opens (TS 102 221, 9.2.4.2)."""
    bits = _DF_BITS if directory else _EF_BITS
    modes: dict[str, int] = {}
    for operation, bit in bits.items():
        if operation in access:
            text = str(parse_condition(access[operation]))
            modes[text] = modes.get(text, 0) | bit
    rule = b"".join(
        encode(0x80, bytes((mode,))) + security_condition(parse_condition(text))
        for text, mode in modes.items()
    )
    for operation, instruction in _BY_INSTRUCTION.items():
        if operation in access and not directory:
            condition = parse_condition(access[operation])
            rule += encode(0x84, bytes((instruction,))) + security_condition(condition)
    return rule


def _access(file: FileImage) -> dict[str, str]:
    if file.access is not None:
        return file.access
    return {operation: str(condition_of(file, operation)) for operation in ACCESS_OPERATIONS}


def template_of(
    file: FileImage, *, arr_on_card: bool, size: int | None = None
) -> tuple[tuple[str, bytes], ...]:
    """The templates of a DF, ADF or EF, by the form of the access rule, best first.

    ``arr_on_card`` says that the record the image refers to is on the card. A template longer
    than one command carries is left out, so the result may be empty.
    """
    first = _DESCRIPTORS.get(file.type)
    if first is None:
        return ()
    descriptor = bytes((first | (_SHAREABLE if file.shareable else 0), _DATA_CODING))
    body = b""
    if file.has_records:
        length, count = file.record_size or 0, file.record_count or 0
        descriptor += length.to_bytes(2, "big") + bytes((count,))
        body = encode(0x80, (length * count).to_bytes(2, "big"))
    elif not file.is_directory:
        body = encode(0x80, (size or file.size or 1).to_bytes(2, "big"))
    if not file.is_directory:
        body += encode(0x88, b"" if file.sfi is None else bytes((file.sfi << 3,)))
    head = encode(0x82, descriptor) + encode(0x83, file.fid.to_bytes(2, "big"))
    if file.aid is not None:
        head += encode(0x84, file.aid)
    head += encode(0x8A, bytes((_LIFE_CYCLES.get(file.life_cycle, _ACTIVATED),)))
    forms: list[tuple[str, bytes]] = []
    if file.arr is not None and arr_on_card:
        fid, _, record = file.arr.partition("/")
        forms.append((f"8B {file.arr}", encode(0x8B, bytes.fromhex(fid) + bytes((int(record),)))))
    rule = expanded_rule(_access(file), directory=file.is_directory)
    forms.append(("AB", encode(0xAB, rule)))
    templates = ((form, encode(0x62, head + security + body)) for form, security in forms)
    return tuple((form, data) for form, data in templates if len(data) <= _MAX_LC)
