"""The files of a virtual card: a tree that commands change, made from a card image and back.

TS 102 221, 8. Where the image gives access conditions and the card refers to EF(ARR), the records
of EF(ARR) are made here (2F06 under the MF, 6F06 in each DF below it), so that a reader which
follows the reference finds what is enforced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from smartboot.errors import DecodeError
from smartboot.image import CardImage, FileImage, LifeCycleName, MfImage, condition_of
from smartboot.imagerules import ACCESS_OPERATIONS, Condition
from smartboot.virtual.access import EMPTY_RULES, Rules, decode_expanded, encode_expanded

__all__ = ["MF_ID", "FileSystem", "Node", "NodeKind"]

MF_ID = 0x3F00
ARR_OF_MF = 0x2F06
ARR_OF_DF = 0x6F06
_ARR_SFI = 6

NodeKind = Literal[
    "mf", "df", "adf", "transparent", "linear-fixed", "cyclic", "ber-tlv", "internal"
]


class Node:
    """One file. A record file's ``body`` is its records one behind the other, number 1 first.

    ``rules`` is None where the file's own ``arr`` (EF(ARR) file id, record) decides;
    ``reference`` is the record made up for it otherwise. ``made`` marks an EF(ARR) that the image
    does not hold. ``access`` is the image's spelling, kept for the way back. ``updates`` counts
    the writes, and ``endurance`` is how many it stands (None: what the card says).
    """

    __slots__ = (
        "access",
        "aid",
        "arr",
        "body",
        "children",
        "endurance",
        "fcp_fid",
        "fcp_raw",
        "fcp_size",
        "fid",
        "kind",
        "life_cycle",
        "made",
        "name",
        "parent",
        "record_size",
        "reference",
        "rules",
        "sfi",
        "shareable",
        "updates",
    )

    def __init__(self, fid: int, kind: NodeKind, parent: Node | None) -> None:
        self.fid = fid
        self.kind: NodeKind = kind
        self.parent = parent
        self.children: dict[int, Node] = {}
        self.name = ""
        self.aid: bytes | None = None
        self.sfi: int | None = None
        self.body = bytearray()
        self.record_size = 0
        self.access: dict[str, str] | None = None
        self.rules: Rules | None = EMPTY_RULES
        self.arr: tuple[int, int] | None = None
        self.reference: tuple[int, int] | None = None
        self.life_cycle: LifeCycleName = "activated"
        self.shareable = True
        self.fcp_raw: bytes | None = None
        self.fcp_size: int | None = None
        self.fcp_fid: int | None = None
        self.made = False
        self.updates = 0
        self.endurance: int | None = None

    @property
    def is_directory(self) -> bool:
        """MF, DF or ADF."""
        return self.kind in ("mf", "df", "adf")

    @property
    def has_records(self) -> bool:
        """Linear fixed or cyclic."""
        return self.record_size > 0

    @property
    def record_count(self) -> int:
        """Number of records; 0 for other files."""
        return len(self.body) // self.record_size if self.record_size else 0

    def record(self, number: int) -> bytes:
        """Record ``number``, from 1; the caller has checked it."""
        start = (number - 1) * self.record_size
        return bytes(self.body[start : start + self.record_size])

    def within(self, other: Node) -> bool:
        """Whether this file is ``other`` or lies below it."""
        node: Node | None = self
        while node is not None:
            if node is other:
                return True
            node = node.parent
        return False

    def path(self) -> tuple[int, ...]:
        """File ids from the MF down, 3F00 included."""
        return (*(self.parent.path() if self.parent is not None else ()), self.fid)

    def depth(self) -> int:
        """Levels from the MF, which is 1."""
        return 1 + (self.parent.depth() if self.parent is not None else 0)


def _split_arr(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    fid, _, record = text.partition("/")
    return int(fid, 16), int(record)


_DEFAULT_RULES: Rules = {
    operation: condition_of(MfImage(), operation) for operation in ACCESS_OPERATIONS
}


def _rules_of(image: FileImage | MfImage) -> Rules | None:
    if image.access is None:
        return None if image.arr is not None else _DEFAULT_RULES
    return {operation: condition_of(image, operation) for operation in image.access}


class FileSystem:
    """The MF and everything below it.

    ``changed`` tells that files were created, deleted or that made-up EF(ARR) were written: from
    then on ``to_images`` keeps these EF(ARR), because files may refer to their record numbers.
    """

    def __init__(self, image: CardImage) -> None:
        self.changed = False
        self.count = 1
        self.root = Node(MF_ID, "mf", None)
        self.root.access = image.mf.access
        self.root.rules = _rules_of(image.mf)
        self.root.arr = _split_arr(image.mf.arr)
        self.root.fcp_raw = image.mf.fcp_raw
        self.root.life_cycle = image.mf.life_cycle
        for file in image.files:
            self._load(file, self.root)
        if image.card.kind == "uicc" and image.card.access_encoding == "referenced":
            self._make_references()

    def _load(self, image: FileImage, parent: Node) -> None:
        node = Node(image.fid, image.type, parent)
        node.name = image.name
        node.aid = image.aid
        node.sfi = image.sfi
        node.body = bytearray(image.body)
        node.record_size = image.record_size or 0
        node.access = image.access
        node.rules = _rules_of(image)
        node.arr = _split_arr(image.arr)
        node.life_cycle = image.life_cycle
        node.shareable = image.shareable
        node.updates = image.updates
        node.fcp_raw, node.fcp_size, node.fcp_fid = image.fcp_raw, image.fcp_size, image.fcp_fid
        self.add(node)
        for child in image.files:
            self._load(child, node)

    def add(self, node: Node) -> None:
        """Put a file under its parent."""
        assert node.parent is not None
        node.parent.children[node.fid] = node
        self.count += 1

    def remove(self, node: Node) -> None:
        """Take a file and all below it out of the tree."""
        assert node.parent is not None
        self.count -= sum(1 for _ in self.walk(node))
        del node.parent.children[node.fid]

    def walk(self, start: Node | None = None) -> Iterator[Node]:
        """``start`` (the MF by default) and all below it, parents first, in order of creation."""
        stack = [start or self.root]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children.values()))

    def applications(self) -> list[Node]:
        """Every ADF, in the order in which SELECT by name meets them."""
        return [node for node in self.walk() if node.kind == "adf"]

    def search(self, current: Node, fid: int) -> Node | None:
        """A file by its id alone, as SELECT looks for it (TS 102 221, 8.4.1; TS 51.011, 6.5).

        Children of the current DF; the current DF itself, its parent and the DFs beside it; the
        MF. An EF beside the current DF is not found.
        """
        if fid == MF_ID:
            return self.root
        found = current.children.get(fid)
        if found is not None or current.parent is None:
            return found
        if current.fid == fid:
            return current
        if current.parent.fid == fid:
            return current.parent
        beside = current.parent.children.get(fid)
        return beside if beside is not None and beside.is_directory else None

    def find(self, path: tuple[int, ...]) -> Node | None:
        """The file at a path of file ids; the 3F00 in front may be left out."""
        node: Node | None = self.root
        for fid in path[1:] if path[:1] == (MF_ID,) else path:
            node = None if node is None else node.children.get(fid)
        return node

    def by_sfi(self, directory: Node, sfi: int) -> Node | None:
        """The EF with a short file identifier in a DF."""
        for node in directory.children.values():
            if node.sfi == sfi and not node.is_directory:
                return node
        return None

    def rules(self, node: Node) -> Rules:
        """What is enforced on a file; its EF(ARR) record followed where that decides."""
        if node.rules is not None:
            return node.rules
        record = self._arr_record(node)
        if record is None:
            return EMPTY_RULES
        try:
            return decode_expanded(record, is_directory=node.is_directory)
        except DecodeError:
            return EMPTY_RULES

    def _arr_record(self, node: Node) -> bytes | None:
        """EF(ARR) is looked for in the file's DF, then upwards (TS 102 221, 9.2.7)."""
        assert node.arr is not None
        fid, number = node.arr
        holder: Node | None = node if node.is_directory else node.parent
        while holder is not None:
            arr = holder.children.get(fid)
            if arr is not None and arr.has_records:
                return arr.record(number) if 1 <= number <= arr.record_count else None
            holder = holder.parent
        return None

    # -- EF(ARR) made from the image's conditions ------------------------------------------

    def _make_references(self) -> None:
        wanted: dict[Node, list[Node]] = {}
        for node in list(self.walk()):
            if node.arr is None:
                wanted.setdefault(self._arr_holder(node), []).append(node)
        for holder, nodes in wanted.items():
            self._refer(holder, nodes)

    def _arr_holder(self, node: Node) -> Node:
        """The DF whose EF(ARR) a reader finds for ``node``: one the image holds, else the DF
        right under the MF, so that one EF(ARR) serves an application and the DFs inside."""
        if node.parent in (None, self.root):
            return self.root
        holder: Node | None = node if node.is_directory else node.parent
        while holder is not None and holder.parent is not self.root:
            if ARR_OF_DF in holder.children:
                return holder
            holder = holder.parent
        return holder or self.root

    def _refer(self, holder: Node, nodes: list[Node]) -> None:
        fid = ARR_OF_MF if holder is self.root else ARR_OF_DF
        given = holder.children.get(fid)
        if given is not None:
            # The image's own EF(ARR) stays as it is; what it has no record for shows its rules
            # in place (tag AB).
            records = [given.record(n).rstrip(b"\xff") for n in range(1, given.record_count + 1)]
            for node in nodes:
                rule = self._expanded(node).rstrip(b"\xff")
                if rule in records:
                    node.reference = fid, records.index(rule) + 1
            return
        arr = Node(fid, "linear-fixed", holder)
        arr.rules, arr.made, arr.sfi, arr.name = _DEFAULT_RULES, True, _ARR_SFI, "EF.ARR"
        if self.by_sfi(holder, _ARR_SFI) is not None:
            arr.sfi = None
        rules: dict[bytes, int] = {}
        for node in [*nodes, arr]:
            number = rules.setdefault(self._expanded(node), len(rules) + 1)
            if number <= 254:
                node.reference = fid, number
        size = max(map(len, rules))
        if size <= 255:
            arr.record_size = size
            rows = list(rules)[:254]
            arr.body = bytearray(b"".join(row.ljust(size, b"\xff") for row in rows))
            self.add(arr)
        else:
            for node in nodes:
                node.reference = None

    def _expanded(self, node: Node) -> bytes:
        return encode_expanded(self.rules(node), is_directory=node.is_directory)

    # -- the way back -------------------------------------------------------------------------

    def to_images(self, *, updates: bool = False) -> tuple[MfImage, list[FileImage]]:
        """The MF and its files as images, content and states as they are now; with ``updates``
        the counters too."""
        mf = MfImage(
            access=self.root.access,
            arr=_join_arr(self.root.arr),
            fcp_raw=self.root.fcp_raw,
            life_cycle=self.root.life_cycle,
        )
        return mf, self._children_to_images(self.root, updates)

    def _children_to_images(self, directory: Node, updates: bool) -> list[FileImage]:
        children = directory.children.values()
        return [self._to_image(node, updates) for node in children if self.changed or not node.made]

    def _to_image(self, node: Node, updates: bool) -> FileImage:
        assert node.kind != "mf"
        records = [node.record(n) for n in range(1, node.record_count + 1)]
        plain = not node.is_directory and not node.has_records
        return FileImage(
            fid=node.fid,
            name=node.name,
            type=node.kind,
            aid=node.aid,
            sfi=node.sfi,
            size=len(node.body) if plain else None,
            record_size=node.record_size or None,
            record_count=node.record_count or None,
            data=bytes(node.body) if plain else b"",
            records=records,
            access=node.access,
            arr=_join_arr(node.arr),
            life_cycle=node.life_cycle,
            shareable=node.shareable,
            fcp_raw=node.fcp_raw,
            fcp_size=node.fcp_size,
            fcp_fid=node.fcp_fid,
            updates=node.updates if updates else 0,
            files=self._children_to_images(node, updates),
        )


def _join_arr(arr: tuple[int, int] | None) -> str | None:
    return None if arr is None else f"{arr[0]:04X}/{arr[1]}"


def rules_to_access(rules: dict[str, Condition]) -> dict[str, str]:
    """Rules as a card image spells them."""
    return {operation: str(condition) for operation, condition in rules.items()}
