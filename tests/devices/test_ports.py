"""Ports: one owner each, by whatever URL, and every library's trouble in the same four words (R11, R28)."""

import fcntl
import os
import socket
import subprocess
import sys
import termios
import threading

import minimalmodbus
import pytest
import serial
from serial.rfc2217 import PortManager

from devices.errors import BadReply, Disconnected, NoReply, NotSettled, Refused
from devices.link import Link
from devices.link_settings import LinkSettings
from devices.ports import canonical, link_error, lock_path
from devices.reply import Terminated
from tests.devices import pseudo_terminal as pty

QUICK = LinkSettings(timeout=1.0, patience=0.0, retries=0)
LINE = Terminated(b"\r\n")


@pytest.fixture(autouse=True)
def lock_files(tmp_path, monkeypatch):
    """Those of terminal servers are not left behind, and not in the way of anybody's real ones."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def terminal(tmp_path):
    with pty.PseudoTerminal(tmp_path, pty.lines, lambda command: b"0.500\r\n") as terminal:
        yield terminal


@pytest.fixture
def connect():
    opened = []

    def connect(url, name="gun", **settings):
        link = Link(str(url), QUICK.model_copy(update=settings), name=name)
        opened.append(link)
        link.open()
        return link

    yield connect
    for link in opened:
        link.close()


# ---- one owner


def test_r11_a_second_device_of_this_process_on_a_port_is_refused_with_the_first_ones_name(connect, terminal, tmp_path):
    connect(terminal.path)
    (tmp_path / "other").symlink_to(terminal.path.readlink())
    for name in (terminal.path, tmp_path / "other", terminal.path.readlink()):
        with pytest.raises(Disconnected, match=rf"heater: the port {name} is already open .* for 'gun'"):
            connect(name, "heater")


def test_r11_a_port_that_another_program_holds_is_refused(connect, terminal):
    theirs = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(theirs, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        with pytest.raises(Disconnected, match=rf"gun: the port {terminal.path} is in use by another program"):
            connect(terminal.path)
    finally:
        os.close(theirs)
    connect(terminal.path)


def test_r11_another_program_cannot_take_a_port_of_ours(connect, terminal):
    connect(terminal.path)
    with pytest.raises(serial.SerialException):
        serial.serial_for_url(str(terminal.path), exclusive=True)


def test_r11_a_port_given_back_is_free(connect, terminal):
    connect(terminal.path).close()
    second = connect(terminal.path, "heater")
    assert second.exchange(b"P?\r\n", LINE, again=False) == b"0.500"


def test_a_port_that_could_not_be_opened_is_not_held(connect, tmp_path, terminal):
    with pytest.raises(Disconnected):
        connect(tmp_path / "absent")
    (tmp_path / "absent").symlink_to(terminal.path.readlink())
    connect(tmp_path / "absent")


def test_r8_the_guardian_may_open_a_port_that_a_child_of_the_dead_still_holds(connect, terminal):
    theirs = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(theirs, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        guardian = connect(terminal.path, exclusive=False)
        assert guardian.exchange(b"P?\r\n", LINE, again=False) == b"0.500"
        with pytest.raises(Disconnected, match="in use by another program"):  # the lock is still the child's
            Link(str(terminal.path.readlink()), QUICK, name="heater").open()
    finally:
        os.close(theirs)


def test_two_names_of_one_port_are_one_port(tmp_path):
    (tmp_path / "by-id").symlink_to("/dev/null")
    assert canonical(str(tmp_path / "by-id")) == "/dev/null"
    assert canonical("socket://Rack:4001?logging=debug") == canonical("socket://rack:4001")


# ---- terminal servers


@pytest.fixture
def mute():
    """While it is set, the terminal server hears and says nothing."""
    return threading.Event()


@pytest.fixture
def terminal_server(mute):
    """A TCP port that answers every line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    while heard := connection.recv(100):
                        if mute.is_set():
                            break
                        connection.sendall(b"0.500\r\n" * heard.count(b"\r\n"))
                    while mute.is_set() and connection.recv(100):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"socket://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_terminal_server_is_a_port_like_any_other_and_has_one_owner_on_this_machine(terminal_server, connect):
    link = connect(terminal_server)
    assert link.exchange(b"P?\r\n", LINE, again=False) == b"0.500"
    with pytest.raises(Disconnected, match="already open in this process"):
        connect(terminal_server, "heater")
    program = f"from devices.link import Link\nLink({terminal_server!r}, name='heater').open()"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Disconnected: heater: the port" in other.stderr
    assert "in use by another program" in other.stderr


def test_a_lock_file_that_cannot_be_used_is_named(connect):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"socket://127.0.0.1:{listening.getsockname()[1]}"
        lock_path(url).symlink_to("/dev/null")
        try:
            with pytest.raises(Disconnected, match=rf"gun: {lock_path(url)}, which marks {url} as in use"):
                connect(url)
        finally:
            lock_path(url).unlink()


@pytest.mark.slow
def test_a_dead_connection_to_a_terminal_server_is_made_anew(terminal_server, connect, mute):
    """The other end lost its power: writing succeeds for a quarter of an hour, and nothing ever comes."""
    link = connect(terminal_server, timeout=0.1, quiet=0.1, retries=3, patience=5.0)
    mute.set()
    with pytest.raises(NoReply):
        link.exchange(b"MOVE a b\r\n", LINE, again=False)
    mute.clear()
    assert link.exchange(b"P?\r\n", LINE, again=True) == b"0.500"
    assert link.generation == 2


@pytest.mark.filterwarnings("ignore:set:DeprecationWarning")
@pytest.mark.slow
def test_a_terminal_server_of_rfc_2217_is_a_port_like_any_other(connect):
    with socket.create_server(("127.0.0.1", 0)) as listening, serial.serial_for_url("loop://", timeout=0.05) as loop:

        def serve():
            connection, _ = listening.accept()
            with connection:
                manager = PortManager(loop, _Writer(connection))
                while heard := connection.recv(100):
                    loop.write(b"".join(manager.filter(heard)))
                    if loop.in_waiting:
                        connection.sendall(b"".join(manager.escape(loop.read(loop.in_waiting))))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        link = connect(f"rfc2217://127.0.0.1:{listening.getsockname()[1]}")
        assert link.exchange(b"0.500\r\n", LINE, again=True) == b"0.500"
        link.close()
        thread.join()


class _Writer:
    def __init__(self, connection):
        self.write = connection.sendall


def test_a_terminal_server_that_is_not_there_is_disconnected(connect):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    for scheme in ("socket", "rfc2217"):
        with pytest.raises(Disconnected, match="gun"):
            connect(f"{scheme}://127.0.0.1:{port}")


# ---- four errors


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (serial.SerialException("device reports readiness to read but returned no data"), Disconnected),
        (serial.SerialTimeoutException("Write timeout"), Disconnected),
        (serial.PortNotOpenError(), Disconnected),
        (termios.error(5, "Input/output error"), Disconnected),
        (OSError(5, "Input/output error"), Disconnected),
        (minimalmodbus.NoResponseError("no answer"), NoReply),
        (minimalmodbus.InvalidResponseError("checksum"), BadReply),
        (minimalmodbus.LocalEchoError("echo"), BadReply),
        (minimalmodbus.SlaveDeviceBusyError("busy"), Refused),
        (minimalmodbus.IllegalRequestError("no such register"), Refused),
        (minimalmodbus.NegativeAcknowledgeError("no"), Refused),
    ],
)
def test_r28_every_trouble_of_a_library_is_one_of_four_errors_and_names_the_device(trouble, expected):
    assert type(link_error(trouble, "heater")) is expected
    assert str(link_error(trouble, "heater")).startswith("heater: ")


def test_what_is_no_trouble_of_a_line_is_left_alone():
    assert link_error(NotSettled("gun.power"), "gun") is None
    assert link_error(ZeroDivisionError(), "gun") is None
    already = Refused("gun: no")
    assert link_error(already, "gun") is already


# ---- no hardware packages


def test_r34_all_of_devices_is_imported_without_any_hardware_package():
    program = """
import importlib, pkgutil, sys
for name in ("serial", "pymeasure", "minimalmodbus", "h5py", "maiml", "pymodbus", "pyvisa"):
    sys.modules[name] = None
import devices
for module in pkgutil.walk_packages(devices.__path__, "devices."):
    if not module.name.endswith("conformance"):
        importlib.import_module(module.name)
from devices.errors import Disconnected
from devices.link import Link
try:
    Link("/dev/null", name="gun").open()
except Disconnected as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "gun: /dev/null needs pyserial: pip install 'junkan[devices]'" in done.stdout
