import subprocess
import sys

import numpy as np

from benchmarks.machine import describe_machine, installed_version


def test_a_measurement_says_where_and_with_what_it_was_taken():
    found = describe_machine()
    assert found["versions"]["numpy"] == np.__version__
    assert len(found["load_average"]) == 3
    assert found["processor"]


def test_what_is_not_installed_has_no_version():
    assert installed_version("no-such-optimizer") is None


def test_peak_memory_sees_an_array_that_is_gone():
    child = (
        "import numpy as np; from benchmarks.machine import peak_memory_bytes as peak;"
        "before = peak(); np.ones(2**23).sum(); print(peak() - before)"
    )
    printed = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True).stdout
    assert 60 * 2**20 < int(printed) < 100 * 2**20
