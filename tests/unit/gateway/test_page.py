"""The gateway's own page: what it says, and that nothing foreign gets into it."""

import re

from onyxia_hub.gateway.page import Page, render

PAGE = Page(title="A <b> is starting", sentence="Wait & see.", hub='/hub/home?"', lines=())


def test_what_comes_from_elsewhere_is_text():
    html, _ = render(
        Page(title="A <b>", sentence="x & y", hub='/"', lines=["</pre><script>alert(1)</script>"])
    )

    assert "<script>" not in html
    assert "A &lt;b&gt;" in html
    assert "x &amp; y" in html
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in html
    assert 'href="/&quot;"' in html


def test_nothing_runs_but_its_own_script():
    html, policy = render(
        Page(title="T", sentence="S", hub="/hub/home", status="/user/a/_gateway/status")
    )

    [nonce] = set(re.findall(r'nonce="([^"]+)"', html))
    assert f"script-src 'nonce-{nonce}'" in policy
    assert policy.startswith("default-src 'none'")
    assert 'data-status="/user/a/_gateway/status"' in html
    assert '<meta http-equiv="refresh"' in html


def test_a_page_that_waits_for_nothing_has_no_script():
    html, _ = render(PAGE)

    assert "<script" not in html
    assert "refresh" not in html
    assert '<section id="output" hidden>' in html
