"""CREATE, DELETE, RESIZE FILE and life cycle commands (TS 102 222) of the virtual UICC."""

from __future__ import annotations

import pytest

from smartboot.image import image_from_text
from tests.support.virtualcards import Talk, sample_image, talk

AID = "A000000063504B43532D3136"


def template(**changes: str | None) -> str:
    """``62 L …`` of a 128-byte transparent EF 6430, with objects changed, added or left out."""
    objects = {"82": "4121", "83": "6430", "8A": "05", "8B": "6F0601", "80": "0080", "88": ""}
    for key, value in changes.items():
        objects[key.removeprefix("t")] = value
    given = {tag: value for tag, value in objects.items() if value is not None}
    inner = "".join(f"{tag}{len(value) // 2:02X}{value}" for tag, value in given.items())
    return f"62{len(inner) // 2:02X}{inner}"


def directory(fid: str = "7F51", **changes: str | None) -> str:
    """The template of a DF."""
    return template(**{"t82": "7821", "t83": fid, "t80": None, "t88": None, **changes})


def create(text: str, channel: int = 0) -> str:
    return f"0{channel}E00000{len(text) // 2:02X}{text}"


EF = template()
ADF = directory(t84=AID, t8B="2F0601", t81="0800", tC6="90014083010183010A")


def in_pkcs15() -> Talk:
    card = talk()
    card.adm()
    card("00A4000C027F50")
    return card


def test_create_an_adf_and_files_in_it():
    card = talk()
    assert card(create(ADF)) == "6982"
    card.adm()
    assert card(create(ADF)) == "9000"
    # The new file is current: EFs go into it at once, if its rule allows that.
    assert card(create(EF)) == "9000"
    assert card(f"00A4040C0C{AID}") == "9000"
    assert card("00A4080C047FFF6430") == "9000"
    card("00A4000C")
    assert card(create(ADF)) == "6A89"
    assert card(create(ADF.replace("7F51", "7F52"))) == "6A8A"


def test_published_commands_of_ts_102_222():
    """Written by hand from the tags; 5031 and 6432 exist, 6430 does not."""
    card = in_pkcs15()
    assert card("00E0000018621682024121830264308A01058B036F0602800200808800") == "9000"
    card("00A4000C027F50")
    assert card("80D400000A62088302643280020800") == "6982"
    assert card("80D400000A62088302503180020800") == "9000"


def test_create_a_transparent_file_write_and_keep_it():
    card = in_pkcs15()
    assert card(create(EF)) == "9000"
    assert card("00B0000003") == "FFFFFF9000"
    assert card("00D600000411223344") == "9000"
    assert card.fetched("00A40004026430") == EF + "9000"
    saved = card.card.to_image()
    assert saved.find("7F50/6430").body[:5].hex() == "11223344ff"
    assert saved.card.memory < sample_image().card.memory
    again = Talk(image_from_text(saved.to_yaml()))
    assert again.fetched("00A40804047F506430") == EF + "9000"
    assert again("00B0000004") == "112233449000"
    assert again("00D6000001FF") == "6982"
    assert again.card.to_image() == saved


def test_create_linear_fixed_cyclic_and_directories():
    card = in_pkcs15()
    linear = template(t82="4221000A03", t83="6F01", t80="001E", t88="10")
    assert card(create(linear)) == "9000"
    assert card("00B203040A") == "FF" * 10 + "9000"
    assert card.fetched("00A40004026F01") == linear + "9000"
    assert card("00A4000C027F50") == "9000"
    assert card("00B2011404") == "6C0A"
    card("00A4000C027F50")
    assert card(create(template(t82="46210005", t83="6F02", t80="000A"))) == "9000"
    assert card("00B2020405") == "FF" * 5 + "9000"
    assert card(create(directory("5F01", t82="3821", t8B=None, t8C="07000000"))) == "9000"
    assert card(create(EF)) == "9000"
    assert card.fetched("00A40804067F505F016430")[-4:] == "9000"
    saved = card.card.to_image()
    assert saved.find("7F50/6F01").sfi == 2
    assert saved.find("7F50/6F02").type == "cyclic"
    assert saved.find("7F50/5F01").shareable is False
    assert saved.find("7F50/5F01").access == {
        "create-df": "always",
        "create-ef": "always",
        "delete-child": "always",
    }


LINEAR = {"t82": "4221001402", "t80": "0028"}


@pytest.mark.parametrize(
    ("text", "sw"),
    [
        (template(t83="5031"), "6A89"),
        (template(t83="3F00"), "6A80"),
        (template(t83="7FFF"), "6A80"),
        (template(t83="643000"), "6A80"),
        (template(t83=None), "6A80"),
        (template(t80="0000"), "6A80"),
        (template(t80="80FF"), "6A84"),
        (template(t80="8100"), "6A80"),
        (template(t80=None), "6A80"),
        (template(t80=""), "6A80"),
        (template(t86="00"), "6A80"),
        (template(t82="4421"), "6A80"),
        (template(t82="C121"), "6A80"),
        (template(t82="41210001"), "6A80"),
        (template(t82="41"), "6A80"),
        (template(t82=None), "6A80"),
        (template(t8A="04"), "6A80"),
        (template(t8A="0C"), "6A80"),
        (template(t8A="0505"), "6A80"),
        (template(t8A=None), "6A80"),
        (template(t8A="01"), "9000"),
        (template(t8A="03"), "9000"),
        (template(t8A="07"), "9000"),
        (template(t8B=None), "6A80"),
        (template(t8B="6F0600"), "6A80"),
        (template(t8B="6F06"), "6A80"),
        (template(t8B="6F06000101"), "6A80"),
        (template(t8C="0100"), "6A80"),
        (template(t8B=None, t8C="0100"), "9000"),
        (template(t8B=None, t8C="03FF"), "6A80"),
        (template(t8B=None, t8C="80"), "6A80"),
        (template(t8B=None, tAB="8001019000"), "9000"),
        (template(t8B=None, tAB="800101"), "6A80"),
        (template(t8B=None, tAB="8001019800"), "6A80"),
        (template(t8B=None, tAB="8001029001"), "6A80"),
        (template(tA5="C201"), "6A80"),
        (template(t84=AID), "6A80"),
        (template(t88="F8"), "6A80"),
        (template(t88="09"), "6A80"),
        (template(t88="0808"), "6A80"),
        (template(t88="08"), "9000"),
        (template(t88=None), "9000"),
        (template(**LINEAR), "9000"),
        (template(**{**LINEAR, "t82": "42210014"}), "9000"),
        (template(**{**LINEAR, "t82": "4221001403"}), "6A80"),
        (template(**{**LINEAR, "t82": "4221"}), "6A80"),
        (template(**{**LINEAR, "t80": "0029"}), "6A80"),
        (template(**{**LINEAR, "t82": "4221010001", "t80": "0100"}), "6A80"),
        (template(**{**LINEAR, "t82": "4221000002"}), "6A80"),
        (directory(), "9000"),
        (directory(t82="78210001"), "6A80"),
        (directory(t84="A0" * 17), "6A80"),
        (directory(t84="A000000063504B43532D3135"), "6A8A"),
        ("62820016" + EF[4:], "9000"),
        ("628116" + EF[4:], "9000"),
        ("6283000016" + EF[4:], "6A80"),
        (EF + "00", "6A80"),
        (EF + EF, "6A80"),
        ("6215" + EF[4:], "6A80"),
        ("6F16" + EF[4:], "6A80"),
        ("6200", "6A80"),
        ("6280", "6A80"),
        ("62", "6A80"),
    ],
)
def test_templates(text, sw):
    card = in_pkcs15() if "80FF" not in text else _small()
    before = card.card.to_image()
    assert card(create(text)) == sw
    if sw != "9000":
        assert card.card.to_image() == before


def _small() -> Talk:
    card = talk(memory=1000)
    card.adm()
    card("00A4000C027F50")
    return card


def test_security_environments_in_8b():
    card = in_pkcs15()
    assert card(create(template(t8B="6F0600010102"))) == "9000"
    assert card.card.to_image().find("7F50/6430").arr == "6F06/2"


def test_expanded_rules_in_a_template():
    card = in_pkcs15()
    rule = "8001019000800102A40683010A950108"
    assert card(create(template(t8B=None, tAB=rule))) == "9000"
    assert card("00D600000111") == "9000"
    card.card.reset()
    card("00A4080C047F506430")
    assert card("00D600000111") == "6982"
    assert card.card.to_image().find("7F50/6430").access == {"read": "always", "update": "adm1"}


def test_filling_patterns():
    card = in_pkcs15()
    for fid, pattern, body in (("01", "C1021122", "11222222"), ("02", "C2021122", "11221122")):
        assert card(create(template(t83=f"6F{fid}", tA5=pattern, t80="0004"))) == "9000"
        assert card("00B0000004") == body + "9000"
        card("00A4000C027F50")


def test_memory_depth_and_absent_rules():
    card = talk(memory=300)
    card.adm()
    card("00A4000C027F50")
    assert card(create(EF)) == "9000"
    assert card(create(template(t83="6431"))) == "9000"
    assert card(create(template(t83="6433"))) == "6A84"
    assert card("00E40000026431") == "9000"
    assert card(create(template(t83="6433"))) == "9000"
    # A file whose EF(ARR) record is nowhere opens to nobody.
    card = talk()
    card.adm()
    assert card(create(EF)) == "9000"
    assert card("00B0000001") == "6982"
    deep = directory("5F01", t8B=None, t8C="07000000")
    card("00A4000C023F00")
    answers = [card(create(deep)) for _ in range(8)]
    assert answers == ["9000"] * 7 + ["6A84"]


def test_delete():
    card = talk()
    card("00A4000C027F50")
    assert card("00E40000025031") == "6982"
    card.adm()
    assert card("00E40000029999") == "6A82"
    assert card("00E40000") == "6700"
    assert card("00E40100025031") == "6A86"
    card("00A4000C025031")
    assert card("00E40000025031") == "9000"
    assert card("00B0000001") == "6986"
    assert card("00A4000C025031") == "6A82"
    assert card("00E40000025F3A") == "9000"
    assert card.card.to_image().find("7F50/5F3A") is None
    assert card.card.to_image().find("7F50/6432") is not None


def test_delete_what_another_channel_uses():
    card = in_pkcs15()
    card("0070000001")
    card("01A4080C067F505F3A4F01")
    assert card("00E40000025F3A") == "6985"
    card("01A4000C023F00")
    assert card("00E40000025F3A") == "9000"
    # The file's own rule is enough too.
    card("00A4000C027F10")
    card.card.reset()
    card("00A4000C027F10")
    assert card("00E40000026F07") == "9000"


def test_deleting_the_application_itself():
    card = talk()
    card.adm()
    card("00A4040C0CA000000063504B43532D3135")
    card("00A4000C023F00")
    assert card("00E40000027F50") == "9000"
    assert card("00A4080C047FFF5031") == "6A82"
    assert card("00A4040C0CA000000063504B43532D3135") == "6A82"


def test_resize():
    command = "80D400000A6208830250318002{}"
    card = talk()
    card("00A4000C027F50")
    assert card(command.format("0040")) == "6982"
    card.adm()
    assert card(command.format("0040")) == "9000"
    assert card.fetched("00A40004025031").count("80020040") == 1
    assert card("00B0000008") == "A7063004040264309000"
    assert card("00B0002020") == "FF" * 32 + "9000"
    assert card(command.format("0004")) == "9000"
    assert card("00B0000004") == "A70630049000"
    assert card("00B0000400") == "6B00"
    assert card(command.format("0000")) == "6A80"
    assert card(command.format("8100")) == "6A80"
    assert card(command.format("0040").replace("5031", "5039")) == "6A82"
    assert card(command.format("0040").replace("5031", "5F3A")) == "6981"
    assert card("80D400000462028302") == "6A80"
    assert card("00D4000004") == "6700"
    assert card(command.format("0040").replace("80D4", "00D4")) == "6E00"


def test_life_cycle():
    card = talk()
    card("00A4080C047F106F07")
    assert card("00440000") == "9000"
    assert card("00040000026F07") == "9000"
    assert card("00B0000001") == "6985"
    assert card("00440800047F106F07") == "9000"
    assert card("00B0000001") == "FF9000"
    assert card("00E80000026F07") == "6982"
    card.adm()
    assert card("00E60000026F07") == "6981"
    assert card("00E80000026F07") == "9000"
    assert card("00A4000C026F07") == "6285"
    assert card("00B0000001") == "6985"
    assert card("00440000") == "6985"
    assert card("0044000002FFFF") == "6A82"
    assert card("00440001") == "6A86"
    saved = card.card.to_image()
    assert saved.find("7F10/6F07").life_cycle == "terminated"
    assert Talk(saved).fetched("00A40804047F106F07") == "6285"
    assert card("00FE0000") == "6D00"


def test_written_arr_records_are_kept():
    card = talk()
    card.adm()
    card("00A4080C047F506F06")
    size = int(card("00B2010400")[2:], 16)
    rule = "80017F9000".ljust(2 * size, "F")
    assert card(f"00DC0104{size:02X}{rule}") == "9000"
    saved = card.card.to_image()
    assert saved.find("7F50/6F06").records[0].hex() == "80017f9000"
    assert talk().card.to_image().find("7F50/6F06") is None
