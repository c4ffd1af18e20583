"""Which file a command is about, what it was for, and what of it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.transport.base import CardProtocol
from smartboot.transport.trace_content import dodf_paths, is_open
from smartboot.transport.trace_entries import split_command
from smartboot.transport.trace_follow import Follower, Meaning, Secrecy

PKCS15 = "A000000063504B43532D3135"
ODF = "A706300404026430"
DODF_OID = "A11E 3006 0C04626F6F74 3006 0604672B0901 A10C 300A 06 02 6701 3004 04026432"
"""One oidDO entry with a path."""


def follow(script: str) -> list[Meaning]:
    """``command > answer`` a line, in hex."""
    follower = Follower()
    found = []
    for text in script.strip().splitlines():
        command, answer = (bytes.fromhex(part) for part in text.split("#")[0].split(">"))
        head, data, _ = split_command(command, CardProtocol.T0)
        found.append(follower.follow(head, data, answer[:-2], int.from_bytes(answer[-2:], "big")))
    return found


def files(script: str) -> list[str]:
    return [meaning.file for meaning in follow(script)]


def last(script: str) -> Meaning:
    return follow(script)[-1]


# -- files


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("00A40000022FE2 > 9000\n00B000000A > 00 9000", "3F00/2FE2 EF(ICCID)"),
        ("00A40804022F00 > 611C\n00B2010428 > 9000", "3F00/2F00 EF(DIR)"),
        ("00A4080C047F105031 > 9000\n00B0000001 > 00 9000", "3F00/7F10/5031 EF"),
        ("00A4080C047F505031 > 9000\n00B0000001 > 00 9000", "3F00/7F50/5031 EF(ODF)"),
        ("00A4080C047FFF6F06 > 9000\n00B2010410 > 00 9000", "7FFF/6F06 EF(ARR)"),
        # By id, from where the directory is.
        ("00A40000027F50 > 9000\n00A40000025031 > 9000\n00B00000 > 9000", "3F00/7F50/5031 EF(ODF)"),
        ("00A40000027F10 > 9000\n00A40000027F20 > 9000", "3F00/7F20 DF(GSM)"),
        ("00A40000027F10 > 9000\n00A40000025F3A > 9000", "3F00/7F10/5F3A DF"),
        ("00A40000027F10 > 9000\n00A40000023F00 > 9000", "3F00 MF"),
        ("00A40000027F10 > 9000\n00A4000C00 > 9000", "3F00 MF"),
        (
            "00A40000027F10 > 9000\n00A4010C025F3A > 9000\n00A4030C00 > 9000",
            "3F00/7F10 DF(TELECOM)",
        ),
        ("00A40000027F10 > 9000\n00A4090C026F3A > 9000", "3F00/7F10/6F3A EF"),
        ("00A40000027F10 > 9000\n00A40000022F00 > 9000", "3F00/2F00 EF(DIR)"),
        # A refused selection changes nothing; a warned one does.
        ("00A40000022FE2 > 9000\n00A40000022F00 > 6A82\n00B0000001 > 9000", "3F00/2FE2 EF(ICCID)"),
        ("00A40000022F00 > 9000\n00A40000022FE2 > 6283\n00B0000001 > 9000", "3F00/2FE2 EF(ICCID)"),
        # The FCP says that 4F00 is a directory, although its id does not look like one.
        (
            "00A40004024F00 > 610D\n00C000000D > 620B 82027821 83024F00 8A0105 9000\n"
            "00A40000026F01 > 9000",
            "3F00/4F00/6F01 EF",
        ),
        ("A0A40000024F00 > 9F0E\nA0C000000E > 000000004F0002000000000000 00 9000", "3F00/4F00 EF"),
        (
            "A0A40000024F00 > 9F0E\nA0C000000E > 000000004F0002000000000000 00 9000\n"
            "A0A40000026F01 > 9000",
            "3F00/4F00/6F01 EF",
        ),
        # Short file ids make a file current whose name they do not tell.
        ("00A40000022FE2 > 9000\n00B0810001 > 00 9000", ""),
        ("00A40000022FE2 > 9000\n00B0810001 > 00 9000\n00B0000001 > 00 9000", ""),
        ("00A40000022F00 > 9000\n00B2010C10 > 00 9000\n00B2020410 > 00 9000", ""),
        # Another way of naming files than any here.
        ("00A40000022FE2 > 9000\n00A4550C026F01 > 9000\n00B0000001 > 00 9000", ""),
        ("00A40000022FE2 > 9000\n00A4000C016F > 9000\n00B0000001 > 00 9000", ""),
    ],
)
def test_the_file_of_the_last_command(script: str, file: str) -> None:
    assert last(script).file == file


def test_a_reset_selects_the_mf() -> None:
    follower = Follower()
    follower.follow(bytes.fromhex("00A40000"), b"\x2f\xe2", b"", 0x9000)
    follower.reset()
    assert follower.follow(bytes.fromhex("00B0000001"), b"", b"", 0x9000).file == ""


def test_channels_have_files_of_their_own() -> None:
    found = follow(
        f"""
        00A40000022F00 > 9000
        0070000001 > 01 9000
        01A4040C0C{PKCS15} > 9000
        01A4080C047FFF5031 > 9000
        00B2010428 > FF 9000
        01B0000001 > FF 9000
        0170800100 > 9000
        0070000001 > 01 9000
        01B0000001 > 9000
        0070000001 > 05 9000
        41A40000022FE2 > 9000
        """
    )
    assert [(m.channel, m.file) for m in found] == [
        (0, "3F00/2F00 EF(DIR)"),
        (0, ""),
        (1, "7FFF ADF(PKCS#15)"),
        (1, "7FFF/5031 EF(ODF)"),
        (0, "3F00/2F00 EF(DIR)"),
        (1, "7FFF/5031 EF(ODF)"),
        (1, ""),
        (0, ""),
        (1, ""),
        (0, ""),
        (5, "3F00/2FE2 EF(ICCID)"),
    ]
    assert {m.phase.value for m in found if m.name == "MANAGE CHANNEL"} == {"channel"}


def test_created_files_are_current() -> None:
    found = follow(
        """
        00A40000027F50 > 9000
        00E0000011 620F 82024121 83026432 80020010 880100 > 9000
        00D6000001AA > 9000
        00E000000A 6208 82027821 83025F01 > 9000
        00B0000001 > 6986
        00A40000026F01 > 9000
        00E40000026F01 > 9000
        80D400000A 6208 83026432 80020020 > 9000
        """
    )
    assert [m.file for m in found] == [
        "3F00/7F50 DF(PKCS#15)",
        "3F00/7F50/6432 EF(LwM2M_Bootstrap)",
        "3F00/7F50/6432 EF(LwM2M_Bootstrap)",
        "3F00/7F50/5F01 DF",
        "",
        "3F00/7F50/5F01/6F01 EF",
        "3F00/7F50/5F01/6F01 EF",
        "3F00/7F50/5F01/6432 EF(LwM2M_Bootstrap)",
    ]
    assert [m.phase.value for m in found] == [
        *("application", "write", "write", "write", "other", "documents", "write", "write"),
    ]


def test_reading_what_was_written_is_verifying() -> None:
    script = """
        00A4080C047F506432 > 9000
        00B0000001 > 00 9000
        00D6000001AA > 9000
        00A4080C047F506432 > 9000
        00B0000001 > AA 9000
    """
    assert [m.phase.value for m in follow(script)] == [
        *("documents", "documents", "write", "verify", "verify")
    ]


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        ("0020000108" + "31" * 8, "keys"),
        ("00A40000022FE2", "identify"),
        ("00A40000022F00", "EF(DIR)"),
        ("00A40000022F06", "access rules"),
        ("00A40000022F05", "other"),
        ("00A40000023F00", "other"),
        ("00A4040C0C" + PKCS15, "application"),
        ("00A40000027F50", "application"),
        ("00A4080C047F506430", "directory"),
        ("00A4080C047F506411", "documents"),
        ("80F2000000", "other"),
    ],
)
def test_what_a_command_was_for(command: str, phase: str) -> None:
    assert last(f"{command} > 9000").phase.value == phase


# -- secrecy


@pytest.mark.parametrize(
    "ins",
    bytes.fromhex("20 21 24 26 28 2A 2C 2D 73 75 82 86 88 89 D8 00 DA E2 F0"),
)
def test_keys_and_everything_unknown_are_secret(ins: int) -> None:
    meaning = last(f"00{ins:02X}000108{'31' * 8} > 3132 9000")
    assert (meaning.data, meaning.answer) == (Secrecy.KEY, Secrecy.KEY)


def test_what_a_key_command_leaves_to_be_fetched_is_as_secret() -> None:
    meaning = last(f"0088000108{'31' * 8} > 6104\n00C0000004 > 31323334 9000")
    assert meaning.answer is Secrecy.KEY
    assert last("00C0000004 > 31323334 9000").answer is Secrecy.KEY


def test_a_header_cut_short_shows_nothing() -> None:
    assert last("00B0 > 31 9000").answer is Secrecy.KEY
    assert last("00 > 31 9000").answer is Secrecy.KEY
    assert last("> 31 9000").answer is Secrecy.KEY


@pytest.mark.parametrize(
    ("select", "read", "answer", "secrecy"),
    [
        ("2FE2", "00B000000A", "98" * 10, Secrecy.DIRECTORY),
        ("2FE2", "00B000000A", "98" * 33, Secrecy.CONTENT),
        ("2F00", "00B2010428", "610E4F0C" + PKCS15, Secrecy.DIRECTORY),
        ("2F00", "00B2010428", "74" * 16, Secrecy.CONTENT),
        ("2F06", "00B2010410", "8001019000", Secrecy.DIRECTORY),
        ("7F505031", "00B0000008", ODF, Secrecy.DIRECTORY),
        ("7F505031", "00B0000008", ODF + "FF" * 8, Secrecy.DIRECTORY),
        ("7F505031", "00B0000108", ODF, Secrecy.CONTENT),
        ("7F505031", "00B0000008", ODF + "FFFFAA", Secrecy.CONTENT),
        ("7F505031", "00B0000008", ODF[:-2], Secrecy.CONTENT),
        ("7F505031", "00B0000008", "A706A00404026430", Secrecy.CONTENT),
        ("7F505032", "00B0000008", "3003020100", Secrecy.DIRECTORY),
        ("7F506430", "00B0000008", DODF_OID, Secrecy.DIRECTORY),
        ("7F506430", "00B0000008", "A104A1023000", Secrecy.CONTENT),
        # An object in place of a path: its content may be a key.
        ("7F506430", "00B0000020", "300E 3000 3000 A108 A006 0404 31323334", Secrecy.CONTENT),
        ("7F506430", "00B0000020", "30 11 3000 3000 A10B 3009 0401AA 0404 31323334",
         Secrecy.DIRECTORY),
        ("7F506430", "00B0000020", "3018 3000 3000 A112 3010 0C0E" + "31" * 14, Secrecy.CONTENT),
        ("7F506432", "00B0000008", DODF_OID, Secrecy.CONTENT),
        ("7F506411", "00B0000008", DODF_OID, Secrecy.CONTENT),
        ("7FFF2FE2", "00B000000A", "98" * 10, Secrecy.CONTENT),
    ],
)  # fmt: skip
def test_contents_are_shown_only_of_directories(
    select: str, read: str, answer: str, secrecy: Secrecy
) -> None:
    command = f"00A4080C{len(select) // 2:02X}{select}"
    meanings = follow(f"{command} > 9000\n{read} > {answer} 9000")
    assert meanings[1].answer is secrecy
    update = f"00{'DC' if read[2:4] == 'B2' else 'D6'}{read[4:8]}"
    data = bytes.fromhex(answer)
    written = follow(f"{command} > 9000\n{update}{len(data):02X}{data.hex()} > 9000")
    assert written[1].data is secrecy


def test_the_directory_that_odf_names_is_one() -> None:
    script = f"00A4080C047F505031 > 9000\n00B0000008 > {ODF.replace('6430', '4411')} 9000\n"
    before = last(f"00A4080C047F504411 > 9000\n00B0000020 > {DODF_OID} 9000")
    after = last(f"{script}00A4080C047F504411 > 9000\n00B0000020 > {DODF_OID} 9000")
    assert (before.file_name, before.answer) == ("EF", Secrecy.CONTENT)
    assert (after.file_name, after.answer) == ("EF(DODF)", Secrecy.DIRECTORY)
    assert after.phase.value == "directory"


def test_pieces_of_a_file_that_are_fetched_count_as_content() -> None:
    script = "00A40000022FE2 > 9000\n00B000000A > 610A\n00C000000A > " + "98" * 10 + " 9000"
    assert last(script).answer is Secrecy.CONTENT


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        (ODF, [(0x6430,)]),
        (ODF + ODF.replace("6430", "6431"), [(0x6430,), (0x6431,)]),
        ("A80630040402 6430", []),
        ("A70A3008 0406 3F007F506430", [(0x3F00, 0x7F50, 0x6430)]),
        ("A7053003040164", []),
        ("A7", []),
        ("", []),
        (ODF * 30, [(0x6430,)] * 16),
    ],
)
def test_paths_in_odf(content: str, paths: object) -> None:
    assert dodf_paths(bytes.fromhex(content)) == paths


def test_files_without_a_name_are_never_open() -> None:
    assert not is_open("EF", b"")
    assert not is_open("", b"")


# -- hostile


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0x00, 0x01, 0x41, 0x80, 0xA0, 0xFF]),
            st.sampled_from([0xA4, 0xC0, 0x70, 0xB0, 0xB2, 0xD6, 0xE0, 0xE4, 0xD4, 0x20, 0x99]),
            st.binary(min_size=2, max_size=3),
            st.binary(max_size=24),
            st.binary(max_size=24),
            st.sampled_from([0x9000, 0x9100, 0x6110, 0x9F17, 0x6283, 0x6A82, 0x0000]),
        ),
        max_size=12,
    )
)
def test_any_commands_can_be_followed(
    rows: list[tuple[int, int, bytes, bytes, bytes, int]],
) -> None:
    follower = Follower()
    for cla, ins, rest, data, answer, sw in rows:
        meaning = follower.follow(bytes((cla, ins)) + rest, data, answer, sw)
        assert len(meaning.path) <= 8 * 5
        if ins in (0x20, 0x99):
            assert meaning.data is Secrecy.KEY
