from dataclasses import replace

from benchmarks.contests import CONTESTS, fingerprint


def test_the_fingerprint_of_a_contest_does_not_change_by_itself():
    assert fingerprint(CONTESTS["branin"]) == fingerprint(CONTESTS["branin"])


def test_another_budget_or_other_noise_is_another_contest():
    film = CONTESTS["film"]
    changed = [replace(film, trials=20), replace(film, standard_error=0.1), CONTESTS["mixed6"]]
    assert len({fingerprint(it) for it in (film, *changed)}) == 4


def test_every_contest_has_a_known_answer():
    for contest in CONTESTS.values():
        known = contest.problem.optimum if len(contest.problem.objectives) == 1 else contest.problem.hypervolume
        assert known is not None
