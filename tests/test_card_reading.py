"""Reading and writing files: chunks, ends, short answers, and the steps of a write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.card import FileInfo, FileKind, FilePath, open_card
from smartboot.card.files import chunk_length
from smartboot.card.tree import probe, read_records
from smartboot.errors import (
    CardError,
    FileAbsentError,
    SecurityStatusError,
    UsageError,
)
from smartboot.transport.base import CardProtocol
from tests.support.scripted import AnsweringCard, ScriptedCard

SELECT_ICCID = "00A4080C022FE2 > 9000\n"
PATH = FilePath((0x3F00, 0x6432))


def start(text: str, protocol: CardProtocol = CardProtocol.T0):
    connection = ScriptedCard(SELECT_ICCID + text, protocol)
    return connection, open_card(connection).basic()


def ef(size: int | None, kind: FileKind = FileKind.TRANSPARENT, **fields) -> FileInfo:
    return FileInfo(path=PATH, kind=kind, size=size, **fields)


class Memory:
    """A card with one transparent EF; counts how often each byte is read."""

    def __init__(self, size: int, most: int = 256) -> None:
        self.body = bytes(i * 7 & 0xFF for i in range(size))
        self.most = most
        self.reads = [0] * size
        self.card = AnsweringCard(self._answer)

    def _answer(self, command: bytes) -> bytes:
        if command[1] == 0xA4:
            return b"\x90\x00"
        assert command[1] == 0xB0
        assert command[2] < 0x80, "P1 with b8 set names a short file id"
        at, count = command[2] << 8 | command[3], min(command[4] or 256, self.most)
        if at >= len(self.body):
            return b"\x6b\x00"
        if at + (command[4] or 256) > len(self.body):
            return bytes((0x6C, len(self.body) - at & 0xFF))
        for i in range(at, at + count):
            self.reads[i] += 1
        return self.body[at : at + count] + b"\x90\x00"


# -- chunks


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 0x7FFF, 0x8000, 0x8001, 33022, 33023])
def test_files_of_any_size_are_read_once_in_as_few_commands_as_possible(size):
    memory = Memory(size)
    files = open_card(memory.card).basic()
    assert files.read_binary(ef(size)) == memory.body
    assert set(memory.reads) == {1}
    # A file longer than 32 KB needs a shorter read before the last offset a command can name.
    extra = 1 if size > 0x8000 and (size - 0x7FFF) <= 256 else 0
    assert len(memory.card.sent) - 1 <= -(-size // 256) + extra


def test_what_lies_beyond_the_reach_is_a_finding():
    memory = Memory(33023)
    card = open_card(memory.card)
    assert card.basic().read_binary(ef(40000)) == memory.body
    assert [f.code for f in card.findings] == ["CARD-EF-BEYOND-REACH"]


@pytest.mark.parametrize(("offset", "length"), [(0x7FF0, 300), (0x8000, 10), (0x80FE, 1), (0, 0)])
def test_parts_near_the_last_offset(offset, length):
    memory = Memory(33023)
    files = open_card(memory.card).basic()
    assert files.read_binary(ef(33023), offset, length) == memory.body[offset : offset + length]
    assert max(memory.reads) <= 1


@settings(max_examples=500, deadline=None)
@given(st.integers(1, 33023), st.integers(0, 33100), st.integers(0, 33100))
def test_any_part_of_any_file(size, offset, length):
    memory = Memory(size)
    files = open_card(memory.card).basic()
    assert files.read_binary(ef(size), offset, length) == memory.body[offset : offset + length]
    assert max(memory.reads) <= 1


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 33023), st.integers(1, 33023), st.sampled_from([255, 256]))
def test_chunks_always_go_on(at, more, most):
    end = min(at + more, 0x7FFF + most)
    at = min(at, 0x7FFF)
    while at < end:
        count = chunk_length(at, end, 0x7FFF, most)
        assert 1 <= count <= most
        assert at <= 0x7FFF
        at += count
    assert at == max(end, at)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700, 1024])
def test_a_file_of_unknown_size_is_read_to_its_end(size):
    memory = Memory(size)
    files = open_card(memory.card).basic()
    assert files.read_binary(ef(None, FileKind.UNKNOWN)) == memory.body
    assert max(memory.reads) == 1


def test_a_card_that_gives_less_than_asked_is_asked_for_the_rest():
    memory = Memory(500, most=100)
    files = open_card(memory.card).basic()
    assert files.read_binary(ef(500)) == memory.body
    assert len(memory.card.sent) == 1 + 5


# -- ends

READS = [
    pytest.param("00B0000010 > A1A2 6282", "a1a2", id="6282 ends the file"),
    pytest.param("00B0000010 > 6282", "", id="6282 without data"),
    pytest.param("00B0000010 > A1A2 9000\n00B000020E > 6B00", "a1a2", id="6B00 behind the end"),
    pytest.param("00B0000010 > A1A2 9000\n00B000020E > 9000", "a1a2", id="nothing more"),
    pytest.param(f"00B0000010 > {'A1' * 32} 9000", "a1" * 16, id="more than asked is cut"),
    pytest.param(f"00B0000010 > {'A1' * 16} 9110", "a1" * 16, id="91xx is a success"),
    pytest.param(
        "00B0000010 > 6C02\n00B0000002 > A1A2 9000\n00B000020E > 6B00", "a1a2", id="6Cxx is taken"
    ),
]


@pytest.mark.parametrize(("text", "data"), READS)
def test_ends_of_files(text, data):
    connection, files = start(text)
    assert files.read_binary(ef(16)).hex() == data
    assert connection.done()


def test_corrupted_data_is_a_finding():
    connection = ScriptedCard(SELECT_ICCID + f"00B0000010 > {'A1' * 16} 6281")
    card = open_card(connection)
    assert card.basic().read_binary(ef(16)) == b"\xa1" * 16
    assert [f.code for f in card.findings] == ["CARD-DATA-CORRUPTED"]


def test_6c_on_t1_is_taken_once():
    connection, files = start(
        "00B0000010 > 6C02\n00B0000002 > A1A2 9000\n00B000020E > 6B00", CardProtocol.T1
    )
    assert files.read_binary(ef(16)) == b"\xa1\xa2"
    assert connection.done()


@pytest.mark.parametrize("sw", ["6B00", "6C02" + 3 * "\n00B0000002 > 6C02", "6986", "6F00"])
def test_refused_reads(sw):
    connection, files = start(f"00B0000010 > {sw}")
    with pytest.raises(CardError, match="READ BINARY on EF 6432"):
        files.read_binary(ef(16))
    assert connection.done()


def test_a_card_that_drips_is_left():
    card = AnsweringCard(lambda c: b"\x90\x00" if c[1] == 0xA4 else b"\x00\x90\x00")
    with pytest.raises(CardError, match="too small"):
        open_card(card).basic().read_binary(ef(0x8000))
    assert len(card.sent) < 1200


@pytest.mark.parametrize("kind", [FileKind.DF, FileKind.LINEAR_FIXED, FileKind.BER_TLV])
def test_only_transparent_files_are_read_as_such(kind):
    connection, files = start("")
    with pytest.raises(CardError, match="not transparent"):
        files.read_binary(ef(16, kind))
    assert connection.done()


def test_negative_offsets():
    _, files = start("")
    with pytest.raises(UsageError):
        files.read_binary(ef(16), -1)
    with pytest.raises(UsageError):
        files.read_binary(ef(16), 0, -1)


# -- records

LINEAR = ef(8, FileKind.LINEAR_FIXED, record_length=4, record_count=2)


def test_records_are_read_in_order():
    connection, files = start("00B2010404 > A1A2A3A4 9000\n00B2020404 > B1B2B3B4 9000")
    assert read_records(files, LINEAR) == [bytes.fromhex("a1a2a3a4"), bytes.fromhex("b1b2b3b4")]
    assert connection.done()


def test_records_of_unknown_number_are_read_until_refused():
    connection, files = start("00B2010400 > 6C02\n00B2010402 > A1A2 9000\n00B2020400 > 6A83")
    assert read_records(files, ef(None, FileKind.LINEAR_FIXED)) == [b"\xa1\xa2"]
    assert connection.done()


def test_an_absent_record():
    _, files = start("00B2030404 > 6A83")
    with pytest.raises(FileAbsentError, match="READ RECORD on EF 6432"):
        files.read_record(LINEAR, 3)


@pytest.mark.parametrize("number", [0, 255])
def test_record_numbers_are_bounded(number):
    connection, files = start("")
    with pytest.raises(UsageError):
        files.read_record(LINEAR, number)
    with pytest.raises(UsageError):
        files.update_record(LINEAR, number, bytes(4))
    assert connection.done()


def test_the_last_record_number():
    connection, files = start("00B2FE0404 > A1A2A3A4 9000")
    files.read_record(LINEAR, 254)
    assert connection.done()


# -- writing


def test_an_update_is_one_command_for_each_255_bytes():
    data = bytes(i & 0xFF for i in range(300))
    connection, files = start(
        f"00D60010FF{data[:255].hex()} > 9000\n00D6010F2D{data[255:].hex()} > 9000"
    )
    files.update_binary(ef(1000), 0x10, data)
    assert connection.done()


@pytest.mark.parametrize(("offset", "count"), [(10, 7), (-1, 2), (0x8000, 1), (0, 40000)])
def test_an_update_that_does_not_fit_sends_nothing(offset, count):
    connection, files = start("")
    with pytest.raises(UsageError):
        files.update_binary(ef(16 if count < 10 and offset < 100 else 50000), offset, bytes(count))
    assert connection.done()


def test_updates_reach_the_last_byte_a_command_can_name():
    written = bytearray(33022)

    def answer(command: bytes) -> bytes:
        if command[1] == 0xD6:
            at = command[2] << 8 | command[3]
            assert at <= 0x7FFF
            written[at : at + command[4]] = command[5:]
        return b"\x90\x00"

    data = bytes(i % 251 for i in range(33022))
    open_card(AnsweringCard(answer)).basic().update_binary(ef(33023), 0, data)
    assert written == data


def test_update_record():
    connection, files = start("00DC020404A1A2A3A4 > 9000")
    files.update_record(LINEAR, 2, bytes.fromhex("a1a2a3a4"))
    with pytest.raises(UsageError):
        files.update_record(LINEAR, 2, b"\xa1")
    assert connection.done()


def test_a_refused_update_names_the_key():
    info = ef(16, access_reference=(0x2F06, 1))
    connection, files = start(
        """
        00D6000001AA > 6982
        00A40804022F06 > 6113
        00C0000013 > 6211 82054221000B01 83022F06 8002000B 8800 9000
        00B201040B > 800102 A40683010A950108 9000
        00A40804026432 > 6102
        00C0000002 > 6200 9000
        """
    )
    with pytest.raises(SecurityStatusError) as caught:
        files.update_binary(info, 0, b"\xaa")
    assert caught.value.needs == ("ADM1",)
    assert "--adm" in caught.value.hint
    assert connection.done()


def test_an_update_that_nobody_may_do():
    info = ef(16, access_reference=(0x2F06, 1))
    _, files = start(
        """
        00D6000001AA > 6982
        00A40804022F06 > 6113
        00C0000013 > 6211 82054221000501 83022F06 80020005 8800 9000
        00B2010405 > 800101 9000 9000
        00A40804026432 > 6102
        00C0000002 > 6200 9000
        """
    )
    with pytest.raises(SecurityStatusError) as caught:
        files.update_binary(info, 0, b"\xaa")
    assert caught.value.needs == ()
    assert "never allow update" in caught.value.hint


def test_a_refusal_that_cannot_be_explained_stays_what_it_was():
    info = ef(16, access_reference=(0x2F06, 1))
    connection, files = start(
        """
        00D6000001AA > 6982
        00A40804022F06 > 6A82
        00A40804026432 > 6F00
        """
    )
    with pytest.raises(SecurityStatusError, match="UPDATE BINARY on EF 6432: 6982") as caught:
        files.update_binary(info, 0, b"\xaa")
    assert caught.value.needs == ()
    assert connection.done()


CREATE = bytes.fromhex("621682024121830250318A01058B036F0602800200408800")


def test_create_file_selects_its_directory_once():
    connection, files = start(
        f"""
        00A4080C027F50 > 9000
        00E0000018{CREATE.hex()} > 9000
        00A4080C027F50 > 9000
        00E0000018{CREATE.hex()} > 6A89
        """
    )
    files.create_file(FilePath((0x3F00, 0x7F50)), CREATE)
    with pytest.raises(CardError, match="CREATE FILE on file 3F00/7F50: 6A89, file id already"):
        files.create_file(FilePath((0x3F00, 0x7F50)), CREATE)
    assert connection.done()


def test_delete_and_resize_work_from_the_directory():
    connection, files = start(
        """
        00A4080C027F50 > 9000
        00E40000025031 > 9000
        00A4080C027F50 > 9000
        80D400000A62088302643280020800 > 9000
        """
    )
    files.delete_file(FilePath((0x3F00, 0x7F50, 0x5031)))
    files.resize_file(FilePath((0x3F00, 0x7F50, 0x6432)), 2048)
    assert connection.done()


def test_a_directory_already_current_is_not_selected_again():
    connection, files = start(
        f"""
        00A40804027F50 > 610A
        00C000000A > 6208 82027821 83027F50 9000
        00E0000018{CREATE.hex()} > 9000
        """
    )
    files.select(FilePath((0x3F00, 0x7F50)))
    files.create_file(FilePath((0x3F00, 0x7F50)), CREATE)
    assert connection.done()


@pytest.mark.parametrize("template", [b"", bytes(256)])
def test_impossible_templates(template):
    _, files = start("")
    with pytest.raises(UsageError):
        files.create_file(FilePath((0x3F00,)), template)


def test_impossible_sizes_and_places():
    _, files = start("")
    with pytest.raises(UsageError):
        files.resize_file(PATH, 0)
    with pytest.raises(UsageError):
        files.delete_file(FilePath((0x3F00,)))


# -- probing


def test_probe_skips_what_is_absent_and_keeps_what_is_refused():
    connection, files = start(
        """
        00A40804022F00 > 6A82
        00A40804022F05 > 6982
        00A40804022F06 > 6102
        00C0000002 > 6200 9000
        """
    )
    found = probe(files, [FilePath((0x3F00, fid)) for fid in (0x2F00, 0x2F05, 0x2F06)])
    assert [info.path.fid for info in found] == [0x2F05, 0x2F06]
    assert connection.done()
