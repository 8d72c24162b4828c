"""Why an image could not be fetched, in the words of several container runtimes."""

import pytest

from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.errors import (
    ImageForbidden,
    ImageNameInvalid,
    ImageNotFound,
    ImageUnusable,
    RegistryAway,
)
from tests.support.pod_states import IMAGE, container, event, pod, running, status, waiting

CONTAINERD = f'failed to pull and unpack image "{IMAGE}": '
RESOLVE = f'{CONTAINERD}failed to resolve reference "{IMAGE}": '


def look(of, events=(), *, waited=3.0, secrets=()):
    return failure_of(
        of, events, display_name="Jupyter", waited=waited, wait_for_room=60, secrets=secrets
    )


def not_pulled(said, *, reason="ErrImagePull", image=IMAGE):
    spec = {"containers": [container(image=image)]}
    return pod(status(waiting(reason, said)), spec=spec)


@pytest.mark.parametrize(
    "said",
    [
        f"rpc error: code = NotFound desc = {RESOLVE}{IMAGE}: not found",
        f"reading manifest 2026.11 in {IMAGE}: manifest unknown",
        (
            f"initializing source docker://{IMAGE}: reading manifest 2026.11 in "
            "registry.example.org/team/jupyter: name unknown: repository name not known to registry"
        ),
        f"manifest for {IMAGE} not found: manifest unknown: manifest unknown",
        (
            f"{RESOLVE}unexpected status from HEAD request to "
            "https://registry.example.org/v2/team: 404 Not Found"
        ),
    ],
)
def test_an_image_that_does_not_exist_is_told_at_once(said):
    for of in (
        not_pulled(said),
        not_pulled(
            f'Back-off pulling image "{IMAGE}": ErrImagePull: {said}', reason="ImagePullBackOff"
        ),
    ):
        with pytest.raises(ImageNotFound) as failure:
            raise look(of)
        assert failure.value.message == (
            f"The image “{IMAGE}” does not exist. Correct its name and its tag if you chose it; "
            "otherwise tell an administrator, who must correct the profile."
        )
        assert failure.value.status_code == 400


def test_an_older_kubelet_tells_the_cause_in_an_event_only():
    of = not_pulled(f'Back-off pulling image "{IMAGE}"', reason="ImagePullBackOff")
    words = f'Failed to pull image "{IMAGE}": rpc error: code = NotFound desc = {IMAGE}: not found'
    assert isinstance(look(of, [event("Failed", words)]), ImageNotFound)
    assert look(of) is None
    error = look(of, waited=30)
    assert isinstance(error, RegistryAway)
    assert "(no reason was given)" in error.message


def test_an_image_that_may_not_be_pulled_and_is_not_there_is_told():
    of = not_pulled(f'Container image "{IMAGE}" is not present', reason="ErrImageNeverPull")
    assert isinstance(look(of), ImageNotFound)


@pytest.mark.parametrize(
    "said",
    [
        (
            f"rpc error: code = Unknown desc = {RESOLVE}pull access denied, repository does not "
            "exist or may require authorization: server message: insufficient_scope: authorization "
            "failed"
        ),
        (
            f"{RESOLVE}failed to authorize: failed to fetch anonymous token: unexpected status "
            "from GET request to https://registry.example.org/token: 401 Unauthorized"
        ),
        (
            f"{RESOLVE}unexpected status from HEAD request to https://registry.example.org: 403 "
            "Forbidden"
        ),
        (
            "unable to retrieve auth token: invalid username/password: unauthorized: "
            "authentication required"
        ),
        f"reading manifest 1 in {IMAGE}: denied: requested access to the resource is denied",
        (
            "pull access denied for team/jupyter, repository does not exist or may require 'docker "
            "login'"
        ),
    ],
)
def test_an_image_that_is_not_for_this_cluster_is_told_at_once(said):
    with pytest.raises(ImageForbidden) as failure:
        raise look(not_pulled(said))
    assert failure.value.message.startswith(f"The cluster may not fetch the image “{IMAGE}”: it is")


def test_what_is_no_name_of_an_image_is_told_at_once():
    said = 'Failed to apply default image tag "Team:Jupyter:1": couldn\'t parse image name'
    of = not_pulled(said, reason="InvalidImageName", image="Team:Jupyter:1")
    with pytest.raises(ImageNameInvalid, match="“Team:Jupyter:1” is not the name of a container"):
        raise look(of)


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (
            (
                f"rpc error: code = NotFound desc = {CONTAINERD}no match for platform in manifest: "
                "not found"
            ),
            "it is made for another kind of processor",
        ),
        (
            (
                "choosing an image from manifest list docker://x: no image found in manifest list "
                "for architecture arm64"
            ),
            "it is made for another kind of processor",
        ),
        (
            (
                f"{CONTAINERD}media type application/vnd.docker.distribution.manifest.v1+prettyjws "
                "is no longer supported: unsupported manifest"
            ),
            "media type application/",
        ),
    ],
)
def test_an_image_that_the_nodes_can_not_run_is_told_at_once(said, detail):
    with pytest.raises(ImageUnusable) as failure:
        raise look(not_pulled(said))
    assert f"can't be used by this cluster ({detail}" in failure.value.message


def test_an_image_whose_signature_is_not_right_is_told_at_once():
    said = f"image pull failed for {IMAGE} because the signature validation failed: no signature"
    error = look(not_pulled(said, reason="SignatureValidationFailed"))
    assert isinstance(error, ImageUnusable)


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (
            (
                f'rpc error: code = Unknown desc = {RESOLVE}failed to do request: Head "https://'
                'registry.example.org/v2/team/jupyter/manifests/1": dial tcp: lookup '
                "registry.example.org on 10.96.0.10:53: no such host"
            ),
            "dial tcp: lookup registry.example.org on 10.96.0.10:53: no such host",
        ),
        (
            (
                f'{RESOLVE}failed to do request: Head "https://localhost:443/v2/x": dial tcp '
                "127.0.0.1:443: connect: connection refused"
            ),
            "dial tcp 127.0.0.1:443: connect: connection refused",
        ),
        (
            (
                f'{RESOLVE}failed to do request: Head "https://x": tls: failed to verify '
                "certificate: x509: certificate signed by unknown authority"
            ),
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (
            "toomanyrequests: You have reached your unauthenticated pull rate limit",
            "toomanyrequests: You have reached your unauthenticated pull rate limit",
        ),
        ("something new", "something new"),
    ],
)
def test_a_registry_out_of_reach_is_told_after_a_while(said, detail):
    of = not_pulled(said)
    events = [event("Failed", f'Failed to pull image "{IMAGE}": {said}', seconds=5)]
    assert look(of, events, waited=24) is None
    with pytest.raises(RegistryAway) as failure:
        raise look(of, events, waited=25.5)
    assert failure.value.message.startswith(f"The image “{IMAGE}” could not be fetched ({detail}).")
    assert failure.value.status_code == 502


def test_words_in_an_image_s_name_are_not_taken_for_the_cause():
    image = "registry.example.org/not-found/forbidden:401"
    said = f'failed to resolve reference "{image}": {image}: dial tcp: i/o timeout'
    assert look(not_pulled(said, image=image)) is None
    assert isinstance(look(not_pulled(said, image=image), waited=40), RegistryAway)
    said = f'failed to resolve reference "{image}": {image}: not found'
    assert isinstance(look(not_pulled(said, image=image)), ImageNotFound)


def test_the_image_of_another_container_counts_too():
    of = pod(
        status(running()),
        status(waiting("ErrImagePull", "other:1: not found"), name="extra"),
        spec={"containers": [container(), container("extra", image="other:1")]},
    )
    with pytest.raises(ImageNotFound, match="“other:1”"):
        raise look(of)


def test_a_secret_in_the_registry_s_words_is_not_shown():
    said = 'Get "https://x": tls: handshake with hvs.SECRET-OF-VAULT at https://a:pw@proxy failed'
    error = look(not_pulled(said), waited=60, secrets=["hvs.SECRET-OF-VAULT"])
    assert "SECRET" not in error.message
    assert "pw@" not in error.message
