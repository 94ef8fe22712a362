import pytest

from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.parser import parse
from orchestrator.campaign.syntax import decoded


def refusal(text):
    with pytest.raises(CampaignFileError) as caught:
        parse(text, "c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a:\n\tb: 1\n", "2:1", "a tab is used where spaces belong"),
        ("a: b: c\n", "1:5", "a ': ' does not fit here"),
        ("a: 1\n  b: 2\n", "2:4", "a ': ' does not fit here"),
        ("a: 'x\nb: 2\n", "1:4", "a quote or bracket is not closed"),
        ("a: [1, 2\n", "1:4", "a quote or bracket is not closed"),
        ("a: {b: 1\nc: 2\n", "2:2", "Is a ',' or a closing bracket missing? It begins in line 1."),
        ("a: [1, 2}\n", "1:9", "Is a ',' or a closing bracket missing?"),
        ("a: [1, 2]]\n", "1:10", "a bracket is extra"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "the indentation does not fit the lines above"),
        ("  a: 1\nb: 2\n", "2:1", "the indentation does not fit the lines above"),
        ("a: 1\nb\n", "2:1", "Is a ':' or ',' missing?"),
        ("a: @x\n", "1:4", "needs quotes"),
        ('a: "C:\\data"\n', "1:8", "single quotes"),
        ("a: 1\nb: \x07\n", "2:4", "U+0007"),
        ('a: "\\UFFFFFFFF"\n', "1:1", "this is not valid YAML"),
    ],
)
def test_a_syntax_error_says_where_and_what_to_do(text, place, said):
    message = refusal(text)
    assert message.startswith(f"c.yaml:{place}: ")
    assert said in message


def test_a_byte_that_is_not_utf_8_is_named_with_its_place():
    with pytest.raises(CampaignFileError) as caught:
        decoded("a: 1\nb: é\n".encode("latin-1"), "c.yaml")
    assert str(caught.value) == "c.yaml:2:4: byte 0xe9 is not UTF-8 text. Save the file with the encoding UTF-8."


def test_utf_8_is_kept_character_for_character():
    assert decoded("\ufeffΣ5\r\n".encode(), "c.yaml") == "\ufeffΣ5\r\n"
