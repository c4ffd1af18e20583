"""Every error a caller of smartboot can meet, in one tree.

Each error says in one line what is wrong and where; ``hint`` says what to do about it and
``exit_status`` is what the command line ends with (the design's table: 2 wrong usage, 3 no reader
or card, 4 the card refused, 5 malformed data, 6 PIN or ADM). No error ever holds a key, a PIN or
a password: those who raise one leave the value out.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "CardError",
    "CardMuteError",
    "CardNotPreparedError",
    "CardRemovedError",
    "DecodeError",
    "EncodeError",
    "FileAbsentError",
    "FileUnusableError",
    "NoCardError",
    "NoReaderError",
    "PinBlockedError",
    "PinError",
    "PinRefusedError",
    "PinRequiredError",
    "ProfileError",
    "ProvisioningInterruptedError",
    "ReaderBusyError",
    "ReplayError",
    "SecurityStatusError",
    "ServiceError",
    "SmartbootError",
    "TransportError",
    "UsageError",
]


class SmartbootError(Exception):
    """Base of all errors. ``str(error)`` is one line; ``hint`` one sentence on what to do."""

    exit_status: ClassVar[int] = 5

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SmartbootError):
    """Our caller is wrong: a bad argument, an unusable combination of options."""

    exit_status = 2


class ProfileError(UsageError):
    """A card profile or image is wrong; ``file``, ``line`` (from 1) and ``field`` say where."""

    exit_status = 5

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        hint: str | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (file, line) if part is not None)
        text = ": ".join(part for part in (place, field, message) if part)
        super().__init__(text, hint=hint)
        self.file = file
        self.line = line
        self.field = field
        self.reason = message


class FileUnusableError(ProfileError):
    """A file of the caller's is not there, or cannot be read or made: nothing is wrong in it."""

    exit_status = 2

    @classmethod
    def of(cls, error: OSError, path: str, participle: str) -> FileUnusableError:
        """For what the system said about ``path``, which was to be "read" or "written"."""
        reason = error.strerror or type(error).__name__
        return cls(f"cannot be {participle}: {reason}", file=path)


class DecodeError(SmartbootError):
    """The bytes are wrong; ``offset`` counts from the start of ``where``, ``spec`` is a clause."""

    exit_status = 5

    def __init__(
        self,
        message: str,
        *,
        offset: int | None = None,
        where: str | None = None,
        spec: str | None = None,
        hint: str | None = None,
    ) -> None:
        text = message
        if where is not None:
            text = f"{where}: {text}"
        if offset is not None:
            text = f"{text} (at offset {offset})"
        super().__init__(text, hint=hint)
        self.reason = message
        self.offset = offset
        self.where = where
        self.spec = spec

    def at(self, where: str, *, base: int = 0) -> DecodeError:
        """Return the same error told of ``where``, its offset moved by ``base`` bytes."""
        offset = None if self.offset is None else self.offset + base
        return DecodeError(self.reason, offset=offset, where=where, spec=self.spec, hint=self.hint)


class EncodeError(SmartbootError):
    """A value does not fit the format asked for; ``field`` names it in the format's terms."""

    exit_status = 5

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(f"{field}: {message}" if field else message, hint=hint)
        self.reason = message
        self.field = field


class TransportError(SmartbootError):
    """No way to the card: no service, no reader, no card, or the card went away."""

    exit_status = 3


class ServiceError(TransportError):
    """The PC/SC service is not running or not reachable."""


class NoReaderError(TransportError):
    """No reader, or none that fits what was asked for."""


class NoCardError(TransportError):
    """The reader is there and holds no card."""


class CardRemovedError(TransportError):
    """The card (or its reader) went away while it was in use."""


class CardMuteError(TransportError):
    """A card is in the reader and does not answer."""


class ReaderBusyError(TransportError):
    """Another program holds the card."""


class ProvisioningInterruptedError(TransportError):
    """The card went away while it was being written, after ``completed`` of ``total`` steps;
    ``last`` says what the last completed one was, None when there was none."""

    def __init__(
        self,
        message: str,
        *,
        completed: int,
        total: int,
        last: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.completed = completed
        self.total = total
        self.last = last


class ReplayError(TransportError):
    """A recording was played back as a card and does not fit what was sent, or is at its end."""


class CardError(SmartbootError):
    """The card answered a command with a refusing status word ``sw``."""

    exit_status = 4

    def __init__(
        self,
        message: str,
        *,
        sw: int | None = None,
        command_name: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.sw = sw
        self.command_name = command_name


class FileAbsentError(CardError):
    """The card has no such file, application or record (6A82, 6A83, 9404)."""


class CardNotPreparedError(CardError):
    """The card lacks files or room that only its issuer can give it. ``files`` has one line for
    each: path, name, size in bytes and access conditions."""

    def __init__(
        self,
        message: str,
        *,
        files: tuple[str, ...] = (),
        sw: int | None = None,
        command_name: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, sw=sw, command_name=command_name, hint=hint)
        self.files = files


class SecurityStatusError(CardError):
    """The card refused for want of a key (6982, 9804). ``needs`` names the keys that would open."""

    exit_status = 6

    def __init__(
        self,
        message: str,
        *,
        sw: int | None = None,
        command_name: str | None = None,
        needs: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, sw=sw, command_name=command_name, hint=hint)
        self.needs = needs


class PinError(CardError):
    """Something about a PIN or ADM key. ``key_name`` is its name (PIN1, ADM1), never its value."""

    exit_status = 6

    def __init__(
        self,
        message: str,
        *,
        key_name: str,
        remaining: int | None = None,
        sw: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, sw=sw, command_name="VERIFY", hint=hint)
        self.key_name = key_name
        self.remaining = remaining


class PinRequiredError(PinError):
    """A key is needed and none was given."""


class PinRefusedError(PinError):
    """The card refused the key, or it was not sent because too few tries are left."""


class PinBlockedError(PinError):
    """The key is blocked on the card."""
