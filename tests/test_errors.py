"""The exception tree: one line each, the design's exit statuses."""

from __future__ import annotations

import inspect

import pytest

from smartboot import errors


def every_error() -> list[type[errors.SmartbootError]]:
    return [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.SmartbootError)
    ]


STATUS = {
    "UsageError": 2,
    "TransportError": 3,
    "NoCardError": 3,
    "CardRemovedError": 3,
    "CardMuteError": 3,
    "CardError": 4,
    "FileAbsentError": 4,
    "DecodeError": 5,
    "EncodeError": 5,
    "ProfileError": 5,
    "SecurityStatusError": 6,
    "PinRequiredError": 6,
    "PinRefusedError": 6,
    "PinBlockedError": 6,
}


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_exit_statuses_are_those_of_the_design(name: str, status: int) -> None:
    assert getattr(errors, name).exit_status == status


def test_every_error_has_a_status_and_is_exported() -> None:
    for kind in every_error():
        assert 2 <= kind.exit_status <= 6
        assert kind.__name__ in errors.__all__


def test_a_decode_error_says_where() -> None:
    error = errors.DecodeError("length is cut off", offset=3, where="DODF")
    assert str(error) == "DODF: length is cut off (at offset 3)"
    moved = error.at("EF 6430", base=10)
    assert str(moved) == "EF 6430: length is cut off (at offset 13)"
    assert (moved.offset, moved.reason) == (13, "length is cut off")


def test_a_profile_error_says_file_line_and_field() -> None:
    error = errors.ProfileError("is too long", file="card.yaml", line=7, field="label")
    assert str(error) == "card.yaml:7: label: is too long"
    assert str(errors.ProfileError("is empty")) == "is empty"
