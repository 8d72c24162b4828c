"""What comes from a cluster may be incomplete, and what comes from programs may be meant badly."""

import base64
import itertools

import pytest

from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.cluster.phases_of_pod import phase_of
from onyxia_hub.last_output import hint, last_words, lines_of
from onyxia_hub.manifests.start import MESSAGE_PREFIX
from tests.support.pod_states import container, event, pod, status, terminated, unplaced, waiting

# Not of a form that is recognized as a token by itself.
SECRET = 'pass"word ÿ/1'
BY_SCRIPT = f"\n{MESSAGE_PREFIX}the init script ended with exit code 1\n"


def look(of, events=(), *, waited=900.0, secrets=()):
    return failure_of(
        of, events, display_name="Jupyter", waited=waited, wait_for_room=60, secrets=secrets
    )


def said_by_program(output, *, secrets=()):
    return look(pod(status(terminated(1, output + BY_SCRIPT))), secrets=secrets).message


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        'pass\\"word \\u00ff/1',
        base64.b64encode(SECRET.encode()).decode(),
        "https://x.example.org/?key=pass%22word%20%C3%BF%2F1",
        f"https://alice:{'pw-of-alice'}@git.example.org/x",
    ],
)
def test_a_secret_is_hidden_in_every_form(form):
    message = said_by_program(f"I have {form} here", secrets=[SECRET])
    assert "I have " in message
    for part in ("word", "pw-of-alice", base64.b64encode(SECRET.encode()).decode()):
        assert part not in message


def test_a_secret_of_many_lines_is_hidden_line_by_line():
    key = "-----BEGIN KEY-----\nfirst-line\nsecond-line\n-----END KEY-----"
    message = said_by_program("first-line\nsecond-line", secrets=[key])
    assert "first-line" not in message
    assert "second-line" not in message


def test_a_secret_is_hidden_before_anything_is_cut():
    message = said_by_program(
        "x" + "-" * 150 + " the-secret-of-s3 " + "y " * 90, secrets=["the-secret-of-s3"]
    )
    assert "secret" not in message.replace("init script", "")


def test_colours_do_not_hide_a_secret_from_being_hidden():
    message = said_by_program("the-\x1b[31msecret\x1b[0m-of-s3", secrets=["the-secret-of-s3"])
    assert "secret" not in message.replace("init script", "")
    assert "[31m" not in message


def test_control_characters_do_not_come_through():
    message = said_by_program("\x1b]0;title\x07\x00be\x08ep\x07 \u202ereversed\u202c\r\x9b2J done")
    assert message.isprintable()
    assert "title" not in message
    assert "done" in message


def test_html_stays_text_of_one_line():
    # Pages escape it; it must not be anything else than words here either.
    message = said_by_program("<script>\nalert(1)\n</script>")
    assert message.endswith("It wrote: <script> / alert(1) / </script>")


def test_a_long_output_keeps_its_end():
    output = "\n".join(f"line {number} " + "word " * 30 for number in range(80))
    message = said_by_program(output)
    assert message.endswith("word")
    assert len(message.partition("It wrote: ")[2]) == 200
    assert "line 79" in message


def test_only_the_last_three_lines_are_shown():
    assert last_words(lines_of("a\nb\n\nc\nd\n", secrets=())) == "b / c / d"
    assert hint(lines_of("error: x\nb\nc\nd\ne\n", secrets=())) == "Its last words were: error: x"


def test_words_of_the_cluster_are_bounded_and_plain_as_well():
    of = unplaced("0/1 nodes are available: <b>\x1b[31m" + "why " * 500)
    assert look(of).message.isprintable()
    assert len(look(of).message) < 500
    assert len(phase_of(of, [], waited=1).message) < 300
    broken = pod(status(waiting("CreateContainerError", "\x00" + "no " * 900)))
    assert look(broken).message.isprintable()
    assert len(look(broken).message) < 500


WRONG = (None, "", 0, [], {}, [None], ["x"], [{}], {"x": None}, True)
FIELDS = [
    ("metadata",),
    ("spec",),
    ("status",),
    ("metadata", "creationTimestamp"),
    ("spec", "containers"),
    ("spec", "initContainers"),
    ("spec", "volumes"),
    ("spec", "nodeSelector"),
    ("spec", "affinity"),
    ("spec", "tolerations"),
    ("status", "conditions"),
    ("status", "containerStatuses"),
    ("status", "initContainerStatuses"),
    ("status", "phase"),
    ("status", "reason"),
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_field_that_is_missing_or_wrong_breaks_nothing(field, value):
    crashed = status(waiting("CrashLoopBackOff"), last=terminated(1, "no"), restarts=1)
    gpu = {"limits": {"nvidia.com/gpu": "1"}}
    for of in (
        pod(crashed, phase="Running", spec={"volumes": [{"name": "x"}]}),
        pod(status(waiting("ErrImagePull", "x: not found"))),
        unplaced(
            "0/1 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) didn't match Pod's "
            "node affinity/selector.",
            spec={"containers": [container(resources=gpu)], "nodeSelector": {"a": "b"}},
        ),
    ):
        place = of
        for step in field[:-1]:
            place = place[step]
        place[field[-1]] = value
        look(of, [event("FailedMount", "no"), event("FailedScheduling", "no")])
        assert 30 <= phase_of(of, [event("Pulling", "no")], waited=5).percent <= 95


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_an_event_that_is_incomplete_breaks_nothing(value):
    whole = event("FailedMount", "no")
    for name, of in itertools.product(whole, (pod(), unplaced("no"))):
        events = [whole | {name: value}]
        look(of, events)
        phase_of(of, events, waited=5)
    look(pod(), [value])
    assert phase_of(pod(), [value], waited=5).percent == 40


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_status_that_is_incomplete_breaks_nothing(value):
    whole = status(waiting("CrashLoopBackOff"), last=terminated(1, "no"), restarts=1)
    for name in whole:
        of = pod(whole | {name: value})
        look(of)
        phase_of(of, [], waited=5)
    for name in whole["lastState"]["terminated"]:
        last = {"terminated": whole["lastState"]["terminated"] | {name: value}}
        look(pod(whole | {"lastState": last}))
    resources = container() | {"resources": {"limits": value, "requests": value}}
    look(pod(status(terminated(137, reason="OOMKilled")), spec={"containers": [resources]}))
    look(unplaced("0/1 nodes are available: 1 Insufficient cpu.", spec={"containers": [resources]}))


def test_events_of_an_earlier_pod_of_that_name_are_not_looked_at():
    old = event("FailedMount", "no", uid="uid-of-another-pod")
    assert look(pod(status(waiting("ContainerCreating"))), [old]) is None
    assert look(pod(status(waiting("ContainerCreating"))), [event("FailedMount", "no")]) is not None


def test_a_status_of_a_container_that_the_pod_does_not_have_is_not_looked_at():
    ghost = status(terminated(1, "no"), name="ghost", restarts=5)
    assert look(pod(ghost)) is None
