"""A hostile card answers: the whole way of reading, on a UICC and on a 2G SIM.

Either the fuzzer writes every answer, or it writes the content of a card's files, or it spoils the
answers of a sound card at chosen points.
"""

from __future__ import annotations

import json
from functools import cache

from smartboot.bootstrap.describe import describe_card
from smartboot.bootstrap.reader import read_bootstrap
from smartboot.card import open_card
from smartboot.errors import CardError, TransportError
from smartboot.image import CardImage, FileImage
from smartboot.transport.base import CardProtocol
from smartboot.virtual import VirtualCard
from tests.fuzz.cards import AnswerBook, Answerer, HostileConnection, Spoiler
from tests.fuzz.material import images, lwm2m_documents
from tests.fuzz.oracle import SECRET, attempt, check_error, check_findings, no_secret
from tests.support.cards import profile_card, with_file

__all__ = ["one_input", "read_all", "seeds"]

_FILES = ("2F00", "7F50/5031", "7F50/6430", "7F50/6432")


@cache
def _cards() -> tuple[CardImage, ...]:
    """Sound cards: UICCs with one document and several, a 2G SIM, one with a PIN, a long one."""
    lwm2m = lwm2m_documents()["lwm2m-psk"]
    known = images()
    return (
        known["lwm2m-psk"],
        known["multi-generation"],
        known["sim-2g-client-provisioning"],
        profile_card([("lwm2m", 0x6432, lwm2m, 300)], read="pin1"),
        known["dm-1.2-tnds"],
    )


class _Virtual:
    """A virtual card as an ``Answerer``."""

    def __init__(self, image: CardImage) -> None:
        self._card = VirtualCard(image)
        self._card.power_on()

    def answer(self, command: bytes) -> bytes:
        return self._card.transmit(command)


def _key(reference: int) -> bytes | None:
    return SECRET.encode()


def read_all(
    connection: HostileConnection, *, fid: int | None = None, describe: bool = True
) -> None:
    """Everything ``smartboot read`` and, with ``describe``, ``smartboot info`` do with a card."""
    card = attempt((CardError, TransportError), open_card, connection)
    if card is None:
        return
    try:
        data = read_bootstrap(card, keys=_key, everything=True, fid=fid)
        repr(data)
        check_findings(data.findings)
        text = json.dumps([data.to_dict(), data.to_dict(show_secrets=True)])
        no_secret(json.dumps(data.to_dict()) + repr(data))
        assert len(text) < 50_000_000
        if describe:
            description = describe_card(card)
            check_findings(description.findings)
            no_secret(json.dumps(description.to_dict()))
    except TransportError as error:
        # Nothing else may come out: what a card says or refuses is a finding.
        check_error(error)
    finally:
        card.close()


def _with_content(image: CardImage, data: bytes) -> CardImage:
    """The card with the content of some of its files replaced."""
    at = 0
    while at + 3 <= len(data):
        path = _FILES[data[at] % len(_FILES)]
        length = int.from_bytes(data[at + 1 : at + 3], "big") % 1000
        content = data[at + 3 : at + 3 + length]
        at += 3 + length
        file = image.find(path)
        if file is None:
            continue
        if file.has_records:
            size = file.record_size or 1
            records = [content[i : i + size].hex() for i in range(0, len(content), size)]
            changes = {"records": records[: file.record_count or 1]}
        else:
            changes = {"data": content.hex(), "size": max(len(content), file.size or 1)}
        image = with_file(image, path, **changes)
    return image


def one_input(data: bytes) -> None:
    """Byte 0: the card, and the way to spoil it; the rest is the answers, contents or script."""
    if not data:
        return
    choice, rest = data[0], data[1:]
    image = _cards()[choice % 5]
    way = choice // 5 % 5
    protocol = CardProtocol(image.card.protocol)
    source: Answerer
    if way == 0:
        source = AnswerBook(rest)
        protocol = CardProtocol.T1 if choice & 0x80 else CardProtocol.T0
    elif way == 1:
        source = _Virtual(_with_content(image, rest))
    elif way == 2:
        source = Spoiler(_Virtual(image), rest)
    elif way == 3:
        source = Spoiler(_Virtual(image), rest, endless=True)
    else:
        half = len(rest) // 2
        source = Spoiler(_Virtual(_with_content(image, rest[:half])), rest[half:])
    describe = choice // 25 % 2 == 0
    fid = 0x6432 if choice == 0xFF else None
    read_all(HostileConnection(source, protocol), fid=fid, describe=describe)


def _first(card: int, way: int, *, describe: bool = False) -> bytes:
    return bytes((card + 5 * way + (0 if describe else 25),))


def _content(path: str, file: FileImage | None) -> bytes:
    body = b"" if file is None else (b"".join(file.records) if file.records else file.body)[:600]
    return bytes((_FILES.index(path),)) + len(body).to_bytes(2, "big") + body


class _Listening:
    """Notes what a card answers."""

    def __init__(self, inner: Answerer) -> None:
        self.answers: list[bytes] = []
        self._inner = inner

    def answer(self, command: bytes) -> bytes:
        self.answers.append(self._inner.answer(command))
        return self.answers[-1]


def seeds() -> dict[str, bytes]:
    """A sound read of each card as a book of answers, its contents, and some scripts."""
    found: dict[str, bytes] = {}
    for number, image in enumerate(_cards()):
        listening = _Listening(_Virtual(image))
        read_all(HostileConnection(listening, CardProtocol(image.card.protocol)))
        book = b"".join(bytes((min(len(a), 255),)) + a[:255] for a in listening.answers)
        found[f"answers-{number}"] = _first(number, 0) + book[:2500]
        files = [_content(path, image.find(path)) for path in _FILES]
        found[f"contents-{number}"] = _first(number, 1) + b"".join(files)[:2500]
        found[f"sound-{number}"] = _first(number, 2, describe=True)
        found[f"both-{number}"] = _first(number, 4) + b"".join(files)[:600]
    scripts = {
        "always-61": "00016101", "always-6c": "00006C05", "always-9f": "00019F01",
        "refused-late": "08006982", "never-there": "00016A82", "changed": "0402 0101 0602 0301",
        "longer": "0504FF41", "shorter": "06030100", "gone": "0A070000", "repeated": "02060000",
        "warning": "03006282 03006281", "empty": "02010000 02019000",
    }  # fmt: skip  # one line would be too long, twelve too many
    for name, script in scripts.items():
        for way in (2, 3):
            found[f"{name}-{way}"] = _first(len(found) % 5, way, describe=way == 3) + bytes.fromhex(
                script
            )
    return found
