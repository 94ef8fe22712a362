import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.executors.templates import Template, UnusableTemplate


def rendered(text, **values):
    return Template(text, "executor.command[0]").render(values)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_so_that_reading_it_gives_the_same_number(number):
    assert float(rendered("{{ x }}", x=number)) == number


def test_a_template_calculates_and_chooses():
    assert rendered("{{ x * sqrt(y) }} {% if x > 1 %}large{% else %}small{% endif %}", x=2, y=9) == "6.0 large"


def test_the_last_line_end_of_a_file_stays():
    assert rendered("a\n", x=1) == "a\n"


@pytest.mark.parametrize("text", ["{{ y }}", "{{ x.y }}", "{{ x + y }}", "{% for i in y %}{% endfor %}", "{{ 1 / x }}"])
def test_a_hole_is_never_left(text):
    with pytest.raises(UnusableTemplate, match=r"executor.command\[0\]"):
        rendered(text, x=0)


def test_an_empty_variable_is_a_hole_too():
    with pytest.raises(UnusableTemplate, match="empty"):
        rendered("{{ x }}", x=None)


@pytest.mark.parametrize("text", ["{{ x.__class__ }}", "{{ ''.__class__.__mro__ }}", "{% include '/etc/passwd' %}"])
def test_a_template_reaches_nothing_of_python_nor_of_the_disk(text):
    with pytest.raises(UnusableTemplate):
        rendered(text, x=1)


def test_the_variables_are_known_before_it_is_filled_in():
    assert Template("{{ a }} {% if b %}{{ c }}{% endif %} {{ junkan.folder }}", "").variables == {
        "a",
        "b",
        "c",
        "junkan",
    }


def test_a_slip_is_found_with_its_line_and_a_suggestion():
    with pytest.raises(UnusableTemplate, match=r"here, line 2: .*'latice' is not known. Did you mean 'lattice'"):
        Template("a\n{{ latice }}", "here").check({"lattice", "x"})


def test_a_template_that_is_no_template_is_refused_with_its_line():
    with pytest.raises(UnusableTemplate, match=r"here, line 2"):
        Template("a\n{{ x", "here").check({"x"})


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.in").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnusableTemplate, match=r"executor.inputs.a: a.in cannot be read"):
        Template.read(tmp_path / "a.in", "executor.inputs.a")
