"""``${NAME}`` in profiles: where it stands, what it becomes, and that no value is ever told."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartboot.errors import ProfileError
from smartboot.formats.registry import get
from smartboot.profiles.faults import ProfileFaultsError
from smartboot.profiles.load import CardFacts, load_profile, profile_from_text
from smartboot.profiles.render import render
from smartboot.profiles.substitute import scrub, substitute
from smartboot.profiles.variables import VariableRule, check_value
from smartboot.yamltext import read_yaml

HEAD = "schema: smartboot/profile/1\nname: test\n"
LWM2M = """\
data_objects:
  - label: LwM2M Bootstrap
    format: lwm2m
    fid: "6432"
    document:
      Security:
        0:
          LwM2M Server URI: ${URI}
          Bootstrap-Server: ${BOOT}
          Security Mode: psk
          Public Key or Identity: ${ID}
          Server Public Key: ""
          Secret Key: ${KEY}
          Client Hold Off Time: ${OFF}
"""
DECLARED = """\
variables:
  URI: {type: uri}
  BOOT: {type: boolean, default: true}
  ID: {}
  KEY: {type: hex, secret: true}
  OFF: {type: integer, default: 10}
"""
GIVEN = {"URI": "coaps://bs.example:5684", "ID": "meter 1", "KEY": "00ff"}
XML = """\
data_objects:
  - label: Bootstrap
    format: oma-cp
    fid: "6411"
    xml: |
      <wap-provisioningdoc version="1.1"><characteristic type="APPLICATION">
      <parm name="APPID" value="w7"/><parm name="PROVIDER-ID" value="%s"/>
      </characteristic></wap-provisioningdoc>
"""
DM2 = """\
data_objects:
  - label: DM
    format: oma-dm
    fid: "6433"
    document:
      carrier: dm-2
      management_objects:
        - ClientURI: urn:oma:mo:oma-dm-dmacc:1.2/X/
          MOData: {X: {SrvID: "${V}", Name: "a ${V} b"}}
"""


def data_of(text: str, values: dict[str, str], **more: object):
    located = read_yaml(text, "card.yaml", typed=lambda p: p[:1] == ("data_objects",))
    return substitute(located, values, **more)


def lwm2m_of(values: dict[str, str], text: str = HEAD + DECLARED + LWM2M):
    loaded = profile_from_text(text, values=values)
    document = get("lwm2m").decode(loaded.documents[0]).document
    plain = get("lwm2m").to_plain(document, show_secrets=True)
    return plain["objects"][0]["instances"][0]["resources"]


def provider(text: str, values: dict[str, str]) -> str:
    loaded = profile_from_text(text, values=values)
    document = get("oma-cp").decode(loaded.documents[0]).document
    (account,) = get("oma-cp").accounts(document)[0]
    return account.server_id


def test_a_document_gets_typed_values():
    resources = lwm2m_of(GIVEN)
    assert resources["LwM2M Server URI"] == "coaps://bs.example:5684"
    assert resources["Bootstrap-Server"] is True
    assert resources["Public Key or Identity"] == "meter 1"
    assert resources["Secret Key"] == "hex:00ff"
    assert resources["Client Hold Off Time"] == 10


def test_the_scalar_itself_is_typed_and_a_part_of_one_is_text():
    rules = "variables:\n  N: {type: integer}\n  B: {type: boolean}\n  H: {type: hex}\n"
    body = (
        'data_objects: [{document: {a: "${N}", b: "${B}", c: "${H}", d: "x${N}", '
        'e: "hex:${H}00", f: ["${N}"], g: "$${N}", h: "${N}${N}", i: 7, j: "$$${N}"}}]\n'
        'description: "${N} ${B} ${H}"\n'
    )
    filled = data_of(HEAD + rules + body, {"N": "5", "B": "true", "H": "ab"})
    assert filled.located.data["data_objects"][0]["document"] == {
        "a": 5, "b": True, "c": "hex:AB", "d": "x5", "e": "hex:AB00", "f": [5], "g": "${N}",
        "h": "55", "i": 7, "j": "$${N}",
    }  # fmt: skip
    assert filled.located.data["description"] == "5 true AB"
    assert filled.used == {"N", "B", "H"}
    assert "AB" not in repr(filled)


def test_text_that_looks_like_hex_or_a_mask_stays_text():
    for value in ("hex:00", "********", "hex:zz"):
        assert lwm2m_of({**GIVEN, "ID": value})["Public Key or Identity"] in (
            value,
            "hex:" + value.encode().hex(),
        )
        partly = (HEAD + DECLARED + LWM2M).replace("${ID}", "${ID}!")
        loaded = profile_from_text(partly, values={**GIVEN, "ID": value})
        assert f"{value}!".encode() in loaded.documents[0]


def test_keys_and_variables_are_left_alone():
    text = HEAD + "variables:\n  A: {description: '${A}', default: '${'}\ndata_objects: {'${A}': 1}"
    filled = data_of(text, {"A": "x"})
    assert filled.located.data["data_objects"] == {"${A}": 1}
    assert filled.located.data["variables"]["A"]["description"] == "${A}"
    assert filled.used == frozenset()


def test_every_other_field_takes_variables():
    text = (HEAD + DECLARED + LWM2M).replace('"6432"', "${FID}").replace(
        "LwM2M Bootstrap", "Lot ${LOT}"
    ) + "virtual: {iccid: '${CARD}', pins: [{reference: 0A, value: 'hex:${ADM}'}]}\n"
    rules = "  FID: {}\n  LOT: {type: integer}\n  CARD: {type: iccid}\n  ADM: {type: hex}\n"
    text = text.replace("variables:\n", "variables:\n" + rules)
    values = {"FID": "6450", "LOT": "7", "CARD": "8988211000000000045", "ADM": "31" * 8}
    image = render(profile_from_text(text, values={**GIVEN, **values}))
    assert image.find("7F50/6450").name == "Lot 7"
    assert image.pins[0].value == b"1" * 8
    assert image.find("2FE2").data.hex() == "988812010000000040f5"


# -- XML -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        'a"b', "a'b", "a<b", "a&b", "]]>", "&lt;", "-->", "<!--", "?>", "${V}", "$${V}", "\u00fc",
        '"/><parm name="APPID" value="w9',
    ],
)  # fmt: skip
def test_a_value_in_xml_is_never_markup(value):
    text = HEAD + "variables:\n  V: {}\n" + XML % "x${V}y"
    assert provider(text, {"V": value}) == f"x{value}y"


LINES = st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)


@settings(max_examples=500)
@given(LINES)
@example("\ufffe")
@example("\ufeff")
def test_any_text_in_xml(value):
    in_xml(value)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=10_000, deadline=None)
@given(LINES)
def test_any_text_in_xml_at_length(value):
    in_xml(value)


def in_xml(value):
    text = HEAD + "variables:\n  V: {}\n" + XML % "x${V}y"
    try:
        assert provider(text, {"V": value}) == f"x{value}y"
    except ProfileError as error:
        assert "XML does not allow" in error.reason
        assert error.field == "data_objects[0].xml"


def test_cdata_comments_and_instructions():
    text = HEAD + "variables:\n  V: {}\n  H: {type: hex}\n" + XML % "x"
    text = text.replace("\n      </char", "<!-- ${NOT} -->\n      </char")
    assert provider(text + "description: ${V}${H}", {"V": "1", "H": "00"}) == "x"
    odd = text.replace("\n      <parm", "<?opaque ${V}?>\n      <parm", 1)
    with pytest.raises(ProfileError) as caught:
        profile_from_text(odd, values={"V": "x?>", "H": "00"})
    assert caught.value.field == "data_objects[0].xml"


def test_faults_inside_xml():
    text = HEAD + "variables:\n  V: {}\n" + XML % "${W}"
    with pytest.raises(ProfileError, match="no such variable") as caught:
        profile_from_text(text, "card.yaml", values={"V": "1"})
    assert (caught.value.line, caught.value.field) == (9, "data_objects[0].xml")
    with pytest.raises(ProfileError, match="XML"):
        profile_from_text(text.replace("</char", "</chr"), values={"V": "1"})


@settings(max_examples=500)
@given(LINES)
@example("hex:00")
@example("********")
@example('"}]')
@example("true")
@example("7")
def test_any_text_in_a_document(value):
    in_document(value)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=10_000, deadline=None)
@given(LINES)
def test_any_text_in_a_document_at_length(value):
    in_document(value)


def in_document(value):
    loaded = profile_from_text(HEAD + "variables:\n  V: {}\n" + DM2, values={"V": value})
    body = get("oma-dm").decode(loaded.documents[0]).document.body
    (one,) = body.objects
    assert one.data["X"] == {"SrvID": value, "Name": f"a {value} b"}


# -- where values come from ------------------------------------------------------------------------

CARD = """\
variables:
  CARD: {type: iccid, from: card}
  WHO: {type: imsi, from: card}
  KEY: {type: hex, length: 2, example: "0102"}
  DEF: {default: d, example: e}
description: ${CARD} ${WHO} ${KEY} ${DEF}
"""


def filled(values: dict[str, str], text: str = HEAD + CARD, **more: object) -> str:
    return data_of(text, values, **more).located.data["description"]


def test_given_then_card_then_example_then_default():
    facts = CardFacts("8988211", None)
    with pytest.raises(ProfileFaultsError) as caught:
        filled({})
    assert [fault.field for fault in caught.value.faults] == [
        "variables.CARD", "variables.WHO", "variables.KEY",
    ]  # fmt: skip
    facts = CardFacts("89882110000000000017", "262011234567890")
    with pytest.raises(ProfileError, match=r"KEY: needs a value"):
        filled({}, facts=facts)
    assert filled({"KEY": "ffff"}, facts=facts) == "89882110000000000017 262011234567890 FFFF d"
    assert filled({}, facts=facts, examples=True).endswith("0102 e")
    given = {"KEY": "ffff", "DEF": "g", "CARD": "8988211000000000045"}
    assert filled(given, facts=facts) == "8988211000000000045 262011234567890 FFFF g"


def test_the_emulated_card_says_its_own_numbers():
    text = HEAD + CARD + "virtual: {iccid: '89882110000000000077', imsi: '001010000000001'}\n"
    assert filled({}, text, examples=True) == "89882110000000000077 001010000000001 0102 e"
    assert filled({}, examples=True) == "89882110000000000010 001010123456789 0102 e"
    with pytest.raises(ProfileError, match="does not tell its IMSI"):
        filled({}, text.replace("'001010000000001'", "null"), examples=True)
    with pytest.raises(ProfileError, match="does not tell its ICCID"):
        filled({}, text.replace("'89882110000000000077'", "'${KEY}'"), examples=True)


def test_a_value_for_no_variable():
    with pytest.raises(ProfileError, match="given for 'KEx', and there is no such") as caught:
        filled({"KEx": "secret-value"}, examples=True, facts=CardFacts("1" * 18, "1" * 6))
    assert caught.value.hint == "did you mean KEY?"
    with pytest.raises(ProfileError) as caught:
        profile_from_text(HEAD + LWM2M, values={"ANY": "secret-value"})
    assert caught.value.hint == "the profile has no variables"
    assert "secret-value" not in str(caught.value)


def test_unused_variables_are_known():
    text = HEAD + DECLARED + "  MORE: {default: x}\n" + LWM2M
    assert profile_from_text(text, values=GIVEN).unused == ("MORE",)


def test_write_takes_no_example(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text(HEAD + DECLARED.replace("ID: {}", "ID: {example: x}") + LWM2M)
    with pytest.raises(ProfileError, match="ID: needs a value"):
        load_profile(path, {key: GIVEN[key] for key in ("URI", "KEY")})
    loaded = load_profile(path, {key: GIVEN[key] for key in ("URI", "KEY")}, examples=True)
    assert b"x" in loaded.documents[0]


def test_limits():
    many = "variables:\n" + "".join(f"  A{n}: {{default: x}}\n" for n in range(257))
    with pytest.raises(ProfileError, match="more than 256"):
        data_of(HEAD + many, {})
    long = HEAD + "variables:\n  A: {}\ndescription: " + "${A}" * 100
    with pytest.raises(ProfileError, match="too long"):
        data_of(long, {"A": "x" * 16_384})


def test_faults_without_end():
    text = HEAD + "variables:\n  A: {default: x}\nvirtual:\n" + "  - ${AB}\n" * 5_000
    with pytest.raises(ProfileFaultsError) as caught:
        data_of(text, {})
    assert len(caught.value.faults) == 100


# -- secrets ---------------------------------------------------------------------------------------

SECRET = "S3cr3tV4lue"
LEAKS = [
    pytest.param({"URI": SECRET}, {}, id="uri"),
    pytest.param({"URI": f"coaps://{SECRET}:x"}, {}, id="port"),
    pytest.param({"KEY": SECRET}, {}, id="hex"),
    pytest.param({"BOOT": SECRET}, {}, id="boolean"),
    pytest.param({"OFF": SECRET}, {}, id="integer"),
    pytest.param({"NONE": SECRET}, {}, id="unknown"),
    pytest.param({"ID": SECRET}, {"format: lwm2m": "format: ${ID}"}, id="as format"),
    pytest.param({"ID": SECRET}, {'"6432"': "${ID}"}, id="as file id"),
    pytest.param({"ID": SECRET}, {'"6432"': '"6432"\n    access: {read: "${ID}"}'}, id="access"),
    pytest.param({"ID": SECRET}, {'"6432"': '"6432"\n    oid: "${ID}"'}, id="oid"),
    pytest.param({"ID": "3.98765432198"}, {'"6432"': '"6432"\n    oid: "${ID}"'}, id="oid arcs"),
    pytest.param({"ID": SECRET}, {"Security Mode: psk": "Security Mode: ${ID}"}, id="mode"),
    pytest.param({"OFF": "9876543219"}, {"Mode: psk": "Mode: ${OFF}"}, id="range"),
    pytest.param({"ID": SECRET}, {"      Security:": "      layout: ${ID}\n      Security:"},
                 id="layout"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "changes"), LEAKS)
def test_no_error_tells_a_value(values, changes):
    text = HEAD + DECLARED + LWM2M
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ProfileError) as caught:
        profile_from_text(text, "card.yaml", values={**GIVEN, **values})
    error = caught.value
    assert error.line is not None
    (value,) = values.values()
    for one in (error, *getattr(error, "faults", ())):
        assert value not in f"{one} {one.hint} {one!r} {vars(one)}"


def test_scrub():
    values = {
        "KEY": check_value(VariableRule(type="hex"), "616263646566"),
        "NAME": check_value(VariableRule(), "KEY"),
        "LONG": check_value(VariableRule(), "KEY and more"),
        "NO": check_value(VariableRule(), "no"),
    }
    assert scrub("616263646566 abcdef 61 62 63 64 65 66", values) == "${KEY} ${KEY} ${KEY}"
    assert scrub("KEY and more, KEY, no", values) == "${LONG}, ${NAME}, no"
    assert scrub("nothing", {}) == "nothing"
