"""Planning, writing, verifying: counts, keys, refusals, other people's objects."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartboot.card.base import Card, FilePath
from smartboot.errors import (
    CardError,
    CardNotPreparedError,
    CardRemovedError,
    PinRefusedError,
    PinRequiredError,
    ProvisioningInterruptedError,
    TransportError,
    UsageError,
)
from smartboot.image import CardImage, image_from_data
from smartboot.pkcs15.dodf import decode as decode_dodf
from smartboot.pkcs15.dodf_write import encode_entry, make_entry
from smartboot.profiles.load import LoadedProfile
from smartboot.profiles.render import render
from smartboot.provision.apply import apply
from smartboot.provision.desired import desired_from_profile
from smartboot.provision.erase import plan_erase
from smartboot.provision.plan import plan_write
from smartboot.provision.steps import ResizeFile, UpdateBinary
from smartboot.provision.verify import compare
from smartboot.virtual import VirtualCard
from tests.support.provision import (
    CUTS,
    FORMATS,
    bare,
    content,
    document,
    documents,
    file_of,
    keys,
    one,
    opened,
    plain_of,
    prepared,
    profile,
    tear,
    torn,
    write,
)

VERIFY, UPDATE_BINARY = 0x20, 0xD6


def updates(card: VirtualCard) -> list[bytes]:
    """The commands that changed something."""
    writing = (UPDATE_BINARY, 0xDC, 0xE0, 0xE4, 0xD4)
    return [e.command for e in card.log if e.command[1] in writing and e.sw == 0x9000]


def presented(card: VirtualCard) -> list[bytes]:
    """VERIFY commands with a key in them."""
    return [e.command for e in card.log if e.command[1] == VERIFY and len(e.command) > 5]


# -- counts


@pytest.mark.parametrize("carrier", FORMATS)
def test_a_card_that_is_as_it_should_be_is_not_written(carrier: str) -> None:
    loaded = one(carrier, document(carrier))
    card = VirtualCard(render(loaded))
    plan, done = write(card, desired_from_profile(loaded))
    assert plan.is_empty
    assert plan.tpdus == plan.update_bytes == 0
    assert done.verified
    assert not updates(card)
    assert not presented(card)
    assert compare(opened(card), desired_from_profile(loaded), keys=keys) == []


@pytest.mark.parametrize(("carrier", "extra"), list(zip(FORMATS, (4, 4, 4, 2), strict=True)))
def test_one_field_costs_its_range_and_a_few_bytes(carrier: str, extra: int) -> None:
    old, new = document(carrier), document(carrier, secret="a-different-one9")
    differing = [at for at, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
    field = differing[-1] - differing[0] + 1
    card = VirtualCard(render(one(carrier, old)))
    plan, done = write(card, desired_from_profile(one(carrier, new)))
    assert done.verified
    sent = sum(len(command) - 5 for command in updates(card))
    assert plan.update_bytes == sent <= field + extra
    assert len(updates(card)) <= 6


def test_the_estimate_of_tpdus_is_close() -> None:
    old, new = document("lwm2m"), document("lwm2m", more=200)
    card = VirtualCard(render(one("lwm2m", old)))
    handle = opened(card)
    plan = plan_write(handle, desired_from_profile(one("lwm2m", new)), keys=keys)
    before = card.tpdus
    apply(handle, plan, keys=keys)
    # The refusal, the access rule, the question for the tries and the key come on top.
    assert plan.tpdus <= card.tpdus - before <= plan.tpdus + 12


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("encoding", ["referenced", "expanded", "compact"])
def test_cards_of_every_kind(protocol: str, encoding: str) -> None:
    settings_ = {"protocol": protocol, "access_encoding": encoding, "channels": 1}
    loaded = profile(
        {"format": "oma-cp", "fid": "6411", "data": document("client-provisioning"), "size": 600},
        {"format": "lwm2m", "fid": "6432", "data": document("lwm2m"), "size": 600},
        virtual=settings_,
    )
    desired = desired_from_profile(loaded)
    for image in (bare(loaded), prepared(loaded), prepared(loaded, listed=False)):
        card = VirtualCard(image)
        _, done = write(card, desired, create=True)
        assert done.verified
        assert len(documents(card)) == 2
        assert compare(opened(card), desired, keys=keys) == []
        assert len(presented(card)) == 1


def test_a_2g_sim_is_written_and_never_asked_to_make_files() -> None:
    data = document("client-provisioning")
    loaded = profile(
        {
            "format": "oma-cp",
            "fid": "6411",
            "data": data,
            "size": 600,
            "access": {"read": "always", "update": "pin1"},
        },
        kind="sim",
        application={
            "odf": {"fid": "5031", "size": 64, "access": {"update": "pin1"}},
            "dodf": {"fid": "6410", "size": 256, "access": {"update": "pin1"}},
            "token_info": None,
        },
    )
    desired = desired_from_profile(loaded)
    card = VirtualCard(prepared(loaded))
    _, done = write(card, desired, create=True)
    assert done.verified
    assert [found for _, found, _ in documents(card)] == [data]
    with pytest.raises(CardNotPreparedError) as caught:
        write(VirtualCard(bare(loaded)), desired, create=True)
    assert "2G SIM" in (caught.value.hint or "")


# -- keys


def test_one_try_left_means_nothing_is_sent() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    plain = plain_of(prepared(loaded))
    for pin in plain["pins"]:
        if pin["reference"] == "0A":
            pin["remaining"] = 1
    card = VirtualCard(image_from_data(plain))
    before = card.to_image()
    with pytest.raises(PinRefusedError):
        write(card, desired_from_profile(loaded))
    assert not presented(card)
    assert card.to_image() == before


def test_a_wrong_key_is_presented_once() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(prepared(loaded))
    handle = opened(card)
    plan = plan_write(handle, desired_from_profile(loaded))
    before = content(card, "7F50/6432")
    for _ in range(3):
        with pytest.raises(PinRefusedError):
            apply(handle, plan, keys=lambda _: b"00000000")
    assert len(presented(card)) == 1
    assert content(card, "7F50/6432") == before


def test_no_key_given_is_said_and_nothing_presented() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(prepared(loaded))
    handle = opened(card)
    plan = plan_write(handle, desired_from_profile(loaded))
    with pytest.raises(PinRequiredError) as caught:
        apply(handle, plan)
    assert "ADM1" in str(caught.value)
    assert "0 of" in (caught.value.hint or "")
    assert not presented(card)


def test_secrets_and_keys_appear_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cret-of-device"
    loaded = one("client-provisioning", document("client-provisioning", secret=secret))
    desired = desired_from_profile(loaded)
    card = VirtualCard(prepared(loaded))
    said: list[str] = []
    handle = opened(card)
    plan = plan_write(handle, desired, keys=keys)
    result = apply(handle, plan, keys=keys, progress=lambda *step: said.append(repr(step)))
    card2 = VirtualCard(prepared(loaded))
    differences = compare(opened(card2), desired)
    texts = [
        repr(plan), str(plan.to_dict()), "\n".join(plan.lines()), repr(result), repr(desired),
        str(result.to_dict()), repr(differences), *said, caplog.text,
    ]  # fmt: skip  # one line for each thing that prints reads better
    for case in torn(
        render(one("client-provisioning", document("client-provisioning", more=3))),
        lambda c: apply(c, plan_write(c, desired, keys=keys), keys=keys),
        ("half",),
    ):
        card3 = opened(case.card)
        texts.append(repr(plan_write(card3, desired, keys=keys)))
    handle = opened(card2)
    plan = plan_write(handle, desired)
    with pytest.raises(PinRefusedError) as caught:
        apply(handle, plan, keys=lambda _: b"wrongkey")
    texts += [repr(caught.value), str(caught.value), str(caught.value.hint)]
    for text in texts:
        for hidden in (secret, secret.encode().hex(), "12345678", "wrongkey"):
            assert hidden not in text


# -- going away, stopping, going wrong


def test_a_card_that_goes_away_is_told_with_the_last_step() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(prepared(loaded))
    handle = opened(card)
    plan = plan_write(handle, desired_from_profile(loaded), keys=keys)
    card.tear_after = 2
    with pytest.raises(ProvisioningInterruptedError) as caught:
        apply(handle, plan, keys=keys)
    error = caught.value
    assert isinstance(error, TransportError)
    assert isinstance(error.__cause__, CardRemovedError)
    assert (error.completed, error.total) == (2, len(plan.steps))
    assert error.last == str(plan.steps[1])
    assert error.last in str(error)
    assert "again" in (error.hint or "")


def test_stopping_between_two_steps() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(prepared(loaded))
    handle = opened(card)
    plan = plan_write(handle, desired_from_profile(loaded), keys=keys)
    seen: list[int] = []
    result = apply(
        handle,
        plan,
        keys=keys,
        progress=lambda done, *_: seen.append(done),
        should_stop=lambda: len(seen) == 2,
    )
    assert result.stopped
    assert not result.verified
    assert result.steps_done == 2
    assert documents(card) == []
    assert write(card, desired_from_profile(loaded))[1].verified


def test_a_plan_is_for_one_card() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    other = one("lwm2m", document("lwm2m"))
    plain = plain_of(prepared(other))
    file_of(plain, "2FE2")["data"] = "98" + "11" * 9
    plan = plan_write(opened(VirtualCard(prepared(loaded))), desired_from_profile(loaded))
    card = VirtualCard(image_from_data(plain))
    with pytest.raises(UsageError, match="another card"):
        apply(opened(card), plan, keys=keys)
    assert not updates(card)


def test_what_does_not_read_back_is_told_by_its_offsets() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(prepared(loaded))
    state: Any = card._state
    plain_write = state.write

    def worn(node: Any, offset: int, data: bytes) -> None:
        plain_write(node, offset, data)
        if node.fid == 0x6432 and offset <= 40 < offset + len(data):
            node.body[40] ^= 0x01

    state.write = worn
    _, done = write(card, desired_from_profile(loaded))
    assert not done.verified
    assert [(str(m.path), m.offset, m.length) for m in done.mismatches] == [("7FFF/6432", 40, 1)]


# -- what the card lacks


def test_missing_files_are_listed_for_the_issuer() -> None:
    loaded = one("lwm2m", document("lwm2m"), access={"read": "pin1", "update": "adm1"})
    card = VirtualCard(bare(loaded))
    with pytest.raises(CardNotPreparedError) as caught:
        plan_write(opened(card), desired_from_profile(loaded))
    assert caught.value.exit_status == 4
    text = str(caught.value)
    for part in ("3F00/7F50", "EF 5031", "EF 6430", "EF 6432", "1024 bytes", "read pin1"):
        assert part in text
    assert "--create" in (caught.value.hint or "")


@pytest.mark.parametrize("unsupported", ["E0"])
def test_a_card_that_makes_no_files(unsupported: str) -> None:
    loaded = one("lwm2m", document("lwm2m"))
    plain = plain_of(bare(loaded))
    plain["card"]["unsupported"] = [unsupported]
    card = VirtualCard(image_from_data(plain))
    with pytest.raises(CardNotPreparedError) as caught:
        write(card, desired_from_profile(loaded), create=True)
    assert caught.value.sw == 0x6D00
    assert len(caught.value.files) == 5
    assert not presented(card)


def test_a_form_of_template_that_is_refused_gives_way_to_the_next() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(bare(loaded))
    exchange = card._wire.exchange
    refused: list[bytes] = []

    def picky(command: bytes) -> tuple[bytes, int]:
        if command[1] == 0xE0 and (b"\x8b\x03" in command or b"\xc6\x09" in command):
            refused.append(command)
            return b"", 0x6A80
        return exchange(command)

    card._wire.exchange = picky  # type: ignore[method-assign]
    _, done = write(card, desired_from_profile(loaded), create=True)
    assert refused
    assert done.verified
    assert len(documents(card)) == 1
    image = card.to_image()
    made = image.find("7F50/6432")
    assert made is not None
    assert made.access is not None
    assert made.access["read"] == "always"
    assert made.access["update"] == made.access["resize"] == "adm1"


def test_a_file_that_is_too_small() -> None:
    small, big = document("lwm2m"), document("lwm2m", more=200)
    card = VirtualCard(render(one("lwm2m", small, 150)))
    desired = desired_from_profile(one("lwm2m", big, 512))
    with pytest.raises(CardNotPreparedError, match=f"has 150 bytes and needs {len(big)}"):
        plan_write(opened(card), desired, keys=keys)
    plain = plain_of(render(one("lwm2m", small, 150)))
    file_of(plain, "7F50", "6432")["access"] = {
        "read": "always", "update": "adm1", "resize": "adm1",
    }  # fmt: skip  # one line is one thing
    card = VirtualCard(image_from_data(plain))
    plan, done = write(card, desired, resize=True)
    assert [s.size for s in plan.steps if isinstance(s, ResizeFile)] == [512]
    assert done.verified
    assert [found for _, found, _ in documents(card)] == [big]


def test_a_key_is_presented_to_resize_where_compact_rules_cannot_ask_for_it() -> None:
    short, long = document("lwm2m"), document("lwm2m", more=200)
    plain = plain_of(render(one("lwm2m", short, 150)))
    plain["card"]["access_encoding"] = "compact"
    access = {"read": "always", "update": "adm1", "resize": "adm1"}
    file_of(plain, "7F50", "6432")["access"] = access
    card = VirtualCard(image_from_data(plain))
    _, done = write(card, desired_from_profile(one("lwm2m", long, 512)), create=True)
    assert done.verified
    assert len(presented(card)) == 1
    assert [found for _, found, _ in documents(card)] == [long]


@pytest.mark.parametrize("told", ["expanded", "referenced", "compact"])
def test_a_file_that_may_never_be_resized_keeps_its_document(told: str) -> None:
    """Files of cards as they are made by issuers: room for one document, and no more of it."""
    short, long = document("lwm2m"), document("lwm2m", more=200)
    other = {"format": "oma-cp", "fid": "6411", "data": document("client-provisioning")}
    item = {"format": "lwm2m", "fid": "6432"}
    virtual = {"access_encoding": told}
    card = VirtualCard(render(profile({**item, "data": short}, other, virtual=virtual)))
    desired = desired_from_profile(profile({**item, "data": long}, other, virtual=virtual))
    before = card.to_image().files
    with pytest.raises(CardError) as caught:
        write(card, desired, create=True)
    assert caught.value.sw == 0x6982
    if told != "compact":
        # Compact rules have no place for RESIZE FILE: nobody knows then what it would take.
        assert isinstance(caught.value, CardNotPreparedError)
        assert "6432" in caught.value.files[0]
    assert card.to_image().files == before
    assert len(documents(card)) == 2


def test_a_card_that_does_not_resize() -> None:
    card = VirtualCard(render(one("lwm2m", document("lwm2m"), 150)))
    desired = desired_from_profile(one("lwm2m", document("lwm2m", more=200), 512))
    with pytest.raises(CardError) as caught:
        write(card, desired, resize=True)
    assert caught.value.exit_status in (4, 6)


def test_a_profile_for_the_other_kind_of_card() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    sim = VirtualCard(
        CardImage.model_validate({"schema": "smartboot/image/1", "card": {"kind": "sim"}})
    )
    for check in (plan_write, compare):
        with pytest.raises(UsageError, match="sim"):
            check(opened(sim), desired_from_profile(loaded))


def test_a_file_that_may_never_be_updated() -> None:
    card = VirtualCard(
        render(one("lwm2m", document("lwm2m"), access={"read": "always", "update": "never"}))
    )
    before = card.to_image()
    with pytest.raises(CardNotPreparedError, match="never be updated"):
        write(card, desired_from_profile(one("lwm2m", document("lwm2m", host="other"))))
    assert card.to_image() == before


def test_access_that_differs_from_the_profile_is_told() -> None:
    loaded = one("lwm2m", document("lwm2m"), access={"read": "pin1", "update": "adm1"})
    card = VirtualCard(prepared(one("lwm2m", document("lwm2m"))))
    plan = plan_write(opened(card), desired_from_profile(loaded))
    assert [f.code for f in plan.findings] == ["PROV-ACCESS-DIFFERS"]


# -- other people's objects


def foreign(fid: int, label: str, oid: str = "1.3.6.1.4.1.99999.1") -> bytes:
    return encode_entry(make_entry(oid, FilePath((fid,)), label=label))


def with_rows(image: CardImage, dodf: bytes, odf: bytes | None = None) -> CardImage:
    plain = plain_of(image)
    file_of(plain, "7F50", "6430")["data"] = dodf.hex()
    if odf is not None:
        file_of(plain, "7F50", "5031")["data"] = odf.hex()
    return image_from_data(plain)


def rows_of(card: VirtualCard) -> list[bytes]:
    return [row.raw for row in decode_dodf(content(card, "7F50/6430")).rows]


def test_entries_of_others_stay_byte_for_byte() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    others = [foreign(0x6F40, "first"), foreign(0x6F41, "second", "2.5.4.3")]
    odf = bytes.fromhex("A806300404024F02")
    card = VirtualCard(
        with_rows(prepared(loaded), b"".join(others), odf + bytes.fromhex("A706300404026430"))
    )
    desired = desired_from_profile(loaded)
    plan, done = write(card, desired)
    assert done.verified
    assert rows_of(card) == [*others, desired.objects[0].entry.raw]
    assert content(card, "7F50/5031").startswith(odf)
    # The entry was appended: no byte of the others was touched.
    length = len(b"".join(others))
    assert all(
        step.offset >= length
        for step in plan.steps
        if isinstance(step, UpdateBinary) and step.path.fid == 0x6430
    )


def test_an_entry_that_changes_among_others_survives_every_tear() -> None:
    old = one("lwm2m", document("lwm2m"), label="old label")
    new = one("lwm2m", document("lwm2m"), label="a label that is much longer than before")
    ours = desired_from_profile(old).objects[0].entry.raw
    others = [foreign(0x6F40, "first"), foreign(0x6F41, "second", "2.5.4.3")]
    desired = desired_from_profile(new)
    wanted = [others[0], desired.objects[0].entry.raw, others[1]]
    image = with_rows(render(old), others[0] + ours + others[1])

    def run(card: Any) -> None:
        apply(card, plan_write(card, desired, keys=keys), keys=keys)

    cases = 0
    for case in torn(image, run):
        cases += 1
        found = rows_of(case.card)
        assert found[:1] == others[:1]
        assert found in ([others[0], ours, others[1]], [others[0]], wanted), (case.step, case.cut)
        assert write(case.card, desired)[1].verified
        # An entry that was torn away comes back behind the others.
        assert rows_of(case.card) in (wanted, [*others, wanted[1]]), (case.step, case.cut)
        if case.cut != "every other":
            # Of a copy that was half taken away no entry is left, its mark at most.
            rest = content(case.card, "7F50/6430")[len(b"".join(wanted)) :]
            assert not rest.strip(b"\xffSBJ1")
        assert plan_write(opened(case.card), desired, keys=keys).is_empty
    assert cases >= 20


def test_erasing_among_others_survives_every_tear() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    ours = desired_from_profile(loaded).objects[0].entry.raw
    others = [foreign(0x6F40, "first"), foreign(0x6F41, "second", "2.5.4.3")]

    def run(card: Any) -> None:
        apply(card, plan_erase(card, keys=keys, keep_files=False), keys=keys)

    for case in torn(with_rows(render(loaded), ours + b"".join(others)), run):
        assert rows_of(case.card) in ([ours, *others], [], others)
        run(opened(case.card))
        assert rows_of(case.card) == others
        assert case.card.to_image().find("7F50/6432") is None
        assert case.card.to_image().find("7F50/5031") is not None


def test_without_room_for_a_copy_it_is_said() -> None:
    old = one("lwm2m", document("lwm2m"), label="old")
    new = one("lwm2m", document("lwm2m"), label="quite a bit longer")
    ours = desired_from_profile(old).objects[0].entry.raw
    other = foreign(0x6F40, "x" * 120)
    card = VirtualCard(with_rows(render(old), ours + other))
    plan, done = write(card, desired_from_profile(new))
    assert "PROV-NO-ROOM-FOR-COPY" in [f.code for f in plan.findings]
    assert done.verified
    assert rows_of(card)[1] == other


def test_a_wrapped_directory_is_unwrapped_with_its_entries_kept() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    other = foreign(0x6F40, "first")
    wrapped = bytes((0x30, len(other))) + other
    card = VirtualCard(with_rows(render(loaded), wrapped))
    _, done = write(card, desired_from_profile(loaded))
    assert done.verified
    assert rows_of(card) == [other, desired_from_profile(loaded).objects[0].entry.raw]


def test_a_directory_with_rubbish_in_it_is_not_written() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    card = VirtualCard(
        with_rows(
            prepared(loaded), bytes.fromhex("30850102030405"), bytes.fromhex("A706300404026430")
        )
    )
    before = card.to_image()
    with pytest.raises(CardNotPreparedError, match="no directory entry"):
        write(card, desired_from_profile(loaded))
    assert card.to_image() == before


def test_the_same_oid_in_another_file_is_told() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    other = foreign(0x6440, "elsewhere", "2.23.43.9.1")
    image = with_rows(prepared(loaded), other, bytes.fromhex("A706300404026430"))
    plan = plan_write(opened(VirtualCard(image)), desired_from_profile(loaded))
    assert "PROV-SAME-OID" in [f.code for f in plan.findings]


def test_a_card_with_its_own_directory_file_keeps_using_it() -> None:
    loaded = one(
        "client-provisioning",
        document("client-provisioning"),
    )
    card_profile = one("lwm2m", document("lwm2m"))
    plain = plain_of(prepared(card_profile))
    file_of(plain, "7F50", "5031")["data"] = "A706300404026430"
    file_of(plain, "7F50", "6432")["fid"] = "6411"
    card = VirtualCard(image_from_data(plain))
    plan, done = write(card, desired_from_profile(loaded))
    assert "PROV-OTHER-DODF" in [f.code for f in plan.findings]
    assert done.verified
    assert len(documents(card)) == 1
    assert compare(opened(card), desired_from_profile(loaded), keys=keys) == []


def test_an_object_inside_the_file_is_not_overwritten() -> None:
    from smartboot.pkcs15.path import Path

    loaded = one("lwm2m", document("lwm2m"))
    part = encode_entry(make_entry("2.5.4.3", Path(FilePath((0x6432,)), 512, 100), label="part"))
    card = VirtualCard(with_rows(render(loaded), part))
    with pytest.raises(UsageError, match="byte 512"):
        plan_write(opened(card), desired_from_profile(loaded), keys=keys)


def test_documents_of_one_card_are_never_seen_old_and_new_together() -> None:
    def both(host: str) -> Any:
        return profile(
            {"format": "oma-cp", "fid": "6411", "size": 600,
             "data": document("client-provisioning", host=host)},
            {"format": "lwm2m", "fid": "6432", "size": 600, "data": document("lwm2m", host=host)},
        )  # fmt: skip  # two files, two lines each

    old, new = both("old"), both("new")
    desired = desired_from_profile(new)

    def run(card: Any) -> None:
        apply(card, plan_write(card, desired, keys=keys), keys=keys)

    for case in torn(render(old), run, ("half", "all but one")):
        seen = {found for _, found, _ in documents(case.card)}
        assert seen <= set(old.documents) or seen <= set(new.documents)


# -- verify


def test_verify_says_where_and_not_what() -> None:
    old = one("lwm2m", document("lwm2m"))
    new = one("lwm2m", document("lwm2m", secret="a-different-one9"))
    differences = compare(opened(VirtualCard(render(old))), desired_from_profile(new), keys=keys)
    assert [d.kind for d in differences] == ["content"]
    where = differences[0]
    assert where.offset is not None
    assert where.length is not None
    assert new.documents[0][where.offset : where.offset + where.length] in b"a-different-one9"
    assert "different" not in str(where.to_dict()).replace("differs", "")


def test_verify_lists_what_is_missing() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    desired = desired_from_profile(loaded)
    assert [d.kind for d in compare(opened(VirtualCard(bare(loaded))), desired)] == [
        "missing-application"
    ]
    kinds = {d.kind for d in compare(opened(VirtualCard(prepared(loaded, listed=False))), desired)}
    assert kinds == {"not-listed", "content", "missing-entry"}


# -- anything onto anything


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    carrier=st.sampled_from(sorted(FORMATS)),
    before=st.one_of(
        st.binary(max_size=300),
        st.integers(0, 250).map(lambda n: n.to_bytes(1, "big")),
        st.sampled_from(["lwm2m", "client-provisioning", "dm-2"]).map(document),
    ),
    more=st.integers(0, 150),
    room=st.integers(0, 300),
    padding=st.sampled_from([0x00, 0xFF]),
)
def test_whatever_is_in_the_file_the_new_document_arrives(
    carrier: str, before: bytes, more: int, room: int, padding: int
) -> None:
    data = document(carrier, more=more)
    size = max(len(data), len(before)) + room
    loaded = one(carrier, data, size)
    plain = plain_of(render(loaded))
    fid = f"{loaded.profile.data_objects[0].fid:04X}"
    file_of(plain, "7F50", fid)["data"] = before.ljust(size, bytes((padding,))).hex()
    card = VirtualCard(image_from_data(plain))
    desired = desired_from_profile(loaded)
    plan, done = write(card, desired)
    assert done.verified
    assert content(card, f"7F50/{fid}").startswith(data)
    assert [found for _, found, _ in documents(card)] == [data]
    assert plan_write(opened(card), desired, keys=keys).is_empty
    assert all(len(s.data) <= 255 for s in plan.steps if isinstance(s, UpdateBinary))


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    carrier=st.sampled_from(sorted(FORMATS)),
    sizes=st.tuples(st.integers(0, 150), st.integers(0, 150)),
    step=st.integers(0, 12),
    cut=st.sampled_from(["half", "one byte", "all but one", "every other"]),
)
def test_any_two_documents_and_any_tear(
    carrier: str, sizes: tuple[int, int], step: int, cut: str
) -> None:
    old, new = (document(carrier, more=more, host=f"h{at}") for at, more in enumerate(sizes))
    card = VirtualCard(render(one(carrier, old, 2048)))
    desired = desired_from_profile(one(carrier, new, 2048))
    handle = opened(card)
    tear(card, step, CUTS[cut])
    try:
        apply(handle, plan_write(handle, desired, keys=keys), keys=keys)
    except TransportError:
        card.power_on()
    assert {found for _, found, _ in documents(card)} in ({old}, {new}, set())
    assert write(card, desired)[1].verified
    assert [found for _, found, _ in documents(card)] == [new]


def test_ef_dir_without_a_free_record() -> None:
    loaded = one("lwm2m", document("lwm2m"))
    plain = plain_of(bare(loaded))
    directory = file_of(plain, "2F00")
    directory["records"] = [directory["records"][0]] * directory["record_count"]
    before = image_from_data(plain)
    card = VirtualCard(before)
    with pytest.raises(CardNotPreparedError, match="no free record"):
        write(card, desired_from_profile(loaded), create=True)
    assert not updates(card)


def test_a_copy_is_found_behind_which_the_file_was_enlarged() -> None:
    """A torn write left a copy; the next one needs more room, and power fails behind RESIZE."""
    old = one("lwm2m", document("lwm2m"), label="old")
    new = one("lwm2m", document("lwm2m"), label="quite a bit longer")
    ours = desired_from_profile(old).objects[0].entry.raw
    other = foreign(0x6F40, "another")
    plain = plain_of(with_rows(render(old), ours + other))
    dodf = file_of(plain, "7F50", "6430")
    dodf["access"] = {"read": "always", "update": "adm1", "resize": "adm1"}
    dodf["size"] = len(ours + other) + 90
    image = image_from_data(plain)
    much = profile(
        {"format": "lwm2m", "fid": "6432", "data": document("lwm2m"), "label": "old " * 30},
        application={"dodf": {"fid": "6430", "size": 320}},
    )
    cases = 0
    for first in torn(image, lambda card: write_on(card, new), ("half",)):
        if other in rows_of(first.card):
            continue
        for second in torn(
            first.card.to_image(), lambda card: write_on(card, much), ("half", "one byte")
        ):
            cases += 1
            _, done = write(second.card, desired_from_profile(much), create=True)
            assert done.verified
            assert other in rows_of(second.card), (first.step, second.step, second.cut)
    assert cases >= 20


def test_a_second_torn_write_keeps_what_the_copy_of_the_first_lacks() -> None:
    """Entries b, X, a, Y: the write that changes a keeps a copy of Y; one that changes b then has
    to keep X as well."""

    def both(label_a: str, label_b: str) -> LoadedProfile:
        a = {"format": "lwm2m", "fid": "6432", "data": document("lwm2m"), "label": label_a}
        data = document("client-provisioning")
        b = {"format": "oma-cp", "fid": "6411", "data": data, "label": label_b}
        return profile(b, a, application={"dodf": {"fid": "6430", "size": 400}})

    b, a = (item.entry.raw for item in desired_from_profile(both("a", "b")).objects)
    x, y = foreign(0x6F40, "first"), foreign(0x6F41, "second", "2.5.4.3")
    image = with_rows(render(both("a", "b")), b + x + a + y)
    changed = both("longer than before", "b"), both("longer than before", "and so is this one")
    cases = 0
    for first in torn(image, lambda card: write_on(card, changed[0]), ("half",)):
        if y in rows_of(first.card):
            continue
        for second in torn(
            first.card.to_image(), lambda card: write_on(card, changed[1]), ("half",)
        ):
            cases += 1
            _, done = write(second.card, desired_from_profile(changed[1]))
            assert done.verified
            assert {x, y} <= set(rows_of(second.card)), (first.step, second.step)
    assert cases >= 10


def write_on(card: Card, loaded: LoadedProfile) -> None:
    """Plan and apply, on a card that is open."""
    apply(card, plan_write(card, desired_from_profile(loaded), create=True, keys=keys), keys=keys)
