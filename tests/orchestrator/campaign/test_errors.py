from orchestrator.campaign.errors import CampaignFileError, Place, Problem, dotted


def test_a_problem_reads_file_line_column_path_message():
    problem = Problem.at(Place("c.yaml", 9, 3), ("space", "axis", 2), "found true.")
    assert str(problem) == "c.yaml:9:3: space.axis[2]: found true."


def test_a_problem_with_the_whole_file_has_no_path():
    assert str(Problem.at(Place("c.yaml"), (), "there is no such file.")) == "c.yaml: there is no such file."


def test_an_error_tells_each_problem_once_in_the_order_of_the_file_and_arguments_last():
    def at(line):
        return Problem("c.yaml", line, 1, "a", "wrong.")

    argument = Problem("--set a=1", None, None, "a", "wrong.")
    error = CampaignFileError([argument, at(10), at(2), at(10)])
    assert error.problems == (at(2), at(10), argument)
    assert str(error) == "c.yaml:2:1: a: wrong.\nc.yaml:10:1: a: wrong.\n--set a=1: a: wrong."


def test_problems_of_several_files_stay_apart():
    found = [Problem(file, line, 1, "", "wrong.") for file, line in (("b", 5), ("a", 9), ("b", 2), ("a", 1))]
    assert [(problem.file, problem.line) for problem in CampaignFileError(found).problems] == [
        ("b", 2),
        ("b", 5),
        ("a", 1),
        ("a", 9),
    ]


def test_a_key_that_cannot_be_printed_is_shown_escaped():
    assert dotted(("a\nb",)) == "'a\\nb'"


def test_a_path_is_dotted_with_list_positions_in_brackets():
    assert dotted(("a", 0, "b")) == "a[0].b"
