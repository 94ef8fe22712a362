from devices.station.conformance import StationLogConformance
from devices.station.log import MemoryLog


class TestMemoryLog(StationLogConformance):
    outlives_its_object = False

    def build(self, folder):
        return MemoryLog()
