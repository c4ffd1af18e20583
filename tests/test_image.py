"""Card images: schema, errors with lines, and the round trip through YAML."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartboot.errors import ProfileError
from smartboot.image import (
    CardHeader,
    CardImage,
    FileImage,
    PinImage,
    condition_of,
    image_from_data,
    image_from_text,
    load_image,
    write_image,
)
from smartboot.imagefields import protocols_of
from smartboot.imagerules import Condition, parse_condition

TEXT = """\
schema: smartboot/image/1
card: {kind: uicc, protocol: "T=0", channels: 4}
pins:
  - {name: PIN1, reference: 01, value: 0934, enabled: false, unblock: 12345678}
  - {name: ADM1, reference: 0A, value: "hex:0011223344556677", tries: 10, remaining: 2}
mf:
  access: {create-ef: adm1}
files:
  - fid: 2F00
    name: EF.DIR
    type: linear-fixed
    sfi: 30
    record_size: 40
    records: ["61 02 4F00", ""]
    record_count: 4
    access: {read: always, update: ADM1 or pin1}
  - {fid: 2FE2, size: 10, data: "98FF"}
  - fid: 7F50
    type: adf
    aid: A000000063504B43532D3135
    files:
      - fid: 5031
        size: 20000
        data: |
          00112233 44
          55
      - {fid: 6432, size: 64, arr: 2F06/3, life_cycle: deactivated, fcp_size: 128}
      - {fid: 6000, type: cyclic, records: ["01", "0203"]}
"""


def test_hex_fields_are_text_not_numbers():
    image = image_from_text(TEXT)
    assert [f.fid for f in image.files] == [0x2F00, 0x2FE2, 0x7F50]
    assert image.pins[0].value == b"0934\xff\xff\xff\xff"
    assert image.pins[0].unblock == b"12345678"
    assert image.pins[1].value == bytes.fromhex("0011223344556677")
    found = image.find("3F00/7F50/6432")
    assert found is not None
    assert found.fid == 0x6432
    assert found is image.find((0x7F50, 0x6432))
    assert image.find("7F50/6433") is None


def test_bodies_are_padded_with_ff():
    image = image_from_text(TEXT)
    assert image.find("2F00").body == bytes.fromhex("61024f00") + b"\xff" * 156
    assert image.find("7F50/5031").body[:7] == bytes.fromhex("001122334455ff")
    assert image.find("7F50/6000").body == bytes.fromhex("01ff0203")
    assert image.find("7F50").body == b""


def test_round_trip_through_text_is_equal():
    image = image_from_text(TEXT)
    again = image_from_text(image.to_yaml())
    assert again == image
    assert again.to_yaml() == image.to_yaml()


def test_files_round_trip(tmp_path):
    image = image_from_text(TEXT)
    path = tmp_path / "card.yaml"
    write_image(image, path)
    assert load_image(path) == image
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir()] == ["card.yaml"]


def test_no_key_and_no_content_in_repr():
    text = repr(image_from_text(TEXT))
    for secret in ("0934", "12345678", '"3DU', "\\x11\\x22", "001122"):
        assert secret not in text


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("fid: 2FE2", "fid: 2F00", 1, "stands twice"),
        ("size: 64,", "size: 64x,", 27, "files[2].files[1].size"),
        ("size: 64,", "size: 33024,", 27, "33023"),
        ("size: 64,", "siz: 64,", 27, "siz"),
        ("size: 64,", "size: 64, size: 64,", 27, "second time"),
        ("value: 0934", "value: 123456789", 4, "1 to 8 bytes"),
        ("kind: uicc", "kind: foo", 2, "card.kind"),
        ("ADM1 or pin1", "ADM1 or adm99", 16, "adm99"),
        ("ADM1 or pin1", "ADM1 or pin1 and pin2", 16, "no access condition"),
        ("{read: always,", "{reed: always,", 16, "unknown operation"),
        ('"61 02 4F00"', '"61024"', 14, "hex"),
        ("record_size: 40", "record_size: 3", 9, "do not fit"),
        ("record_count: 4", "record_count: 1", 9, "do not fit"),
        ("record_count: 4", "record_count: 255", 15, "254"),
        ("aid: A000000063504B43532D3135", "name: x", 18, "AID"),
        ("fid: 6432", "fid: 7FFF", 27, "reserved"),
        ("fid: 6432", "fid: 5031", 18, "stands twice"),
        ("remaining: 2", "remaining: 11", 5, "tries left"),
        ("reference: 0A", "reference: 01", 1, "same reference"),
        ("sfi: 30", "sfi: 31", 12, "30"),
        ("arr: 2F06/3", "arr: 2F06", 27, "arr"),
        ("smartboot/image/1", "smartboot/image/9", 1, "schema"),
        ('protocol: "T=0"', "protocol: [", 2, "YAML"),
        ('"T=0"', '"T=1", atr: 3B00', 2, "offer"),
        ("name: EF.DIR", 'name: "a\\nb"', 10, "printable"),
    ],
)
def test_errors_say_line_and_field(old, new, line, words):
    assert TEXT.count(old) == 1
    with pytest.raises(ProfileError) as caught:
        image_from_text(TEXT.replace(old, new), "card.yaml")
    assert caught.value.line == line
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"card.yaml:{line}: ")
    assert "0934" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "- a", "x", "a: &a [*a]", "[" * 1500, "\x00", "a: 1\n---\n"])
def test_what_is_no_image_is_a_profile_error(text):
    with pytest.raises(ProfileError):
        image_from_text(text)


def test_aliases_cannot_grow_without_end():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ProfileError, match="too many"):
        image_from_text("\n".join(rows))


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(ProfileError, match="cannot be read"):
        load_image(tmp_path / "absent.yaml")
    (tmp_path / "latin").write_bytes(b"schema: \xe4")
    with pytest.raises(ProfileError, match="UTF-8"):
        load_image(tmp_path / "latin")
    with pytest.raises(ProfileError, match="cannot be written"):
        write_image(CardImage(), tmp_path / "absent" / "card.yaml")


def test_an_image_is_on_the_disk_before_it_takes_its_name(tmp_path, mocker):
    path = tmp_path / "card.yaml"
    seen = []
    real = os.fsync

    def sync(descriptor):
        seen.append((os.fstat(descriptor).st_size, path.exists()))
        real(descriptor)

    mocker.patch("smartboot.image.os.fsync", sync)
    write_image(CardImage(), path)
    assert seen == [(path.stat().st_size, False)]


def test_an_image_can_be_built_from_objects():
    image = CardImage(
        card=CardHeader(protocol="T=1"),
        pins=[PinImage(name="ADM1", reference=0x0A, value="87654321")],
        files=[FileImage(fid=0x7F50, type="adf", aid=b"\xa0" * 5, files=[])],
    )
    assert image_from_data({"card": image.card, "pins": image.pins, "files": image.files}) == image
    assert image_from_text(image.to_yaml()) == image
    with pytest.raises(ProfileError):
        image_from_data({"files": [{"fid": 1, "size": 0}]})


def test_depth_counts_the_mf():
    file = FileImage(fid=0x6F00, size=1)
    for _ in range(6):
        file = FileImage(fid=0x5F00, type="df", files=[file])
    assert len(list(CardImage(files=[file]).walk())) == 7
    with pytest.raises(ProfileError, match="levels"):
        image_from_data({"files": [FileImage(fid=0x5F00, type="df", files=[file])]})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"size": 1, "files": [FileImage(fid=1, size=1)]}, "only a DF"),
        ({"size": 1, "aid": b"A"}, "only a DF"),
        ({"type": "df", "size": 1}, "no size"),
        ({"type": "df", "data": b"x"}, "no size"),
        ({"type": "df", "aid": b"A"}, "AID"),
        ({"type": "adf", "aid": b"A" * 17}, "1 to 16"),
        ({"size": 1, "records": [b"x"]}, "have records"),
        ({}, "size or data"),
        ({"data": b"xx", "size": 1}, "do not fit"),
        ({"data": bytes(33024)}, "do not fit"),
        ({"type": "cyclic", "size": 1, "records": [b"x"]}, "no size"),
        ({"type": "cyclic", "record_size": 4}, "record_count"),
        ({"type": "cyclic", "records": [bytes(256)]}, "255"),
        ({"type": "foo"}, "type"),
        ({"fid": "zz"}, "hex"),
        ({"fid": "12345"}, "fid"),
        ({"access": {"read": 1}}, "text"),
        ({"access": "read"}, "access"),
        ({"data": 7}, "data"),
    ],
)
def test_files_that_cannot_be(values, words):
    with pytest.raises(ProfileError, match=words):
        image_from_data({"files": [{"fid": 0x6F00, **values}]}, "card.yaml")


@pytest.mark.parametrize("atr", ["", "3B", "3C00", "3B80", "3B8081", "3B" * 40])
def test_broken_atrs(atr):
    with pytest.raises(ProfileError, match="ATR"):
        image_from_data({"card": {"atr": atr, "protocol": "T=1"}})


def test_a_given_atr_is_used_and_a_sim_speaks_t0():
    assert CardHeader(atr=bytes.fromhex("3B00")).answer_to_reset.hex() == "3b00"
    assert CardHeader(kind="sim").answer_to_reset[0] == 0x3B
    with pytest.raises(ProfileError, match="T=0"):
        image_from_data({"card": {"kind": "sim", "protocol": "T=1"}})


def test_too_many_files_and_bytes():
    many = [FileImage(fid=n, size=1) for n in range(1, 1002)]
    with pytest.raises(ProfileError):
        image_from_data({"files": many})
    big = [FileImage(fid=n, size=33023) for n in range(1, 130)]
    with pytest.raises(ProfileError, match="bytes"):
        image_from_data({"files": big})


def test_aids_are_unique_across_the_card():
    one = FileImage(fid=0x7F50, type="adf", aid=b"\xa0" * 5)
    two = FileImage(fid=0x7F51, type="df", files=[one])
    with pytest.raises(ProfileError, match="AID"):
        image_from_data({"files": [one, two]})


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Always", Condition("always")),
        ("never", Condition("never")),
        ("PIN1", Condition("any", (1,))),
        ("pin2", Condition("any", (0x81,))),
        ("adm5", Condition("any", (0x0E,))),
        ("adm6", Condition("any", (0x8A,))),
        ("universal-pin", Condition("any", (0x11,))),
        ("pin:02 or adm1", Condition("any", (2, 0x0A))),
        ("pin1 AND adm1", Condition("all", (1, 0x0A))),
    ],
)
def test_conditions(text, condition):
    assert parse_condition(text) == condition
    assert parse_condition(str(condition)) == condition


@pytest.mark.parametrize("text", ["", "or", "pin1 or", "adm11", "pin:0", "pin:00", "a and b", None])
def test_no_conditions(text):
    with pytest.raises(ValueError, match=r"condition|key"):
        parse_condition(text)


def test_default_access_is_read_free_the_rest_adm1():
    file = FileImage(fid=1, size=1)
    assert condition_of(file, "read") == Condition("always")
    assert condition_of(file, "update") == Condition("any", (0x0A,))
    closed = FileImage(fid=1, size=1, access={"read": "pin1"})
    assert condition_of(closed, "update") == Condition("never")


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("channels", [1, 2, 4, 8, 20])
def test_made_up_atr_fits_the_card(protocol, channels):
    atr = CardHeader(protocol=protocol, channels=channels).answer_to_reset
    assert protocols_of(atr) == {protocol}
    check = 0
    for byte in atr[1:]:
        check ^= byte
    assert check == 0
    capabilities = atr[-2]
    assert bool(capabilities & 0x10) == (channels > 1)
    assert capabilities & 7 == (min(channels, 8) - 1 if channels > 1 else 0)


def test_json_schema_can_be_exported():
    schema = CardImage.model_json_schema()
    assert schema["properties"]["schema"]["const"] == "smartboot/image/1"
    assert "FileImage" in schema["$defs"]


_data = st.binary(max_size=40)
_files = st.deferred(
    lambda: st.one_of(
        st.builds(lambda d, n: FileImage(fid=0, size=len(d) + n, data=d), _data, st.integers(1, 9)),
        st.builds(
            lambda r: FileImage(
                fid=0, type="linear-fixed", record_size=41, record_count=5, records=r
            ),
            st.lists(_data, max_size=5),
        ),
        st.builds(lambda f: FileImage(fid=0, type="df", files=_number(f)), _lists),
    )
)
_lists = st.lists(_files, max_size=3)


def _number(files):
    return [file.model_copy(update={"fid": 0x6F00 + n}) for n, file in enumerate(files)]


@settings(max_examples=100, deadline=None)
@given(
    files=_lists,
    name=st.text(max_size=10).filter(str.isprintable),
    key=st.binary(min_size=8, max_size=8),
)
def test_any_image_survives_its_text(files, name, key):
    pins = [PinImage(name=name, reference=1, value=key)]
    try:
        image = image_from_data({"pins": pins, "files": _number(files)})
    except ProfileError:
        return
    assert image_from_text(image.to_yaml()) == image
