"""What a virtual card remembers: files and keys for ever, channels until the power goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartboot.image import CardImage
from smartboot.imagequirks import Quirks
from smartboot.virtual.files import FileSystem, Node
from smartboot.virtual.pins import PinSet
from smartboot.virtual.status import Refusal, Sw, Sw2g

__all__ = ["CardState", "Channel", "PowerLost", "Request"]


class PowerLost(Exception):  # noqa: N818 - an event of the card's life, handled by the card
    """The card lost power in the middle of a command. Never leaves the virtual card."""


@dataclass(slots=True)
class Request:
    """One command as an interpreter sees it.

    ``le`` is the number of bytes wanted (None: none); ``open_ended`` that the Le field was 00,
    which on T=1 means "what there is". ``t0`` tells that lengths follow T=0 rules.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(repr=False)
    le: int | None
    open_ended: bool
    t0: bool


@dataclass(slots=True)
class Channel:
    """Where one logical channel stands. ``record`` 0: no record is current."""

    number: int
    directory: Node
    file: Node | None = None
    application: Node | None = None
    record: int = 0

    def enter(self, node: Node) -> None:
        """Make a file current, and its DF with it."""
        if node.is_directory:
            self.directory, self.file = node, None
        else:
            assert node.parent is not None
            self.directory, self.file = node.parent, node
        self.record = 0


class CardState:
    """Files, keys and channels, and the one place where something is written.

    ``tear_after`` is the number of writes that still succeed; the one after it writes half of its
    bytes and the power goes (None: never). ``endurance`` is how many updates a file lasts (None:
    for ever). ``keep_updates`` tells that images made of the card hold the counters.
    """

    def __init__(self, image: CardImage) -> None:
        self.header = image.card
        self.quirks = image.card.quirks or Quirks()
        self.endurance: int | None = None
        self.keep_updates = any(file.updates for _, file in image.walk())
        self.files = FileSystem(image)
        self.pins = PinSet(image.pins)
        self.free_memory = image.card.memory
        self.tear_after: int | None = None
        self.writes = 0
        self.channels: dict[int, Channel] = {}
        self.many_channels = False
        self.power_up()

    def power_up(self) -> None:
        """Channels, verifications and what the terminal said of itself are gone."""
        self.channels = {0: Channel(0, self.files.root)}
        self.many_channels = False
        self.pins.forget()

    def _tear(self) -> bool:
        if self.tear_after is None:
            self.writes += 1
            return False
        if self.tear_after > 0:
            self.tear_after -= 1
            self.writes += 1
            return False
        self.tear_after = None
        return True

    def check_wear(self, node: Node) -> None:
        """Refuse to write a file whose memory is worn out: 6581, on a 2G SIM 9240."""
        limit = self.endurance if node.endurance is None else node.endurance
        if limit is not None and node.updates >= limit:
            raise Refusal(Sw2g.MEMORY_PROBLEM if self.header.kind == "sim" else Sw.MEMORY_PROBLEM)

    def write(self, node: Node, offset: int, data: bytes) -> None:
        """Write into a body; the caller has checked the range. Refusal when it is worn out."""
        self.check_wear(node)
        node.updates += 1
        if node.made:
            # Somebody relies on the made-up EF(ARR) now: it is kept in images from here on.
            self.files.changed = True
        if self._tear():
            half = len(data) // 2
            node.body[offset : offset + half] = data[:half]
            raise PowerLost
        node.body[offset : offset + len(data)] = data

    def structural_change(self, node: Node) -> None:
        """Called before a file is created, deleted, resized or changes its life cycle; when torn
        the change does not happen at all."""
        if self._tear():
            raise PowerLost
        if node.made:
            self.files.changed = True

    def aimed_at(self, command: bytes, path: tuple[int, ...]) -> bool:
        """Whether a command works on the file at ``path``, as things stand before it: the file
        that SELECT names, the one of the short identifier, else the current one."""
        if len(command) < 4:
            return False
        cla, ins, p1, p2 = command[:4]
        number = 0 if cla == 0xA0 else 4 + (cla & 0x0F) if cla & 0x40 else cla & 0x03
        channel = self.channels.get(number)
        if channel is None:
            return False
        if ins == 0xA4:
            name = command[5 : 5 + command[4]] if len(command) > 5 else b""
            wanted = self.files.find(path)
            if p1 == 0x04:
                return wanted is not None and bool(name) and (wanted.aid or b"").startswith(name)
            return name[-2:] == path[-1].to_bytes(2, "big")
        node: Node | None = channel.file or channel.directory
        if cla != 0xA0:
            sfi = 0
            if ins in (0xB0, 0xD6) and p1 & 0x80:
                sfi = p1 & 0x1F
            elif ins in (0xB2, 0xDC, 0xA2):
                sfi = p2 >> 3
            if sfi:
                node = self.files.by_sfi(channel.directory, sfi)
        return node is not None and node is self.files.find(path)

    def to_image(self) -> CardImage:
        """The card as it is now, counters and content included."""
        mf, files = self.files.to_images(updates=self.keep_updates)
        header = self.header.model_copy(update={"memory": self.free_memory})
        return CardImage(
            card=header, pins=[pin.to_image() for pin in self.pins], mf=mf, files=files
        )
