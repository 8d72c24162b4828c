"""“My files” in a browser: a real hub, a real store."""

from __future__ import annotations

import os
import re
import struct
import zlib

import duckdb
import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.conftest import picture, signed_in
from tests.support.lone_hub import LoneHub

NASTY = "<img src=x onerror=document.title='taken'> & é 100%.txt"
MIB = 1024**2


@pytest.fixture
def opened(browser, site):
    """Return a function that logs somebody in and shows their files."""
    contexts = []

    def of(name, **more):
        page = signed_in(
            browser, site.url, name, at="/hub/onyxia/files", **{"reduced_motion": "reduce", **more}
        )
        contexts.append(page.context)
        expect(page).to_have_url(re.compile("/hub/onyxia/files$"))
        # Written with the first list.
        expect(page.locator(".ox-files > [data-onyxia-command]")).to_be_visible()
        return page

    yield of
    for context in contexts:
        context.close()


def upload(page, *files):
    page.locator("#files-chosen").set_input_files(
        [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
    )
    for name, _ in files:
        expect(row_of_upload(page, name)).to_contain_text("Uploaded", timeout=30_000)


def row_of_upload(page, name):
    return page.locator("[data-onyxia-uploads] li").filter(has_text=name).last


def row_of(page, name):
    return page.locator(".ox-files-table tbody tr").filter(
        has=page.locator("[data-onyxia-name]", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def table(tmp_path, name, query, options):
    file = tmp_path / name
    duckdb.connect().execute(f"COPY ({query}) TO '{file}' ({options})")
    return name, file.read_bytes()


def red_dot():
    """A PNG of 8 by 8 pixels."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def test_a_large_file_goes_up_with_its_progress_and_comes_back_equal(opened, tmp_path):
    page = opened("alice")
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    picture(page, "files-empty")
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(120 * MIB))
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 60 * MIB},
    )
    page.locator("#files-chosen").set_input_files(large)
    upload_row = row_of_upload(page, "large.bin")
    expect(upload_row).to_contain_text(re.compile(r"[1-9]\d? %"))
    share = float(upload_row.locator("progress").evaluate("bar => bar.value"))
    assert 0 < share < 1
    picture(page, "files-uploading")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "files-uploading-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(upload_row).to_contain_text("Uploaded", timeout=60_000)
    expect(row_of(page, "large.bin")).to_contain_text("125.8 MB")

    with page.expect_download() as coming:
        row_of(page, "large.bin").get_by_label("Download large.bin").click()
    assert coming.value.suggested_filename == "large.bin"
    assert coming.value.path().read_bytes() == large.read_bytes()


def test_an_upload_is_cancelled_and_nothing_is_left(opened, site, tmp_path):
    page = opened("alice")
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4 * MIB},
    )
    large = tmp_path / "cancelled.bin"
    large.write_bytes(os.urandom(60 * MIB))
    page.locator("#files-chosen").set_input_files(large)
    upload_row = row_of_upload(page, "cancelled.bin")
    expect(upload_row).to_contain_text(re.compile(r"[1-9]\d? %"))
    upload_row.get_by_role("button", name="Cancel the upload of cancelled.bin").click()
    expect(upload_row).to_contain_text("Cancelled")
    expect(row_of(page, "cancelled.bin")).to_have_count(0)


def test_folders_are_made_entered_and_deleted(opened):
    page = opened("alice")
    page.get_by_role("button", name="New folder…").click()
    dialog = page.get_by_role("dialog", name="New folder")
    dialog.get_by_label("Name of the folder").fill("a/b")
    dialog.get_by_role("button", name="Make the folder").click()
    expect(dialog.get_by_role("status")).to_have_text("Write one name, without a slash.")
    dialog.get_by_label("Name of the folder").fill("Enquête 2026 & <b>")
    dialog.get_by_role("button", name="Make the folder").click()
    row_of(page, "Enquête 2026 & <b>").locator("a[data-onyxia-name]").click()
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    upload(page, ("one.txt", b"1"), ("two.txt", b"2"))
    crumbs = page.get_by_role("navigation", name="Folder")
    expect(crumbs.locator("[aria-current]")).to_have_text("Enquête 2026 & <b>")
    expect(page.locator("[data-onyxia-said]").first).to_have_text("Folders: 0, files: 2.")

    # The address of the page is that of the folder.
    page.reload()
    expect(row_of(page, "two.txt")).to_be_visible()
    row_of(page, "two.txt").get_by_label("Delete two.txt").click()
    sure = page.get_by_role("dialog", name="Delete “two.txt”?")
    sure.get_by_role("button", name="Cancel").click()
    expect(row_of(page, "two.txt")).to_be_visible()
    row_of(page, "two.txt").get_by_label("Delete two.txt").click()
    sure.get_by_role("button", name="Delete", exact=True).click()
    expect(row_of(page, "two.txt")).to_have_count(0)
    expect(row_of(page, "one.txt")).to_be_visible()

    # Renamed by the keyboard alone: the name is selected, its ending is not.
    row_of(page, "one.txt").get_by_label("Move or rename one.txt").press("Enter")
    moving = page.get_by_role("dialog", name="Move or rename")
    expect(moving.get_by_label("New path")).to_be_focused()
    page.keyboard.type("first <i>")
    moving.get_by_text("The same from a terminal").click()
    expect(moving.locator("pre")).to_contain_text('"to": "Enquête 2026 & <b>/first <i>.txt"')
    page.evaluate("document.activeElement.blur()")
    picture(page, "files-move")
    page.set_viewport_size({"width": 375, "height": 800})
    page.emulate_media(color_scheme="dark")
    picture(page, "files-move-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    moving.get_by_label("New path").press("Enter")
    expect(row_of(page, "first <i>.txt")).to_be_visible()
    expect(page.locator("[data-onyxia-said]").first).to_contain_text("“one.txt” is moved to")
    upload(page, ("three.txt", b"3"))
    row_of(page, "three.txt").get_by_label("Move or rename").click()
    moving.get_by_label("New path").fill("Enquête 2026 & <b>/first <i>.txt")
    moving.get_by_role("button", name="Move").click()
    sure = page.get_by_role("dialog", name="Replace “first <i>.txt”?")
    sure.get_by_role("button", name="Cancel").click()
    expect(moving).to_be_visible()
    moving.get_by_role("button", name="Move").click()
    sure.get_by_role("button", name="Replace").click()
    expect(row_of(page, "three.txt")).to_have_count(0)

    page.go_back()
    row_of(page, "Enquête 2026 & <b>").get_by_label("Move or rename the folder").click()
    moving.get_by_label("New path").fill("moved/Enquête 2026 & <b>")
    moving.get_by_role("button", name="Move").click()
    row_of(page, "moved").locator("a[data-onyxia-name]").click()
    expect(row_of(page, "Enquête 2026 & <b>")).to_be_visible()
    row_of(page, "Enquête 2026 & <b>").get_by_label("Delete the folder").click()
    sure = page.get_by_role("dialog", name="Delete the folder “Enquête 2026 & <b>”?")
    picture(page, "files-delete")
    sure.get_by_role("button", name="Delete all of it").click()
    expect(row_of(page, "Enquête 2026 & <b>")).to_have_count(0)


def test_files_are_dropped(opened):
    page = opened("alice")
    page.evaluate(
        """async () => {
          const place = document.querySelector("[data-onyxia-drop]");
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["dropped"], "dropped.txt"));
          place.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true }));
        }"""
    )
    expect(page.get_by_text("Drop to upload here")).to_be_visible()
    picture(page, "files-drop")
    page.evaluate(
        """async () => {
          const place = document.querySelector("[data-onyxia-drop]");
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["dropped"], "dropped.txt"));
          place.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
        }"""
    )
    expect(row_of(page, "dropped.txt")).to_be_visible()


def test_a_file_that_is_there_is_replaced_only_if_one_says_so(opened, site):
    page = opened("alice")
    alice = site.log_in("alice")
    upload(page, ("twice.txt", b"first"))
    expect(row_of(page, "twice.txt")).to_be_visible()
    second = {"name": "twice.txt", "mimeType": "", "buffer": b"second"}
    key = "onyxia/users/alice/files/object?key=twice.txt"
    page.locator("#files-chosen").set_input_files(second)
    sure = page.get_by_role("dialog", name="Replace files?")
    sure.get_by_role("button", name="Cancel").click()
    assert alice.api("GET", key).content == b"first"
    page.locator("#files-chosen").set_input_files(second)
    sure.get_by_role("button", name="Replace").click()
    expect(page.locator("[data-onyxia-uploads] li")).to_have_count(2)
    expect(row_of_upload(page, "twice.txt")).to_contain_text("Uploaded")
    assert alice.api("GET", key).content == b"second"


def test_tables_texts_and_images_are_shown(opened, tmp_path):
    page = opened("bob")
    query = (
        "SELECT i AS id, 'town ' || i AS town, i * 1.5 AS share, "
        "CASE WHEN i % 3 = 0 THEN NULL ELSE DATE '2026-01-01' + i::INT END "
        'AS "day of <b>survey</b>" FROM range(250000) r(i)'
    )
    upload(
        page,
        table(tmp_path, "survey.parquet", query, "FORMAT parquet"),
        ("communes.csv", "code;nom;habitants\n01001;L'Abergement;832\n01002;Évosges;\n".encode()),
        ("notes.json", b'{"title": "<script>document.title = 1</script>"}'),
        ("dot.png", red_dot()),
        ("broken.parquet", b"no table at all"),
    )
    shown = page.locator("#files-preview")

    row_of(page, "survey.parquet").get_by_role("button", name="survey.parquet").first.click()
    expect(shown).to_contain_text("Rows: 250,000, columns: 4. Shown: the first 100 rows.")
    expect(shown.locator("tbody tr")).to_have_count(100)
    expect(shown.locator("thead th").nth(3)).to_have_text("day of <b>survey</b>DATE")
    expect(shown.locator("tbody tr").nth(1).locator("td")).to_have_text(
        ["1", "town 1", "1.5", "2026-01-02"]
    )
    picture(page, "files-parquet")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "files-parquet-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    shown.get_by_role("button", name="Close").click()

    page.locator(".ox-files-open", has_text="communes.csv").click()
    expect(shown).to_contain_text("Rows: 2, columns: 3.")
    expect(shown.locator("tbody tr").nth(1).locator("td")).to_have_text(
        ["01002", "Évosges", "null"]
    )
    page.keyboard.press("Escape")

    page.locator(".ox-files-open", has_text="notes.json").click()
    expect(shown.locator("pre")).to_contain_text("<script>document.title = 1</script>")
    page.keyboard.press("Escape")

    page.locator(".ox-files-open", has_text="dot.png").click()
    image = shown.get_by_role("img", name="dot.png")
    expect(image).to_be_visible()
    page.wait_for_function("document.querySelector('#files-preview img').naturalWidth === 8")
    page.keyboard.press("Escape")

    page.locator(".ox-files-open", has_text="broken.parquet").click()
    expect(shown.get_by_role("status")).to_contain_text("it is no Parquet file")
    expect(page).to_have_title(re.compile("^My files"))


def test_a_link_opens_without_a_login(opened):
    page = opened("alice")
    upload(page, ("report é 100%.txt", b"for everybody"))
    expect(row_of(page, "report é 100%.txt")).to_be_visible()
    row_of(page, "report é 100%.txt").get_by_label("Link to").click()
    dialog = page.get_by_role("dialog", name="Link to a file")
    lives = dialog.get_by_label("The link works for").locator("option")
    # Those above the life of the keys are not offered.
    expect(lives).to_have_text(["5 minutes", "10 minutes"])
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("status").first).to_contain_text("It works until")
    picture(page, "files-link")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "files-link-narrow")
    url = dialog.locator("[data-onyxia-command-text]").text_content()
    answer = requests.get(url, timeout=10)
    assert answer.content == b"for everybody"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_nasty_name_is_text_everywhere(opened):
    page = opened("alice")
    upload(page, (NASTY, b"text"))
    expect(row_of(page, NASTY)).to_be_visible()
    with page.expect_download() as coming:
        row_of(page, NASTY).get_by_label("Download").click()
    assert coming.value.path().read_bytes() == b"text"
    page.locator(".ox-files-open", has_text=NASTY).click()
    expect(page.locator("#files-preview pre")).to_have_text("text")
    page.keyboard.press("Escape")
    row_of(page, NASTY).get_by_label("Delete").click()
    page.locator("#files-confirm").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("[data-onyxia-said]").first).to_contain_text("is deleted.")
    assert page.locator("img").count() == page.locator("nav img").count()
    expect(page).to_have_title(re.compile("^My files"))


def test_a_large_folder_shows_more_when_asked(opened, site):
    page = opened("admin")
    admin = site.seaweedfs.admin()
    for number in range(210):
        admin.put_object(Bucket="user-admin", Key=f"many/{number:03}.csv", Body=b"a,b\n1,2\n")
    for name in ("raw", "results"):
        admin.put_object(Bucket="user-admin", Key=f"{name}/x", Body=b"x")
    admin.put_object(Bucket="user-admin", Key="readme.md", Body=b"# Read me\n" * 80)
    page.reload()
    expect(row_of(page, "many")).to_be_visible()
    picture(page, "files")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "files-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("#dark-theme-toggle").click()
    picture(page, "files-dark")
    row_of(page, "many").locator("a[data-onyxia-name]").click()
    expect(page.locator(".ox-files-table tbody tr")).to_have_count(200)
    expect(page.get_by_text("and there are more.")).to_be_visible()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".ox-files-table tbody tr")).to_have_count(210)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    command = page.locator(".ox-files > [data-onyxia-command]")
    command.get_by_text("The same from a terminal").click()
    expect(command).to_contain_text("s3 ls 's3://user-admin/many/'")
    picture(page, "files-command")


def test_the_page_speaks_french(opened, site):
    page = opened("alice", locale="fr-FR")
    expect(page.get_by_role("heading", name="Mes fichiers")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    upload_button = page.locator("label[for=files-chosen]")
    expect(upload_button).to_have_text("Envoyer des fichiers")
    picture(page, "files-french")


def test_a_store_that_is_away_is_told_in_a_sentence(opened, site):
    page = opened("alice")
    site.freeze("seaweedfs")
    try:
        page.reload()
        expect(page.locator("[data-onyxia-problem]")).to_contain_text(
            "S3 storage at", timeout=15_000
        )
        picture(page, "files-away")
    finally:
        site.thaw("seaweedfs")
    page.reload()
    expect(page.locator(".ox-files-table, [data-onyxia-empty]").first).to_be_attached()
    expect(page.locator("[data-onyxia-problem]")).to_be_hidden()


def test_a_site_without_s3_says_why(browser, tmp_path):
    hub = LoneHub(tmp_path, culling={"enabled": False})
    hub.profile("tiny")
    hub.start()
    context = browser.new_context(base_url=f"http://127.0.0.1:{hub.port}")
    try:
        page = context.new_page()
        page.goto("/hub/login?next=%2Fhub%2Fonyxia%2Ffiles")
        page.locator("input[name=username]").fill("alice")
        page.locator("input[name=password]").fill("for-tests")
        page.locator("[type=submit]").first.click()
        expect(page.get_by_text("This platform has no S3 storage")).to_be_visible()
        expect(page.get_by_role("navigation").get_by_text("My files")).to_have_count(0)
    finally:
        context.close()
        hub.stop()
