"""The session policy, filled in for one person."""

import json

import pytest

from onyxia_hub.credentials.session_policy import PolicyProblem, render


def resource(text):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": [text]}]}


def filled(text, username="alice", claims=None):
    return json.loads(render(resource(text), username=username, claims=claims or {}))["Statement"][
        0
    ]["Resource"][0]


def test_user_name_and_claims_are_filled_in_inside_strings():
    assert filled("arn:aws:s3:::user-{username}/*") == "arn:aws:s3:::user-alice/*"
    assert filled("arn:aws:s3:::{claim:team}/{username}", claims={"team": "geo"}) == (
        "arn:aws:s3:::geo/alice"
    )
    assert filled("x-{claim:number}", claims={"number": 42}) == "x-42"


def test_the_policy_is_compact_json():
    text = render({"Version": "1", "Statement": [{"N": 1, "B": True}]}, username="a", claims={})
    assert text == '{"Version":"1","Statement":[{"N":1,"B":true}]}'


def test_keys_stay_as_they_are():
    text = render({"{username}": 1}, username="alice", claims={})
    assert text == '{"{username}":1}'


def test_the_stores_own_variables_stay_as_they_are():
    assert filled("user-${jwt:preferred_username}/${aws:username}/*") == (
        "user-${jwt:preferred_username}/${aws:username}/*"
    )


@pytest.mark.parametrize(
    "value",
    ["*", "al?ce", "${aws:username}", "a/b", "a\\b", 'a"b', "a'b", "{username}", "a\nb", "a\0b"],
)
def test_a_value_with_a_meaning_in_policies_is_refused(value):
    with pytest.raises(PolicyProblem, match="has a character with a meaning in policies") as raised:
        filled("{claim:team}", claims={"team": value})
    assert "the claim “team”" in str(raised.value)
    with pytest.raises(PolicyProblem, match="the user name"):
        filled("{username}", username=value)


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_is_refused(value):
    with pytest.raises(PolicyProblem, match="is empty"):
        filled("user-{claim:team}*", claims={"team": value})


@pytest.mark.parametrize("value", [["geo"], {"a": 1}, True, 1.5])
def test_a_value_that_is_no_text_is_refused(value):
    with pytest.raises(PolicyProblem, match="neither text nor a whole number"):
        filled("{claim:team}", claims={"team": value})


def test_a_missing_claim_is_named():
    with pytest.raises(PolicyProblem, match="needs the claim “team”"):
        filled("{claim:team}")


def test_an_unknown_placeholder_is_named():
    with pytest.raises(PolicyProblem, match=r"\{user\} is not filled in"):
        filled("{user}")


def test_a_value_is_not_filled_in_a_second_time():
    with pytest.raises(PolicyProblem):
        filled("{claim:a}", claims={"a": "{claim:b}", "b": "*"})


def test_quotes_and_accents_stay_safe_json():
    text = render(resource("{claim:team}"), username="a", claims={"team": "Équipe é"})
    assert text.isascii()
    assert json.loads(text)["Statement"][0]["Resource"] == ["Équipe é"]
