"""What the libraries do without us, over simulated ports and over real terminals: the protocols are the real ones."""

import time

import pytest
import serial

from simulators.thin_film.clock import VirtualClock
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE, registry
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

adapters = pytest.importorskip("pymeasure.adapters")
aja = pytest.importorskip("pymeasure.instruments.aja")
keithley = pytest.importorskip("pymeasure.instruments.keithley")
minimalmodbus = pytest.importorskip("minimalmodbus")


@pytest.fixture
def simulated(monkeypatch):
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, PACKAGE])
    rack = Rack(World(WorldSettings(scatter=0.0, probe_std=0.0), seed=1))
    with registry.connected("test", rack.wires):
        yield rack


@pytest.fixture(params=["sim", "terminal"])
def port(request):
    """A function that opens the port of an instrument, here or in the other process."""
    ports = []
    if request.param == "sim":
        request.getfixturevalue("simulated")
        place = "sim://test/{}"
    else:
        place = request.getfixturevalue("running").port("{}")

    def opened(name, **keywords):
        ports.append(serial.serial_for_url(place.format(name), exclusive=True, **{"timeout": 5.0} | keywords))
        return ports[-1]

    yield opened
    for opened_port in ports:
        opened_port.close()


def test_pymeasure_drives_the_supply(port):
    gun = aja.DCXS(adapters.SerialAdapter(port("gun", baudrate=38400)))
    assert (gun.id, gun.software_version) == ("DCXS750-4", "V2.03")
    gun.setpoint, gun.deposition_time_min, gun.deposition_time_sec, gun.ramp_time = 250, 12, 34, 5
    assert (gun.setpoint, gun.deposition_time_min, gun.deposition_time_sec, gun.ramp_time) == (250, 12, 34, 5)
    gun.material = "TiO2"
    assert gun.material.strip() == "TiO2"
    assert (gun.regulation_mode, gun.active_gun, gun.shutter_state) == ("power", 1, [0, 0, 0, 0, 0])
    gun.enabled = True
    assert (gun.enabled, gun.power, gun.fault_code) == (False, 0, 2)
    gun.setpoint = gun.deposition_time_min = gun.deposition_time_sec = gun.ramp_time = 0


def test_pymeasure_drives_the_source_meter(port):
    terminated = adapters.SerialAdapter(port("meter"), write_termination="\n", read_termination="\n")
    meter = keithley.Keithley2400(terminated)
    assert "MODEL 2400" in meter.id
    meter.source_mode, meter.wires, meter.compliance_voltage, meter.source_current = "current", 4, 20, 1e-4
    assert (meter.source_mode, meter.wires, meter.compliance_voltage, meter.source_current) == ("current", 4, 20, 1e-4)
    meter.source_enabled = True
    assert (meter.source_enabled, meter.voltage, meter.current) == (True, 20.0, 0.0)
    assert meter.measure_all()["status"] == 9
    meter.source_enabled = False
    assert meter.check_errors() == []
    meter.reset()


def test_pymeasure_drives_it_as_a_2450_as_well(port):
    terminated = adapters.SerialAdapter(port("meter"), write_termination="\n", read_termination="\n")
    meter = keithley.Keithley2450(terminated)
    meter.source_mode, meter.source_current, meter.compliance_voltage = "current", -1e-4, 20
    meter.enable_source()
    meter.measure_voltage()
    meter.write(":FORM:ELEM VOLT")
    assert (meter.voltage, meter.source_current) == (-20.0, -1e-4)
    meter.disable_source()
    assert not meter.source_enabled
    meter.reset()


def test_minimalmodbus_drives_the_heater(port):
    heater = minimalmodbus.Instrument(port("heater", baudrate=19200, timeout=0.3), 1)
    assert heater.read_register(122) == 0x3216
    heater.write_register(2, 30.5, number_of_decimals=1)
    heater.write_register(2, 31.5, number_of_decimals=1, functioncode=6)
    assert heater.read_register(2, 1) == 31.5
    assert 24.9 <= heater.read_register(1, 1, signed=True) <= 31.6
    assert len(heater.read_registers(1, 2)) == 2
    with pytest.raises(minimalmodbus.IllegalRequestError, match="address"):
        heater.read_register(9)
    with pytest.raises(minimalmodbus.IllegalRequestError, match="value"):
        heater.write_register(2, 950, number_of_decimals=1)
    heater.write_register(2, 25.0, number_of_decimals=1)


def test_minimalmodbus_meets_a_busy_heater(simulated):
    simulated.wires["heater"].chance.plan("busy")
    heater = minimalmodbus.Instrument(serial.serial_for_url("sim://test/heater", timeout=0.3), 1)
    with pytest.raises(minimalmodbus.SlaveDeviceBusyError):
        heater.read_register(1)


def test_a_late_answer_is_taken_for_another_by_a_bare_library(simulated):
    """The wire is as bad as a real one: this is why there is a strict link."""
    wire = simulated.wires["gun"]
    gun = aja.DCXS(adapters.SerialAdapter(serial.serial_for_url("sim://test/gun", timeout=0.3)))
    gun.setpoint = 250
    wire.chance.plan("late")
    assert gun.adapter.connection.write(b"b") == 1
    assert gun.adapter.read_bytes(4) == b""
    wire.time.wait(1.0)
    assert gun.voltage == 250, "the late setpoint is taken for the voltage"


def test_a_growth_by_the_bare_libraries(simulated):
    """Pump, gas, strike, deposit, measure: the physics is reached through bytes only."""
    clock = VirtualClock()
    clock.subscribe(simulated.advance)

    def lines(name):
        connection = serial.serial_for_url(f"sim://test/{name}", timeout=0.3)

        def ask(line):
            connection.write(f"{line}\r\n".encode())
            return connection.read_until(b"\r\n").decode().strip()

        return ask

    gas, robot = lines("gas"), lines("robot")
    gun = aja.DCXS(adapters.SerialAdapter(serial.serial_for_url("sim://test/gun", timeout=0.3)))
    heater = minimalmodbus.Instrument(serial.serial_for_url("sim://test/heater", timeout=0.3), 1)
    meter_port = serial.serial_for_url("sim://test/meter", timeout=0.3)
    meter = keithley.Keithley2400(adapters.SerialAdapter(meter_port, write_termination="\n", read_termination="\n"))

    assert robot("MOVE cassette/1 chamber/1") == "OK"
    clock.sleep(90.0)
    assert gas("PUMP 1") == "OK"
    heater.write_register(2, 400.0, number_of_decimals=1)
    clock.sleep(1500.0)
    assert [gas("AR 40"), gas("O2:P 7.0E-3")] == ["OK", "OK"]
    gun.setpoint, gun.deposition_time_min = 100, 40
    gun.enabled = True
    assert gun.enabled
    clock.sleep(300.0)
    assert gas("SHUTTER 1") == "OK"
    clock.sleep(1500.0)
    gun.enabled = False
    assert [gas("SHUTTER 0"), gas("AR 0"), gas("O2 0")] == ["OK"] * 3
    assert robot("MOVE chamber/1 probe/1") == "OK"
    clock.sleep(90.0)
    assert robot("STATE?") == "IDLE"
    meter.source_mode, meter.wires, meter.compliance_voltage = "current", 4, 20
    meter.source_enabled = True
    voltages = {}
    for sign in (1, -1):
        meter.source_current = sign * 1e-4
        voltages[sign] = meter.voltage
    measured = (voltages[1] - voltages[-1]) / 2e-4 / 0.220636
    assert measured == pytest.approx(57.15, rel=5e-3)
    assert simulated.world.depositions("s1") == 1


def test_a_call_over_a_simulated_port_takes_less_than_a_fifth_of_a_millisecond(simulated):
    """Processor time of the whole way: PyMeasure, pyserial, the wire and the instrument; the best of five rounds."""
    gun = aja.DCXS(adapters.SerialAdapter(serial.serial_for_url("sim://test/gun", timeout=0.3)))

    def round_of_calls():
        began = time.process_time()
        for _ in range(200):
            assert gun.setpoint == 0
        return (time.process_time() - began) / 200

    assert min(round_of_calls() for _ in range(5)) < 2e-4
