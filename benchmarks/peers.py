"""Programs that do the same or a part of it: libwbxml (called in this process), lxml, json.

libwbxml is a C library; it is loaded here and nowhere in smartboot. It turns WBXML into XML text
and back, which smartboot's ``to_xml`` and ``from_xml`` do too. Where it is not installed the
comparison is left out.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

__all__ = ["Libwbxml", "LibwbxmlError"]

_OK = 0
_COMPACT = 0

# The types of libwbxml's header: WB_UTINY is unsigned char, WB_ULONG unsigned int.
_Bytes = ctypes.POINTER(ctypes.c_ubyte)
_Length = ctypes.c_uint
_RUN = (
    ctypes.c_void_p,
    ctypes.c_char_p,
    _Length,
    ctypes.POINTER(_Bytes),
    ctypes.POINTER(_Length),
)


class LibwbxmlError(Exception):
    """libwbxml is not there, or refused a document."""


class Libwbxml:
    """Two converters of libwbxml, one for each direction, used again for every document."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("wbxml2") or "libwbxml2.so.1"
        try:
            library = ctypes.CDLL(name)
        except OSError as error:
            raise LibwbxmlError("libwbxml is not installed") from error
        self._free: Any = _function(library, "wbxml_free", None, ctypes.c_void_p)
        self._to_xml: Any = _function(library, "wbxml_conv_wbxml2xml_run", ctypes.c_int, *_RUN)
        self._to_wbxml: Any = _function(library, "wbxml_conv_xml2wbxml_run", ctypes.c_int, *_RUN)
        # Both converters live as long as the process: there is one pair of them.
        self._xml_maker = _created(library, "wbxml_conv_wbxml2xml_create")
        self._wbxml_maker = _created(library, "wbxml_conv_xml2wbxml_create")
        setter = ("wbxml_conv_wbxml2xml_set_gen_type", None, ctypes.c_void_p, ctypes.c_int)
        _function(library, *setter)(self._xml_maker, _COMPACT)
        setter = ("wbxml_conv_xml2wbxml_set_version", None, ctypes.c_void_p, ctypes.c_int)
        self._set_version: Any = _function(library, *setter)
        disable = "wbxml_conv_xml2wbxml_disable_string_table"
        _function(library, disable, None, ctypes.c_void_p)(self._wbxml_maker)

    def to_xml(self, data: bytes) -> bytes:
        """WBXML to XML text without white space between elements. Errors: LibwbxmlError."""
        return self._run(self._to_xml, self._xml_maker, data)

    def to_wbxml(self, text: bytes, version: int = 0x03) -> bytes:
        """XML text to WBXML of a version (its first byte). Errors: LibwbxmlError."""
        self._set_version(self._wbxml_maker, version)
        return self._run(self._to_wbxml, self._wbxml_maker, text)

    def _run(self, function: Any, converter: ctypes.c_void_p, data: bytes) -> bytes:
        made = _Bytes()
        length = _Length(0)
        status = function(converter, data, len(data), ctypes.byref(made), ctypes.byref(length))
        if status != _OK:
            raise LibwbxmlError(f"libwbxml refused the document (status {status})")
        try:
            return ctypes.string_at(made, length.value)
        finally:
            # The result belongs to the caller, who gives it back with the library's own free.
            self._free(made)


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


def _created(library: ctypes.CDLL, name: str) -> ctypes.c_void_p:
    made = ctypes.c_void_p()
    create = _function(library, name, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p))
    if create(ctypes.byref(made)) != _OK or not made:
        raise LibwbxmlError("libwbxml made no converter")
    return made
