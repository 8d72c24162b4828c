"""The header under which browsers save a file."""

import pytest

from onyxia_hub.files.disposition import attachment


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a/b.csv", "attachment; filename=\"b.csv\"; filename*=UTF-8''b.csv"),
        ("été.csv", "attachment; filename=\"_t_.csv\"; filename*=UTF-8''%C3%A9t%C3%A9.csv"),
        ('x"\r\ny', "attachment; filename=\"x___y\"; filename*=UTF-8''x%22%0D%0Ay"),
    ],
)
def test_a_name_can_not_break_out_of_the_header(name, header):
    assert attachment(name) == header
