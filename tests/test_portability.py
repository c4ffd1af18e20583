"""smartboot where the machine is not the author's: encodings, terminals, folders, line ends, names.

What other systems would do is judged from the sources (``test_portability_source.py``); here the
command line runs as a program of its own in environments that are bare, narrow or old.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from smartboot.cli import main, streams
from smartboot.cli.failure import run
from tests.support.cli import PROFILES
from tests.support.cli import smartboot as in_process

LABEL = "Hafenlichter Übersee"
NARROW = "lwm2m-psk"

posix = pytest.mark.skipif(os.name != "posix", reason="a POSIX shell's environment")


def environment(**more: str) -> dict[str, str]:
    """A bare environment: no HOME, no locale, no terminal."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return {"PATH": os.environ.get("PATH", ""), **kept, **more}


def smartboot(
    *arguments: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "smartboot", *map(str, arguments)],
        env=environment(**variables),
        cwd=cwd,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def shown(encoding: str, *arguments: str | Path) -> tuple[int, bytes, bytes]:
    """The same in this process, with streams of another encoding: status, stdout, stderr."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        io.TextIOWrapper(out, encoding=encoding, write_through=True) as stdout,
        io.TextIOWrapper(err, encoding=encoding, write_through=True) as stderr,
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        assert isinstance(end.value.code, int)
        return end.value.code, out.getvalue(), err.getvalue()


ENVIRONMENTS = {
    "utf-8": {"PYTHONUTF8": "1"},
    "C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin-1": {"LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
    "ascii, strict": {"PYTHONIOENCODING": "ascii:strict"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "utf-16": {"PYTHONIOENCODING": "utf-16"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and a profile whose names and texts are not ASCII."""
    folder = tmp_path_factory.mktemp("Übergabe 光 an den Kunden")
    text = (PROFILES / "lwm2m-psk.yaml").read_text(encoding="utf-8")
    for old, new in (("Harbor fleet", LABEL), ("label: LwM2M Bootstrap", "label: Größe 光")):
        assert old in text
        text = text.replace(old, new)
    (folder / "Karte für Süd.yaml").write_text(text, encoding="utf-8", newline="\n")
    return folder


@pytest.fixture
def card(folder: Path) -> str:
    return f"virtual:{folder / 'Karte für Süd.yaml'}"


# -- encodings of the output


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_encoding_ends_in_a_traceback(name: str, card: str) -> None:
    done = smartboot("-r", card, "read", **ENVIRONMENTS[name])
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"internal fault" not in done.stderr
    encoding = ENVIRONMENTS[name].get("PYTHONIOENCODING", "utf-8").split(":")[0]
    text = done.stdout.decode(encoding if encoding.startswith("utf-16") else "latin-1")
    assert "harbor-cell-0417" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_tables_have_plain_lines_where_the_encoding_lacks_others(encoding: str, card: str) -> None:
    _, out, _ = shown(encoding, "-r", card, "read")
    text = out.decode(encoding)
    assert "---" in text
    assert "\\u25" not in text
    # What the encoding has is shown as it is, what it lacks as an escape.
    assert ("Größe" if encoding != "ascii" else "Gr\\xf6\\xdfe") in text
    assert "\\u5149" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_programs_read_is_utf8_and_exact_everywhere(
    form: str, encoding: str, card: str
) -> None:
    status, out, err = shown(encoding, "-r", card, "read", "--format", form)
    assert status == 0, err
    text = out.decode("utf-8")
    data = json.loads(text) if form == "json" else YAML(typ="safe").load(text)
    assert data["data_objects"][0]["label"] == "Größe 光"
    assert ("Größe" in text) == (encoding == "utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_xml_is_read_back_whatever_the_encoding(encoding: str, tmp_path: Path) -> None:
    source = tmp_path / "a.xml"
    source.write_text(
        '<wap-provisioningdoc><characteristic type="APPLICATION"><parm name="APPID" value="w7"/>'
        '<parm name="PROVIDER-ID" value="Größe 光"/></characteristic></wap-provisioningdoc>',
        encoding="utf-8",
    )
    status, out, err = shown(encoding, "decode", source, "--format", "xml", "--show-secrets")
    assert status == 0, err
    again = tmp_path / "b.xml"
    again.write_bytes(out)
    read = in_process("decode", str(again), "--format", "json").json
    assert read["accounts"][0]["server_id"] == "Größe 光"


def test_help_has_a_stand_in_that_can_be_read() -> None:
    _, out, _ = shown("ascii", "write", "--help")
    text = out.decode("ascii")
    assert "hex:...," in text
    assert "\\u" not in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_errors_name_files_that_the_encoding_lacks(encoding: str, tmp_path: Path) -> None:
    for arguments in (("decode", tmp_path / "ü 光.bin"), ("-r", "virtual:ü 光.yaml", "read")):
        status, out, err = shown(encoding, *arguments)
        assert status in (2, 5)
        assert out == b""
        assert b"\\u5149." in err


@posix
def test_a_file_name_that_is_no_text_is_no_crash(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe card.yaml"
    try:
        shutil.copy(PROFILES / "lwm2m-psk.yaml", os.fsdecode(name))
    except OSError as error:
        pytest.skip(f"this file system takes no such name: {error}")
    reader = os.fsdecode(b"virtual:" + name)
    for form in ("table", "json", "yaml"):
        status, out, err = shown("utf-8", "-r", reader, "read", "--format", form)
        assert status == 0, err
        out.decode("utf-8")


def test_stand_ins_are_for_what_the_encoding_lacks() -> None:
    streams.prepare()
    shown = "a\u2026 \u2500\u2192 \u00e9\u5149 \ud800".encode("ascii", streams.ERRORS)
    assert shown == b"a... --> \\xe9\\u5149 \\ud800"
    assert "\u2026\u00e9".encode("cp1252", streams.ERRORS) == b"\x85\xe9"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", streams.ERRORS)


def test_an_output_of_unknown_encoding_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        encoding = "no such encoding"

    monkeypatch.setattr(sys, "stdout", Odd())
    assert not streams.takes_utf8()
    assert not streams.can_show("a")


@posix
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_it_works_without_standard_streams(closed: str, card: str) -> None:
    command = f'"$@" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-m", "smartboot", "-r", card, "read"],
        env=environment(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert b"internal fault" not in done.stderr


def test_a_reader_of_the_output_that_left_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows that is an invalid argument; elsewhere the same number is a fault to tell."""

    def broken() -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    assert run(broken) == 2
    with (
        Path(os.devnull).open("w", encoding="utf-8") as stream,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "platform", "win32")
        assert run(broken) == 0


# -- terminals


@posix
@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({"TERM": "xterm-256color", "COLUMNS": "100"}, True),
        ({"TERM": "xterm-256color", "COLUMNS": "100", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "COLUMNS": "20"}, True),
        ({"COLUMNS": "1"}, True),
    ],
    ids=["colour", "NO_COLOR", "dumb", "20 columns", "no TERM, 1 column"],
)
def test_on_a_terminal(variables: dict[str, str], coloured: bool, card: str) -> None:
    import pty

    leader, follower = pty.openpty()
    try:
        done = subprocess.Popen(
            [sys.executable, "-m", "smartboot", "-r", card, "read"],
            env=environment(LC_ALL="C.UTF-8", **variables),
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.PIPE,
        )
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        _, told = done.communicate(timeout=60)
    finally:
        os.close(leader)
    assert done.returncode == 0, told
    assert told == b""
    bold = [code for code in (b"\x1b[3", b"\x1b[9", b";3", b";9") if code in shown]
    if not coloured:
        assert not bold
    if variables.get("TERM") == "dumb":
        assert b"\x1b" not in shown
    if int(variables.get("COLUMNS", "0")) >= 80:
        assert b"harbor-cell-0417" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("profiles", "list"),
        ("info",),
        ("verify", str(PROFILES / "dm-2.0.yaml")),
        ("write", str(PROFILES / "dm-2.0.yaml"), "--dry-run"),
        ("erase", "--dry-run"),
        ("diff", "card", str(PROFILES / "dm-2.0.yaml")),
        ("check",),
        ("emulate", "--personality", "list"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_table_is_plain_in_ascii(arguments: tuple[str, ...]) -> None:
    reader = f"virtual:{PROFILES / 'lwm2m-psk.yaml'}"
    with_card = () if arguments[0] in ("profiles", "emulate") else ("-r", reader)
    status, out, err = shown("ascii", *with_card, *arguments)
    assert status in (0, 1, 4), err
    for stream in (out, err):
        assert "\\u2" not in stream.decode("ascii")


# -- folders, homes and rights


@posix
def test_neither_a_home_nor_a_folder_to_write_in_is_needed(card: str, tmp_path: Path) -> None:
    """Reading works where nothing can be written, whoever runs it."""
    bare = tmp_path / "bare"
    bare.mkdir()
    bare.chmod(0o555)
    try:
        done = smartboot("-r", card, "info", cwd=bare, HOME="/nonexistent")
        assert done.returncode == 0, done.stderr
        assert not list(bare.iterdir())
    finally:
        bare.chmod(0o755)


@posix
def test_a_user_without_a_name_or_a_home_reads_a_card(card: str, tmp_path: Path) -> None:
    """A container's user that /etc/passwd does not know."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    # Everything is loaded before: the checkout may be one that only its owner can read.
    script = (
        "import os\n"
        "import smartboot.api.cards, smartboot.api.profiles, smartboot.virtual.scenario\n"
        f"card = {card!r}\n"
        "import smartboot\n"
        "image = smartboot.load_image(card.removeprefix('virtual:'))\n"
        "with smartboot.open_card(image) as warm: smartboot.read_bootstrap(warm)\n"
        "os.setgroups([]); os.setgid(54321); os.setuid(54321)\n"
        "with smartboot.open_card(image) as opened:\n"
        "    print(len(smartboot.read_bootstrap(opened).accounts))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


@posix
def test_a_backup_that_cannot_be_written_stops_the_write(card: str, tmp_path: Path) -> None:
    status, _, err = shown(
        "ascii",
        *("-r", card, "write", PROFILES / "dm-2.0.yaml", "--create", "--yes", "--adm", "12345678"),
        *("--backup", tmp_path / "no" / "such" / "folder.yaml"),
    )
    assert status == 2
    assert b"there is no directory" in err


def test_names_with_blanks_and_letters_of_anywhere(
    card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    image, trace = "Übersicht der Karte 光.yaml", "Spur 光.jsonl"
    assert in_process("-r", card, "dump", image).status == 0
    first = in_process("-r", card, "read", "--format", "json").json["accounts"]
    again = in_process("-r", f"virtual:{image}", "read", "--format", "json").json["accounts"]
    assert first == again
    done = in_process("--trace", trace, "--trace-contents", "-r", card, "read")
    assert done.status == 0, done.err
    assert in_process("-r", f"replay:{trace}", "read").status == 0


# -- text as other systems' editors leave it


def windows(text: str) -> bytes:
    """With a byte order mark and CR LF, as a Windows editor saves it."""
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in PROFILES.glob("*.yaml")))
def test_profiles_saved_on_windows_are_the_same_cards(name: str, tmp_path: Path) -> None:
    text = (PROFILES / name).read_text(encoding="utf-8")
    for path in PROFILES.iterdir():
        if path.suffix != ".yaml":
            shutil.copy(path, tmp_path)
    (tmp_path / name).write_bytes(windows(text))
    ours = in_process("-r", f"virtual:{PROFILES / name}", "read", "--format", "json").json
    theirs = in_process("-r", f"virtual:{tmp_path / name}", "read", "--format", "json").json
    assert theirs["accounts"] == ours["accounts"]
    assert [o["sha256"] for o in theirs["data_objects"]] == [
        o["sha256"] for o in ours["data_objects"]
    ]


def test_images_traces_documents_and_env_files_saved_on_windows(tmp_path: Path) -> None:
    reader = f"virtual:{PROFILES / 'lwm2m-psk.yaml'}"
    image, trace = tmp_path / "card.yaml", tmp_path / "card.jsonl"
    assert in_process("-r", reader, "dump", str(image)).status == 0
    first = in_process(
        *("--trace", str(trace), "--trace-contents", "-r", reader, "read", "--format", "json")
    ).json
    for path in (image, trace):
        path.write_bytes(windows(path.read_text(encoding="utf-8")))
    for again in (f"virtual:{image}", f"replay:{trace}"):
        assert (
            in_process("-r", again, "read", "--format", "json").json["accounts"]
            == (first["accounts"])
        )
    shown = in_process("-r", reader, "read", "--format", "yaml", "--show-secrets").out
    document = tmp_path / "document.yaml"
    document.write_bytes(windows(f"accounts:{shown.partition('accounts:')[2]}"))
    assert in_process("decode", str(document)).status == 0
    values, pin = tmp_path / "fleet.env", tmp_path / "key"
    values.write_bytes(windows("SERIAL=000417\nPSK=00112233445566778899AABBCCDDEEFF\n"))
    pin.write_bytes(windows("12345678\n"))
    kept = tmp_path / "kept.yaml"
    done = in_process(
        *("-r", f"{reader}?save={kept}", "write", str(PROFILES / "lwm2m-variables.yaml")),
        *("--env-file", str(values), "--adm", f"@{pin}", "--yes", "--no-backup"),
    )
    assert done.status == 0, done.err


def test_what_smartboot_writes_has_plain_line_ends(tmp_path: Path) -> None:
    reader = f"virtual:{PROFILES / 'lwm2m-psk.yaml'}"
    image, trace = tmp_path / "card.yaml", tmp_path / "card.jsonl"
    assert in_process("--trace", str(trace), "-r", reader, "dump", str(image)).status == 0
    for path in (image, trace):
        content = path.read_bytes()
        assert b"\n" in content
        assert b"\r" not in content


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "C:/secret",
        "C:secret",
        "\\secret",
        "..\\secret",
        "a/..\\..\\secret",
        "\\\\host\\share\\secret",
        "../secret",
    ],
)
def test_a_profile_leads_nowhere_else_on_any_system(name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "schema: smartboot/profile/1\nname: p\ndata_objects:\n"
        f"  - {{label: L, format: lwm2m, fid: '6432', file: {json.dumps(name)}}}\n",
        encoding="utf-8",
    )
    done = in_process("profiles", "validate", str(path))
    assert done.status == 5
    assert "beside the profile or below it" in done.err + done.out
