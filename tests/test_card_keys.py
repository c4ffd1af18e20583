"""Key references and names (TS 102 221, 9.5.1)."""

from __future__ import annotations

import pytest

from smartboot.card.base import AccessCondition
from smartboot.card.keys import is_adm, key_name, key_reference
from smartboot.errors import UsageError

NAMES = [
    (0x01, "PIN1"),
    (0x08, "PIN1 of application 8"),
    (0x0A, "ADM1"),
    (0x0E, "ADM5"),
    (0x11, "universal PIN"),
    (0x81, "PIN2"),
    (0x82, "PIN2 of application 2"),
    (0x8A, "ADM6"),
    (0x8E, "ADM10"),
    (0x42, "key 42"),
]


@pytest.mark.parametrize(("reference", "name"), NAMES)
def test_names_both_ways(reference, name):
    assert key_name(reference) == name
    assert key_reference(name) == reference
    assert key_reference(name.lower()) == reference


@pytest.mark.parametrize("reference", range(256))
def test_every_reference_has_one_name_of_its_own(reference):
    assert key_reference(key_name(reference)) == reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [("CHV1", 1), ("chv2", 0x81), ("UPIN", 0x11), ("PIN1.3", 3), ("pin2/8", 0x88), ("0x0A", 0x0A)],
)
def test_other_spellings(text, reference):
    assert key_reference(text) == reference


@pytest.mark.parametrize("text", ["", "PIN3", "ADM0", "ADM11", "PIN1.9", "12345678"])
def test_unknown_names(text):
    with pytest.raises(UsageError, match="no key named"):
        key_reference(text)


def test_administrative_keys():
    assert [r for r in range(256) if is_adm(r)] == [*range(0x0A, 0x0F), *range(0x8A, 0x8F)]


def test_conditions_print_with_key_names():
    assert str(AccessCondition(keys=(1, 0x0A))) == "PIN1 or ADM1"
    assert str(AccessCondition(keys=(1, 0x0A), all_of=True)) == "PIN1 and ADM1"
