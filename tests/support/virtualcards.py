"""A small card for the tests of the virtual UICC, and a terse way to talk to it."""

from __future__ import annotations

from smartboot.image import CardHeader, CardImage, FileImage, MfImage, PinImage
from smartboot.virtual import VirtualCard

PKCS15 = bytes.fromhex("A000000063504B43532D3135")
USIM_A = bytes.fromhex("A0000000871002FF33FF01")
USIM_B = bytes.fromhex("A0000000871002FF33FF02")
FREE = {"read": "always", "update": "always"}


def sample_image(**card) -> CardImage:
    """EF(DIR), ICCID, PKCS#15 with two files, two USIMs, record files, a DF in a DF."""
    return CardImage(
        card=CardHeader(**card),
        mf=MfImage(access={"create-ef": "adm1", "create-df": "adm1", "delete-child": "adm1"}),
        pins=[
            PinImage(name="PIN1", reference=0x01, value="1234", unblock="12345678"),
            PinImage(name="PIN2", reference=0x81, value="5678", tries=2),
            PinImage(name="ADM1", reference=0x0A, value="87654321", tries=10),
            PinImage(name="ADM2", reference=0x0B, value="hex:00010203FFFEFDFC"),
        ],
        files=[
            FileImage(
                fid=0x2F00,
                type="linear-fixed",
                sfi=30,
                record_size=20,
                record_count=3,
                records=[b"\x61\x0e\x4f\x0c" + PKCS15],
            ),
            FileImage(fid=0x2FE2, sfi=2, size=10, data=bytes.fromhex("98010000000000000021")),
            FileImage(
                fid=0x7F50,
                type="adf",
                aid=PKCS15,
                access={"create-ef": "adm1", "delete-child": "adm1", "create-df": "adm1"},
                files=[
                    FileImage(
                        fid=0x5031,
                        size=32,
                        data=bytes.fromhex("A706300404026430"),
                        access={"read": "always", "update": "adm1", "resize": "adm1"},
                    ),
                    FileImage(
                        fid=0x6432,
                        size=300,
                        data=bytes(range(256)),
                        access={"read": "pin1 or adm1", "update": "pin1 and adm1"},
                    ),
                    FileImage(
                        fid=0x5F3A,
                        type="df",
                        files=[FileImage(fid=0x4F01, size=4, sfi=1, access=FREE)],
                    ),
                ],
            ),
            FileImage(fid=0x7FF0, type="adf", aid=USIM_A),
            FileImage(fid=0x7FF1, type="adf", aid=USIM_B),
            FileImage(
                fid=0x7F10,
                type="df",
                files=[
                    FileImage(
                        fid=0x6F3A,
                        type="linear-fixed",
                        sfi=3,
                        access=FREE,
                        records=[b"\x01one", b"\x02two", b"\x03two"],
                    ),
                    FileImage(
                        fid=0x6F44,
                        type="cyclic",
                        sfi=4,
                        records=[b"\x00\x00\x01", b"\x00\x00\x02"],
                        access={**FREE, "increase": "always", "deactivate": "always"},
                    ),
                    FileImage(
                        fid=0x6F07,
                        size=9,
                        sfi=7,
                        access={
                            **FREE,
                            "deactivate": "always",
                            "activate": "always",
                            "terminate": "adm1",
                            "delete": "always",
                        },
                    ),
                    FileImage(fid=0x6FFE, size=33023, access={"read": "never"}),
                ],
            ),
        ],
    )


class Talk:
    """``talk("00A4…")`` sends hex and returns the answer's hex in upper case."""

    def __init__(self, image: CardImage) -> None:
        self.card = VirtualCard(image)
        self.card.power_on()

    def __call__(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def fetched(self, command: str) -> str:
        """The answer after 61xx, 9Fxx, 62xx or 6Cxx is followed, as a T=0 reader does."""
        answer = self(command)
        get = "A0C0" if command.startswith("A0") else f"0{int(command[1], 16) & 3}C0"
        if len(answer) == 4 and answer[:2] in ("61", "9F"):
            return self(f"{get}0000{answer[2:]}")
        if len(answer) == 4 and answer[:2] == "6C":
            return self(command[:8] + answer[2:])
        return answer

    def adm(self) -> None:
        """Verify ADM1."""
        assert self("0020000A083837363534333231") == "9000"

    def pin(self) -> None:
        """Verify PIN1."""
        assert self("002000010831323334FFFFFFFF") == "9000"


def talk(**card) -> Talk:
    """The sample card, powered."""
    return Talk(sample_image(**card))
