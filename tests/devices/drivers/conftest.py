"""The fake ports are known to pyserial here."""

import pytest
import serial


@pytest.fixture(autouse=True, scope="session")
def fake_ports():
    serial.protocol_handler_packages.append("tests.devices.fake_ports")
    yield
    serial.protocol_handler_packages.remove("tests.devices.fake_ports")
