import math

from clerkd.api.prometheus import Metric, Sample, write


def test_a_metric_is_written_with_its_help_and_its_kind():
    text = write([Metric("clerkd_lines", "gauge", "How many\nlines.", (Sample(2, {"state": "ready"}), Sample(0.5)))])

    assert text == (
        "# HELP clerkd_lines How many\\nlines.\n"
        "# TYPE clerkd_lines gauge\n"
        'clerkd_lines{state="ready"} 2\n'
        "clerkd_lines 0.5\n"
    )


def test_a_label_can_hold_quotes_and_backslashes():
    text = write([Metric("m", "counter", "h", (Sample(1, {"line": 'a"b\\c\nd'}),))])

    assert text.splitlines()[2] == 'm{line="a\\"b\\\\c\\nd"} 1'


def test_values_that_are_no_finite_number_have_names():
    values = (Sample(math.inf), Sample(-math.inf), Sample(math.nan))

    assert write([Metric("m", "gauge", "h", values)]).splitlines()[2:] == ["m +Inf", "m -Inf", "m NaN"]


def test_a_metric_without_samples_is_left_out():
    assert write([Metric("m", "gauge", "h", ())]) == "\n"
