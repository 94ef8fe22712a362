def test_all_that_is_printed_is_in_the_log_of_the_attempt_and_harms_nothing(evaluate):
    outcome, folder = evaluate("chatty")
    assert outcome.values["energy"].value == 1.0
    log = (folder / "output.log").read_bytes()
    for words in (b"not yours", b"to the error stream", b"\xff\xfe raw", b"from compiled code", b"from a child"):
        assert words in log


def test_each_attempt_has_its_own_log(executor, attempt, follow):
    here = executor("chatty")
    folders = [attempt(number) for number in (1, 2)]
    for key, folder in folders:
        follow(here, here.start(key, {"x": 0.5}, folder))
    assert [(folder / "output.log").read_bytes().count(b"not yours") for _, folder in folders] == [1, 1]


def test_a_silent_evaluation_leaves_no_log(evaluate, wait_for):
    _, folder = evaluate("quadratic")
    wait_for(lambda: not (folder / "output.log").exists())
