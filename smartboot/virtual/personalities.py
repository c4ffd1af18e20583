"""Cards with character: what single makes of cards do their own way, to be put on any card image.

A personality is data: traits of the card header, quirks, and changes to the files. Each is a
behaviour that standards leave open or that was published of real cards (terminal vendors' release
notes, readers' workarounds, questions of integrators); none claims to be one product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from smartboot.errors import UsageError
from smartboot.image import CardImage, image_from_data

__all__ = ["PERSONALITIES", "Personality", "apply_personality"]

_EF_DIR = "2F00"
_PKCS15_RID = "A000000063"

Plain = dict[str, Any]
"""A card image as plain data, the way its YAML spells it."""


@dataclass(frozen=True, slots=True)
class Personality:
    """``card`` and ``quirks`` replace fields of the card header; ``steps`` change the files."""

    name: str
    summary: str
    card: Mapping[str, Any] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Callable[[Plain], None], ...] = ()

    @property
    def is_sim(self) -> bool:
        """Whether it turns the card into a 2G SIM."""
        return self.card.get("kind") == "sim"


def _walk(files: list[Plain]) -> Iterator[Plain]:
    for file in files:
        yield file
        yield from _walk(file.get("files", []))


def _dir_records(image: Plain) -> list[Plain]:
    return [file for file in image.get("files", []) if file["fid"] == _EF_DIR]


def _without_pkcs15_in_dir(image: Plain) -> None:
    for file in _dir_records(image):
        kept = [row for row in file.get("records", []) if _PKCS15_RID not in row.upper()]
        # The file keeps its size: the record was never written, not taken out.
        file["records"] = kept


def _dir_without_path(image: Plain) -> None:
    for file in _dir_records(image):
        file["records"] = [_cut_path(bytes.fromhex(row)) for row in file.get("records", [])]


def _cut_path(record: bytes) -> str:
    """An application template (61) without its path (51) and what lies behind the template."""
    if len(record) < 2 or record[0] != 0x61 or record[1] > len(record) - 2:
        return record.hex()
    inner, at, kept = record[2 : 2 + record[1]], 0, b""
    while at + 2 <= len(inner):
        end = at + 2 + inner[at + 1]
        if inner[at] != 0x51:
            kept += inner[at:end]
        at = end
    return (bytes((0x61, len(kept))) + kept).hex()


def _without_dir(image: Plain) -> None:
    image["files"] = [file for file in image.get("files", []) if file["fid"] != _EF_DIR]


def _short_identifiers_gone(image: Plain) -> None:
    for file in _walk(image.get("files", [])):
        file.pop("sfi", None)


def _applications_to_directories(image: Plain) -> None:
    """A 2G SIM knows DFs only, and no short file identifiers."""
    for file in _walk(image.get("files", [])):
        if file.get("type") == "adf":
            file["type"] = "df"
            file.pop("aid", None)
    _short_identifiers_gone(image)


def _one_id_for_all(image: Plain) -> None:
    """Every EF of an application shows the id of its last one in the FCP."""
    for directory in _walk(image.get("files", [])):
        if directory.get("type") != "adf":
            continue
        plain = [f for f in directory.get("files", []) if f.get("type", "") not in ("df", "adf")]
        for file in plain:
            file["fcp_fid"] = plain[-1]["fid"]


def _table(*entries: Personality) -> Mapping[str, Personality]:
    return MappingProxyType({entry.name: entry for entry in entries})


PERSONALITIES = _table(
    Personality("plain", "the standard's card: T=0, 6Cxx for a wrong length, EF(ARR), channels"),
    Personality(
        "announced-reads",
        "answers READ with 61xx and gives the data in pieces of 64 bytes by GET RESPONSE",
        quirks={"read_answer": "announced", "response_piece": "64"},
    ),
    Personality(
        "end-6282",
        "a READ past the end gives what there is and 6282",
        card={"end_of_file": "6282"},
    ),
    Personality(
        "end-short",
        "a READ past the end gives what there is and 9000",
        card={"end_of_file": "short"},
    ),
    Personality(
        "end-6700",
        "a READ past the end is refused with 6700",
        card={"end_of_file": "67"},
    ),
    Personality(
        "small-buffer",
        "reads and writes 128 bytes at a time at most: 6C80 for more, 6700 on UPDATE",
        quirks={"read_limit": "128", "write_limit": "128"},
    ),
    Personality(
        "no-channels",
        "has no logical channels: MANAGE CHANNEL gives 6881",
        card={"channels": "1"},
    ),
    Personality(
        "no-channel-command",
        "does not know MANAGE CHANNEL: 6D00",
        card={"channels": "1"},
        quirks={"no_channel": "6D00"},
    ),
    Personality(
        "channels-taken",
        "has no logical channel free: 6A81",
        card={"channels": "1"},
        quirks={"no_channel": "6A81"},
    ),
    Personality(
        "fcp-compact",
        "shows its access rules as compact bytes in the FCP (8C)",
        card={"access_encoding": "compact"},
    ),
    Personality(
        "fcp-expanded",
        "shows its access rules in full in the FCP (AB)",
        card={"access_encoding": "expanded"},
    ),
    Personality(
        "fcp-environments",
        "refers to a record of EF(ARR) for each security environment (8B of six bytes)",
        quirks={"fcp": ["se-pairs"]},
    ),
    Personality(
        "fcp-iso",
        "answers SELECT with the FCI of ISO/IEC 7816-4 (6F), objects in reverse, long lengths",
        quirks={"fcp": ["6F", "reversed", "long-lengths"]},
    ),
    Personality(
        "fcp-crowded",
        "puts private objects and the total size into the FCP",
        quirks={"fcp": ["unknown-tags", "total-size"]},
    ),
    Personality(
        "fcp-bare",
        "leaves the number of records and the file id out of the FCP",
        quirks={"fcp": ["no-record-count", "no-fid"]},
    ),
    Personality(
        "fcp-without-size",
        "does not say how large a file is",
        quirks={"fcp": ["no-size"]},
    ),
    Personality(
        "sizeless-6282",
        "does not say how large a file is, and ends it with 6282",
        card={"end_of_file": "6282"},
        quirks={"fcp": ["no-size"]},
    ),
    Personality(
        "sizeless-short",
        "does not say how large a file is, and gives what there is",
        card={"end_of_file": "short"},
        quirks={"fcp": ["no-size"]},
    ),
    Personality(
        "one-id",
        "names the same file id in the FCP of every file of an application",
        steps=(_one_id_for_all,),
    ),
    Personality(
        "aid-answers-mf",
        "answers SELECT by AID with the FCP of the MF",
        quirks={"name_answer": "mf"},
    ),
    Personality(
        "aid-answers-nothing",
        "answers SELECT by AID with 9000 and no FCP, though asked",
        quirks={"name_answer": "none"},
    ),
    Personality(
        "aid-refused",
        "does not find applications by their AID; their DFs are there",
        quirks={"select_by_name": "none"},
    ),
    Personality(
        "no-path-selection",
        "refuses SELECT by path (6A86); files are reached one by one",
        quirks={"select_by_path": "false"},
    ),
    Personality(
        "no-current-adf",
        "does not know 7FFF as the id of the current application",
        quirks={"current_adf": "false"},
    ),
    Personality(
        "always-fcp",
        "announces the FCP of a SELECT that did not ask for it",
        quirks={"no_data_select": "announced"},
    ),
    Personality(
        "no-quiet-select",
        "refuses a SELECT that asks for no answer (P2 = 0C)",
        quirks={"no_data_select": "refused"},
    ),
    Personality(
        "dir-without-pkcs15",
        "does not list the PKCS#15 application in EF(DIR)",
        steps=(_without_pkcs15_in_dir,),
    ),
    Personality(
        "dir-without-path",
        "lists applications in EF(DIR) by AID alone",
        steps=(_dir_without_path,),
    ),
    Personality("no-dir", "has no EF(DIR)", steps=(_without_dir,)),
    Personality("t1", "speaks T=1", card={"protocol": "T=1", "atr": None}),
    Personality(
        "t1-small-buffer",
        "speaks T=1 and gives 128 bytes a READ at most, with 9000",
        card={"protocol": "T=1", "atr": None},
        quirks={"read_limit": "128", "write_limit": "128"},
    ),
    Personality(
        "t1-6282",
        "speaks T=1, a READ past the end gives 6282; no channels",
        card={"protocol": "T=1", "atr": None, "end_of_file": "6282", "channels": "1"},
    ),
    Personality(
        "toolkit",
        "has a toolkit command waiting: 910F where others say 9000",
        quirks={"proactive": "15"},
    ),
    Personality(
        "no-tries-query",
        "does not tell the tries left of a key (VERIFY without data: 6700)",
        quirks={"tries_query": "false"},
    ),
    Personality(
        "no-administration",
        "takes no CREATE, DELETE or RESIZE FILE after it left the factory",
        card={"unsupported": ["E0", "E4", "D4"]},
    ),
    Personality(
        "both-generations",
        "answers the commands of a 2G SIM as well",
        card={"sim_commands": "true"},
    ),
    Personality(
        "sim-2g",
        "is a 2G SIM: class A0 only, no AIDs, no channels, no FCP",
        card={"kind": "sim", "protocol": "T=0", "atr": None, "channels": "1"},
        steps=(_applications_to_directories,),
    ),
)
"""Every personality by its name."""


def apply_personality(image: CardImage, name: str) -> CardImage:
    """``image`` with the habits of a personality; what the image says of its own is replaced.

    Errors: UsageError for an unknown name; ProfileError where the two do not go together.
    """
    personality = PERSONALITIES.get(name)
    if personality is None:
        raise UsageError(
            f"{name[:40]!r} is no card personality", hint="known are " + ", ".join(PERSONALITIES)
        )
    plain = image.model_dump(mode="json", by_alias=True, exclude_none=True)
    header = plain["card"]
    header.update(personality.card)
    if personality.quirks:
        header["quirks"] = {**header.get("quirks", {}), **personality.quirks}
    for step in personality.steps:
        step(plain)
    return image_from_data(plain, f"personality {name}")
