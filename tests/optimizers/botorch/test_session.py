import warnings

import pytest
import torch
from botorch.acquisition.multi_objective import logei
from botorch.exceptions.warnings import OptimizationWarning

from optimizers.botorch.session import torch_session, without_stalls


def test_the_process_is_left_as_it_was():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    before = torch.get_num_threads(), torch.get_default_dtype(), logei._load_attempted, logei._C
    with torch_session(8):
        torch.rand(5)
        assert torch.get_num_threads() == 1
        assert torch.get_default_dtype() is torch.float64
    assert (torch.get_num_threads(), torch.get_default_dtype(), logei._load_attempted, logei._C) == before
    assert torch.equal(torch.rand(2), expected)


def test_chance_depends_on_the_seed_only():
    drawn = []
    for seed, waste in ((8, 0), (8, 7), (9, 0)):
        torch.rand(waste)
        with torch_session(seed):
            drawn.append(torch.rand(3).tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_no_kernel_is_compiled_that_other_machines_may_lack():
    with torch_session(1):
        logei._try_load_fused_kernel()
        assert logei._C is None


def test_a_stalled_line_search_is_no_news_and_other_warnings_are():
    with without_stalls(), warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("stalled", OptimizationWarning, stacklevel=1)
    with pytest.warns(RuntimeWarning, match="something else"), without_stalls():
        warnings.warn("something else", RuntimeWarning, stacklevel=1)
