from hypothesis import given
from hypothesis import strategies as st

from clerkd.at.splitter import LINE_LIMIT, Line, Prompt, Splitter


def test_every_line_end_ends_a_line_and_empty_lines_are_none():
    assert Splitter().feed(b"\r\nA\r\n\r\r\nB\rC\n\n  \r\nD") == [Line("A"), Line("B"), Line("C")]


def test_a_prompt_is_found_only_while_one_is_expected():
    splitter = Splitter()

    assert splitter.feed(b"\r\n> ") == []
    assert splitter.feed(b"\r\n") == [Line(">")]
    splitter.expect_prompt = True
    assert splitter.feed(b"\r\n> ") == [Prompt()]
    assert splitter.feed(b"> \r\n") == [Line(">")]


def test_a_prompt_stands_at_the_beginning_of_its_line():
    splitter = Splitter()
    splitter.expect_prompt = True

    assert splitter.feed(b'+CUSD: 0,"a >') == []
    assert splitter.feed(b' b"\r\n') == [Line('+CUSD: 0,"a > b"')]


def test_babble_is_dropped_and_the_next_line_is_read():
    splitter = Splitter()

    assert splitter.feed(b"x" * (LINE_LIMIT + 1)) == []
    assert splitter.feed(b"y" * 10 * LINE_LIMIT) == []
    assert splitter.feed(b"\r\nOK\r\n") == [Line("OK")]
    assert splitter.dropped == 1


def test_a_line_of_the_limit_is_kept():
    assert Splitter().feed(b"x" * LINE_LIMIT + b"\r") == [Line("x" * LINE_LIMIT)]


def test_every_octet_is_a_character():
    splitter = Splitter()

    (line,) = splitter.feed(bytes(range(0x20, 0x100)) + b"\r")

    assert len(line.text) == 0x100 - 0x21  # the space in front is padding


def test_clear_forgets_half_a_line_and_the_prompt():
    splitter = Splitter()
    splitter.expect_prompt = True
    splitter.feed(b"half")
    splitter.clear()

    assert splitter.feed(b"> \r\nOK\r\n") == [Line(">"), Line("OK")]


@given(
    octets=st.lists(st.sampled_from([b"\r", b"\n", b">", b" ", b"OK", b"\x1a", b"\xff", b"x" * 3000]), max_size=12).map(
        b"".join
    ),
    data=st.data(),
)
def test_the_cut_of_the_octets_does_not_matter(octets, data):
    position = data.draw(st.integers(0, len(octets)))
    whole, cut = Splitter(), Splitter()
    whole.expect_prompt = cut.expect_prompt = True

    assert whole.feed(octets + b"\r") == cut.feed(octets[:position]) + cut.feed(octets[position:] + b"\r")
    assert whole.dropped == cut.dropped
