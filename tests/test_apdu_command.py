"""Command and response APDUs: the four cases, short and extended, as APDU and as T=0 TPDU."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartboot.apdu import Command, Response
from smartboot.errors import DecodeError, UsageError

# ISO/IEC 7816-4, 5.1 and 7816-3, 12.1 and 12.2: case, APDU, T=0 TPDU (None: T=0 has none).
CASES = [
    pytest.param(Command(0, 0x70, 0x80, 1), 1, "00708001", "0070800100", id="case 1"),
    pytest.param(Command(0, 0xB0, 1, 2, le=16), 2, "00B0010210", "00B0010210", id="case 2"),
    pytest.param(Command(0, 0xB0, le=256), 2, "00B0000000", "00B0000000", id="case 2, Le 256"),
    pytest.param(
        Command(0, 0xA4, 8, 0xC, b"\x2f\xe2"), 3, "00A4080C022FE2", "00A4080C022FE2", id="case 3"
    ),
    pytest.param(
        Command(0, 0xA4, 8, 4, b"\x2f\xe2", 256),
        4,
        "00A40804022FE200",
        "00A40804022FE2",
        id="case 4: T=0 drops Le",
    ),
    pytest.param(Command(0, 0xB0, le=257), 2, "00B00000000101", None, id="case 2 extended"),
    pytest.param(Command(0, 0xB0, le=65536), 2, "00B00000000000", None, id="case 2, Le 65536"),
    pytest.param(
        Command(0, 0xD6, data=bytes(256)), 3, "00D60000000100" + "00" * 256, None, id="case 3 ext."
    ),
    pytest.param(
        Command(0, 0xA4, data=b"\x01", le=257), 4, "00A40000000001010101", None, id="case 4 ext."
    ),
]


@pytest.mark.parametrize(("command", "case", "apdu", "tpdu"), CASES)
def test_cases_both_ways(command: Command, case: int, apdu: str, tpdu: str | None) -> None:
    assert command.case == case
    assert command.to_bytes().hex().upper() == apdu
    assert Command.from_bytes(bytes.fromhex(apdu)) == command
    if tpdu is None:
        with pytest.raises(UsageError, match="T=0"):
            command.to_tpdu()
    else:
        assert command.to_tpdu().hex().upper() == tpdu


@given(
    st.builds(
        Command,
        *[st.integers(0, 255)] * 4,
        data=st.binary(max_size=300),
        le=st.none() | st.integers(1, 65536),
    )
)
def test_parsing_undoes_writing(command: Command) -> None:
    assert Command.from_bytes(command.to_bytes()) == command


@given(st.binary(max_size=40))
def test_any_bytes_give_a_command_or_a_decode_error(raw: bytes) -> None:
    try:
        command = Command.from_bytes(raw)
    except DecodeError as error:
        assert error.offset is not None
    else:
        # The same command may have been written in the extended form without need.
        assert command.header == raw[:4]


@pytest.mark.parametrize(
    ("raw", "offset"),
    [
        pytest.param("00A404", 3, id="header cut off"),
        pytest.param("00A4040003AABB", 4, id="Lc more than there is"),
        pytest.param("00A4040001AABBCC", 4, id="more than Le behind the data"),
        pytest.param("00A404000000", 4, id="extended length cut off"),
        pytest.param("00A4040000000200", 5, id="extended Lc more than there is"),
    ],
)
def test_wrong_lengths_are_told_with_their_offset(raw: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        Command.from_bytes(bytes.fromhex(raw))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "arguments",
    [{"cla": 256, "ins": 0}, {"cla": 0, "ins": -1}, {"cla": 0, "ins": 0, "le": 0}],
)
def test_values_that_fit_no_byte_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Command(**arguments)


def test_response_splits_data_and_status() -> None:
    response = Response.from_bytes(bytes.fromhex("0102" + "6C10"))
    assert (response.data, response.sw, response.sw1, response.sw2) == (b"\1\2", 0x6C10, 0x6C, 0x10)
    assert response.to_bytes().hex() == "01026c10"
    with pytest.raises(DecodeError):
        Response.from_bytes(b"\x90")


def test_repr_shows_no_data() -> None:
    command = Command(0, 0x20, 0, 1, b"1234\xff\xff\xff\xff")
    assert "1234" not in repr(command)
    assert "secret" not in repr(Response(b"secret", 0x9000))
