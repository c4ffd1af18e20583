"""Card profiles from text: every fault with its place, and what a good one becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smartboot.errors import ProfileError
from smartboot.formats.registry import get
from smartboot.profiles.check import check_profile, profile_accounts
from smartboot.profiles.faults import ProfileFaultsError
from smartboot.profiles.load import (
    load_profile,
    load_profile_or_image,
    profile_from_text,
    profile_variables,
)
from smartboot.profiles.render import directory_files, render

HEAD = "schema: smartboot/profile/1\nname: test\n"
ITEM = """\
  - label: LwM2M Bootstrap
    format: lwm2m
    fid: "6432"
"""
DOCUMENT = """\
    document:
      Security:
        0:
          LwM2M Server URI: coaps://lwm2m.harbor.example:5684
          Bootstrap-Server: true
          Security Mode: psk
          Public Key or Identity: harbor
          Server Public Key: ""
          Secret Key: hex:00112233445566778899AABBCCDDEEFF
"""
SIMPLE = HEAD + "data_objects:\n" + ITEM + DOCUMENT
CP_ITEM = """\
  - label: Bootstrap
    format: oma-cp
    fid: "6411"
    xml: |
      <wap-provisioningdoc version="1.1"><characteristic type="NAPDEF">
        <parm name="NAPID" value="n"/></characteristic></wap-provisioningdoc>
"""


def after(text: str, mark: str, addition: str) -> str:
    """``text`` with lines added behind the first line that contains ``mark``."""
    assert mark in text
    lines = text.splitlines(keepends=True)
    index = next(i for i, line in enumerate(lines) if mark in line)
    return "".join([*lines[: index + 1], addition, *lines[index + 1 :]])


def test_the_simple_profile():
    loaded = profile_from_text(SIMPLE)
    assert check_profile(loaded) == []
    assert len(profile_accounts(loaded)) == 1
    image = render(loaded)
    assert image.find("7F50/6432").body == loaded.documents[0]
    assert image.find("7F50/6430").size == 256
    files = directory_files(loaded)
    assert set(files) == {0x5031, 0x5032, 0x6430}
    assert image.find("7F50/6430").data == files[0x6430]
    assert "harbor" not in repr(loaded)


V = "virtual:\n"
A = "application:\n"
FAULTS = [
    # text, line, field, words
    pytest.param("", None, None, "empty", id="empty"),
    pytest.param("- a", 1, None, "mapping", id="no mapping"),
    pytest.param("schema: smartboot/profile/2", 1, "schema", "should be smartboot/profile/1",
                 id="another schema"),
    pytest.param("name: x", 1, "schema", "should be", id="no schema"),
    pytest.param(HEAD + "  x: y: z", 3, None, "YAML", id="no YAML"),
    pytest.param(HEAD, 1, "data_objects", "is missing", id="no data objects"),
    pytest.param(HEAD + "data_objects: []", 3, "data_objects", "at least 1", id="none at all"),
    pytest.param(HEAD + "data_objects: 7", 3, "data_objects", "list", id="no list"),
    pytest.param(HEAD + "data_objects: [7]", 3, "data_objects[0]", "mapping", id="no objects"),
    pytest.param(SIMPLE + "nmae: x", 16, "nmae", "no such field", id="field unknown"),
    pytest.param(after(SIMPLE, "fid:", "    szie: 7\n"), 7, "data_objects[0].szie",
                 "no such field", id="field of an object unknown"),
    pytest.param(SIMPLE.replace("name: test", "name: a b"), 2, "name", "pattern", id="name"),
    pytest.param(SIMPLE.replace("lwm2m\n", "lwm3m\n"), 5, "data_objects[0].format", "lwm2m",
                 id="format"),
    pytest.param(SIMPLE.replace('"6432"', '"64G2"'), 6, "data_objects[0].fid", "hex", id="fid"),
    pytest.param(SIMPLE.replace('"6432"', '"16432"'), 6, "data_objects[0].fid", "65535",
                 id="fid too large"),
    pytest.param(after(SIMPLE, "fid:", "    private: perhaps\n"), 7, "data_objects[0].private",
                 "boolean", id="boolean"),
    pytest.param(after(SIMPLE, "fid:", "    access: {read: pin7}\n"), 7,
                 "data_objects[0].access.read", "names no key", id="access condition"),
    pytest.param(after(SIMPLE, "fid:", "    oid: 1.x\n"), 7, "data_objects[0].oid", "pattern",
                 id="oid"),
    pytest.param(after(SIMPLE, "fid:", "    oid: 3.1\n"), 3, "data_objects",
                 r"data_objects\[0\]: OID: .* not an object identifier", id="oid arc"),
    pytest.param(after(SIMPLE, "fid:", "    oid: 2.23.43.5.1\n"), 7, "data_objects[0].oid",
                 "stands for oma-cp", id="oid of another format"),
    pytest.param(after(SIMPLE, "fid:", "    sfi: 31\n"), 7, "data_objects[0].sfi", "30", id="sfi"),
    pytest.param(after(SIMPLE, "fid:", "    sfi: 6\n"), 7, "data_objects[0].sfi", "EF.ARR",
                 id="sfi of EF(ARR)"),
    pytest.param(after(SIMPLE, "fid:", "    size: 33000\n"), 7, "data_objects[0].size", "32768",
                 id="size"),
    pytest.param(after(SIMPLE, "fid:", "    size: 50\n"), 7, "data_objects[0].size",
                 "the document has [0-9]+ bytes, the file only 50", id="size too small"),
    pytest.param(after(SIMPLE, "fid:", "    hex: '00'\n"), 7, "data_objects[0].hex",
                 "exactly one way.*here: document, hex", id="two contents"),
    pytest.param(HEAD + "data_objects:\n" + ITEM, 4, "data_objects[0]", "exactly one way",
                 id="no content"),
    pytest.param(after(SIMPLE, "fid:", "    unchecked: true\n"), 7, "data_objects[0].unchecked",
                 "goes with hex or file", id="unchecked document"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    hex: '0'", 7, "data_objects[0].hex",
                 "pairs", id="odd hex"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    hex: '0100'", 7, "data_objects[0].hex",
                 "no lwm2m document", id="hex of no document"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    hex: ''", 7, "data_objects[0].hex",
                 "empty", id="empty hex"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    xml: <a/>", 7, "data_objects[0].xml",
                 "no XML form", id="lwm2m in XML"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    document: 5", 7,
                 "data_objects[0].document", "mapping", id="document of no kind"),
    pytest.param(SIMPLE.replace("Security Mode", "Sekurity Mode"), 7, "data_objects[0].document",
                 "no resource", id="document with a fault"),
    pytest.param(HEAD + "data_objects:\n" + CP_ITEM.replace("</char", "</chr"), 7,
                 "data_objects[0].xml", "XML", id="XML not well-formed"),
    pytest.param(HEAD + "data_objects:\n" + CP_ITEM.replace(
        "<wap-provisioningdoc", '<!DOCTYPE a [<!ENTITY x "y">]><wap-provisioningdoc', 1), 7,
        "data_objects[0].xml", "DOCTYPE|subset", id="DOCTYPE with entities"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    file: a.bin", 7, "data_objects[0].file",
                 "not in a file", id="file of a text"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    file: ../a.bin", 7,
                 "data_objects[0].file", "beside the profile", id="file above"),
    pytest.param(HEAD + "data_objects:\n" + ITEM + "    file: /etc/passwd", 7,
                 "data_objects[0].file", "beside the profile", id="file anywhere"),
    pytest.param(SIMPLE.replace("6432", "5031"), 6, "data_objects[0].fid", "5031 is used twice",
                 id="fid of EF(ODF)"),
    pytest.param(SIMPLE.replace("6432", "6430"), 6, "data_objects[0].fid", "6430 is used twice",
                 id="fid of EF(DODF)"),
    pytest.param(SIMPLE.replace("6432", "3F00"), 6, "data_objects[0].fid", "is the MF", id="MF"),
    pytest.param(SIMPLE.replace("6432", "2F00"), 6, "data_objects[0].fid", "EF.DIR", id="EF DIR"),
    pytest.param(SIMPLE.replace("6432", "7F50"), 6, "data_objects[0].fid", "application's DF",
                 id="fid of the DF"),
    pytest.param(SIMPLE.replace("6432", "6F06"), 6, "data_objects[0].fid", "EF.ARR", id="ARR"),
    pytest.param(SIMPLE + A + "  df: 7FF0", 17, "application.df", "USIM", id="DF of the USIM"),
    pytest.param(SIMPLE + A + "  aid: A0000000871002FF44FFFF8906010000", 17, "application.aid",
                 "USIM", id="AID of the USIM"),
    pytest.param(SIMPLE + A + "  aid: A000", 17, "application.aid", "5 to 16", id="short AID"),
    pytest.param(SIMPLE + A + "  label: " + "x" * 33, 17, "application.label", "32 bytes",
                 id="label too long"),
    pytest.param(SIMPLE + A + "  label: " + "\u00fc" * 17, 17, "application.label", "32 bytes",
                 id="label too long in bytes"),
    pytest.param(SIMPLE + A + '  label: "a\\nb"', 17, "application.label", "printable",
                 id="label of two lines"),
    pytest.param(SIMPLE + A + "  dodf: {fid: 6430, size: 16}", 17, "application.dodf.size",
                 "EF.DODF. needs [0-9]+ bytes and has 16", id="DODF too small"),
    pytest.param(SIMPLE + A + "  odf: {fid: 5031, size: 8}", 17, "application.odf.size", "16",
                 id="ODF smaller than any"),
    pytest.param(SIMPLE + A + f"  token_info: {{fid: 5032, size: 16}}\n  token_label: {'x' * 9}",
                 17, "application.token_info.size", "EF.TokenInfo. needs", id="TokenInfo"),
    pytest.param(SIMPLE + V + '  iccid: "1"', 17, "virtual.iccid", "pattern", id="iccid"),
    pytest.param(SIMPLE + V + '  imsi: "\u0661\u0661\u0661\u0661\u0661\u0661"', 17, "virtual.imsi",
                 "pattern", id="imsi of other digits"),
    pytest.param(SIMPLE + "kind: sim\n" + V + "  protocol: T=1", 18, "virtual.protocol", "T=0",
                 id="sim with T=1"),
    pytest.param(SIMPLE + "kind: sim\n" + V + "  channels: 4", 18, "virtual.channels",
                 "no logical channels", id="sim with channels"),
    pytest.param(after(SIMPLE, "fid:", "    sfi: 7\n") + "kind: sim\n", 7, "data_objects[0].sfi",
                 "no short file", id="sim with sfi"),
    pytest.param(after(SIMPLE, "fid:", "    access: {read: universal-pin}\n") + "kind: sim\n", 7,
                 "data_objects[0].access.read", "a 2G SIM has always", id="sim with another key"),
    pytest.param(SIMPLE + V + "  pins:\n    - {reference: '01', value: '1234'}\n"
                 "    - {reference: '01', value: '1234'}", 19, "virtual.pins[1].reference",
                 "stands twice", id="pin twice"),
    pytest.param(after(SIMPLE, "fid:", "    access: {read: pin2}\n") + V
                 + "  pins:\n    - {reference: '0A', value: '1234'}", 7,
                 "data_objects[0].access.read", "asks for key 81", id="pin that is not there"),
    pytest.param(SIMPLE + "variables: [A]", 16, "variables", "mapping", id="variables"),
    pytest.param(SIMPLE + "variables:\n  a: {}", 17, "variables.a", "no name", id="variable name"),
    pytest.param(SIMPLE + "variables:\n  A: {tpye: hex}", 17, "variables.A.tpye", "no such field",
                 id="variable field"),
    pytest.param(SIMPLE + "variables:\n  A: {type: hxe}", 17, "variables.A.type", "hex",
                 id="variable type"),
    pytest.param(SIMPLE + "variables:\n  A: {length: 2, type: boolean}", 17, "variables.A",
                 "length goes with", id="variable rule"),
    pytest.param(SIMPLE + "variables:\n  A: 7", 17, "variables.A", "mapping|dictionary",
                 id="variable of no kind"),
    pytest.param(SIMPLE + "variables:\n  A: {}", 17, "variables.A", "needs a value",
                 id="variable without value"),
    pytest.param(SIMPLE + "variables:\n  A: {type: iccid, from: card}", 17, "variables.A",
                 "does not tell its ICCID", id="variable of the card"),
    pytest.param(SIMPLE + "description: ${A}", 16, "description", "no such variable",
                 id="variable unknown"),
    pytest.param(SIMPLE + "description: ${a}", 16, "description", "begins a variable",
                 id="variable in small letters"),
    pytest.param(SIMPLE + "description: x ${", 16, "description", "begins a variable",
                 id="variable left open"),
    pytest.param(SIMPLE.replace("harbor\n", "${KEY}\n"), 13,
                 "data_objects[0].document.Security.0.Public Key or Identity",
                 "no such variable", id="variable unknown in a document"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "field", "words"), FAULTS)
def test_a_fault_has_file_line_and_field(text, line, field, words):
    with pytest.raises(ProfileError, match=words) as caught:
        profile_from_text(text, "card.yaml")
    error = caught.value
    assert (error.file, error.line, error.field) == ("card.yaml", line, field)
    assert str(error).startswith("card.yaml")
    assert "\n" not in str(error)
    assert error.exit_status == 5


def test_every_fault_is_there():
    text = after(SIMPLE, "fid:", "    sfi: 99\n    size: none\n") + "nmae: x\n"
    with pytest.raises(ProfileFaultsError, match="and 2 more") as caught:
        profile_from_text(text, "card.yaml")
    assert [(one.line, one.field) for one in caught.value.faults] == [
        (7, "data_objects[0].sfi"),
        (8, "data_objects[0].size"),
        (18, "nmae"),
    ]
    assert caught.value.line == 7


def test_faults_of_documents_and_directory_come_together():
    text = after(SIMPLE, "fid:", "    size: 3\n") + A + "  dodf: {fid: 6430, size: 16}\n"
    with pytest.raises(ProfileFaultsError) as caught:
        profile_from_text(text)
    fields = [one.field for one in caught.value.faults]
    assert fields == ["data_objects[0].size", "application.dodf.size"]


def test_the_size_asked_for_is_enough():
    text = SIMPLE + A + "  dodf: {fid: 6430, size: %d}\n"
    needed = len(directory_files(profile_from_text(text % 256))[0x6430])
    assert render(profile_from_text(text % needed)).find("7F50/6430").size == needed
    with pytest.raises(ProfileError, match=f"needs {needed} bytes and has {needed - 1}"):
        profile_from_text(text % (needed - 1))


def test_size_of_the_document_exactly():
    length = len(profile_from_text(SIMPLE).documents[0])
    image = render(profile_from_text(after(SIMPLE, "fid:", f"    size: {length}\n")))
    assert image.find("7F50/6432").size == length
    with pytest.raises(ProfileError, match=f"has {length} bytes, the file only {length - 1}"):
        profile_from_text(after(SIMPLE, "fid:", f"    size: {length - 1}\n"))


def test_two_objects_in_one_file_and_one_short_identifier():
    text = after(SIMPLE, "fid:", "    sfi: 7\n") + CP_ITEM.replace("6411", "6432").replace(
        "    xml", "    sfi: 7\n    xml"
    )
    with pytest.raises(ProfileFaultsError) as caught:
        profile_from_text(text)
    assert [one.field for one in caught.value.faults] == [
        "data_objects[1].fid",
        "data_objects[1].sfi",
    ]


def test_the_dodf_is_where_phones_look():
    only_cp = profile_from_text(HEAD + "data_objects:\n" + CP_ITEM)
    assert only_cp.profile.dodf.fid == 0x6410
    assert profile_from_text(SIMPLE + CP_ITEM).profile.dodf.fid == 0x6430


def test_hex_is_checked_unless_the_author_says_no():
    good = profile_from_text(SIMPLE).documents[0]
    text = HEAD + "data_objects:\n" + ITEM + f"    hex: {good.hex(' ')}\n"
    assert profile_from_text(text).documents == (good,)
    broken = HEAD + "data_objects:\n" + ITEM + "    hex: '0100'\n"
    with pytest.raises(ProfileError) as caught:
        profile_from_text(broken)
    assert "unchecked: true" in caught.value.hint
    loaded = profile_from_text(broken + "    unchecked: true\n")
    assert loaded.documents == (b"\x01\x00",)
    assert check_profile(loaded) == []
    render(loaded)


# -- files -----------------------------------------------------------------------------------------


def write(folder: Path, text: str, name: str = "card.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_content_from_a_file(tmp_path):
    good = profile_from_text(SIMPLE).documents[0]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.bin").write_bytes(good)
    path = write(tmp_path, HEAD + "data_objects:\n" + ITEM + "    file: docs/a.bin\n")
    assert load_profile(path).documents == (good,)
    (tmp_path / "docs" / "a.bin").write_bytes(b"\x01")
    with pytest.raises(ProfileError, match="no lwm2m document"):
        load_profile(path)


def test_xml_from_a_file_becomes_wbxml(tmp_path):
    xml = CP_ITEM.partition("|\n")[2]
    (tmp_path / "a.xml").write_text(xml, encoding="utf-8")
    item = CP_ITEM.partition("    xml")[0] + "    file: a.xml\n"
    path = write(tmp_path, HEAD + "data_objects:\n" + item)
    expected = profile_from_text(HEAD + "data_objects:\n" + CP_ITEM).documents
    assert load_profile(path).documents == expected
    assert expected[0][:2] == b"\x03\x0b"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(bytes(32769)), "longer than 32768"),
        (lambda path: path.write_bytes(b""), "empty"),
    ],
    ids=["absent", "directory", "too long", "empty"],
)
def test_content_file_that_is_no_use(tmp_path, make, words):
    make(tmp_path / "a.bin")
    path = write(tmp_path, HEAD + "data_objects:\n" + ITEM + "    file: a.bin\n")
    with pytest.raises(ProfileError, match=words) as caught:
        load_profile(path)
    assert (caught.value.line, caught.value.field) == (7, "data_objects[0].file")


def test_profile_files_that_are_none(tmp_path):
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / "absent.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="not UTF-8"):
        load_profile(tmp_path / "bytes.yaml")
    with pytest.raises(ProfileError, match="neither a card profile nor a card image"):
        load_profile_or_image(write(tmp_path, "schema: other\n"))
    with pytest.raises(ProfileError, match="cannot be read"):
        profile_variables(tmp_path / "absent.yaml")


def test_profile_or_image(tmp_path):
    path = write(tmp_path, SIMPLE)
    image = load_profile_or_image(path)
    assert image == render(load_profile(path))
    again = write(tmp_path, image.to_yaml(), "image.yaml")
    assert load_profile_or_image(again) == image


# -- the card --------------------------------------------------------------------------------------


def test_a_2g_sim():
    image = render(profile_from_text(SIMPLE + "kind: sim\n"))
    assert image.card.kind == "sim"
    assert image.card.channels == 1
    assert image.find("7F50").type == "df"
    assert image.find("7F20/6F07") is not None


def test_a_card_without_token_info_and_imsi():
    image = render(profile_from_text(SIMPLE + A + "  token_info:\n" + V + "  imsi:\n"))
    assert image.find("7F50/5032") is None
    assert image.find("7FF0") is None


def test_keys_are_those_that_are_asked_for():
    image = render(profile_from_text(after(SIMPLE, "fid:", "    access: {read: universal-pin}\n")))
    assert {pin.reference: pin.enabled for pin in image.pins} == {
        0x01: False,
        0x0A: True,
        0x11: True,
    }


def test_a_label_of_any_kind_makes_a_card():
    image = render(profile_from_text(SIMPLE.replace("LwM2M Bootstrap", '"' + "\\e[1m" * 50 + '"')))
    assert image.find("7F50/6432").name.isprintable()


def test_a_profile_that_no_rule_refused_and_makes_no_card():
    # The rules are there to prevent it; should one be missing, it is still an error of ours.
    loaded = profile_from_text(SIMPLE)
    application = loaded.profile.application.model_copy(update={"df": 0x2F00})
    profile = loaded.profile.model_copy(update={"application": application})
    with pytest.raises(ProfileError, match=r"makes no card: .*2F00 stands twice"):
        render(replace(loaded, profile=profile, name="card.yaml"))
    application = application.model_copy(update={"label": "x" * 127})
    profile = profile.model_copy(update={"application": application})
    with pytest.raises(ProfileError, match="127"):
        render(replace(loaded, profile=profile))


# -- advice ----------------------------------------------------------------------------------------

ADVICE = [
    ("    private: true\n", "PROFILE-PRIVATE-OPEN"),
    ("    access: {read: pin1}\n", "PROFILE-NOT-PRIVATE"),
    (
        "    private: true\n    access: {read: pin1}\nvirtual: {access_encoding: compact}\n",
        "PROFILE-COMPACT-KEY",
    ),
    ("    access: {read: never}\n", "PROFILE-READ-NEVER"),
    ("    access: {update: always}\n", "PROFILE-UPDATE-OPEN"),
    ("    kind: opaque\n", "PROFILE-KIND"),
    ("    oid: 1.2.3\n", "PROFILE-OID-UNKNOWN"),
]


@pytest.mark.parametrize(("lines", "code"), ADVICE, ids=[code for _, code in ADVICE])
def test_advice(lines, code):
    lines, _, rest = lines.partition("virtual")
    text = after(SIMPLE, "fid:", lines) + (f"virtual{rest}" if rest else "")
    findings = check_profile(profile_from_text(text))
    assert [finding.code for finding in findings] == [code]
    assert findings[0].severity == "warning"
    assert findings[0].where == "data_objects[0]"


def test_advice_on_two_objects_alike():
    second = (ITEM + DOCUMENT).replace("6432", "6433")
    findings = check_profile(profile_from_text(SIMPLE + second))
    codes = [finding.code for finding in findings if finding.code.startswith("PROFILE")]
    assert codes == ["PROFILE-LABEL-TWICE", "PROFILE-OID-TWICE"]
    unprintable = after(SIMPLE.replace("LwM2M Bootstrap", '"a\\tb"'), "fid:", "")
    assert [f.code for f in check_profile(profile_from_text(unprintable))] == [
        "PROFILE-LABEL-UNPRINTABLE"
    ]


def test_findings_on_a_document_name_its_file():
    text = SIMPLE.replace("coaps://", "coap://")
    findings = check_profile(profile_from_text(text))
    assert findings
    assert all(finding.where.startswith("EF 6432") for finding in findings)


def test_advice_on_variables():
    text = SIMPLE + "variables:\n  A: {default: x, secret: true}\n"
    findings = check_profile(profile_from_text(text))
    assert [(f.code, f.where) for f in findings] == [
        ("PROFILE-VARIABLE-UNUSED", "variables.A"),
        ("PROFILE-SECRET-DEFAULT", "variables.A"),
    ]


def test_documents_are_what_the_format_makes_of_them():
    loaded = profile_from_text(SIMPLE)
    decoded = get("lwm2m").decode(loaded.documents[0])
    assert decoded.findings == ()
    assert decoded.used == len(loaded.documents[0])
