"""Restoring defaults and links to the form: what the scripts find in the form."""


def test_each_choice_tells_which_is_usual(form, entries):
    document = form(entries, {"profile": "jupyter-python", "cpu_limit": "1"})
    panel = document.one(id="options-jupyter-python")
    for select in panel.all("select"):
        usual = [option for option in select.all("option") if option.has("data-onyxia-usual")]
        assert len(usual) == 1, select["name"]
    cpu = panel.one("select", data_onyxia_key="cpu_limit")
    [chosen] = [option for option in cpu.all("option") if option.has("selected")]
    assert chosen["value"] == "1"
    assert not chosen.has("data-onyxia-usual")


def test_the_tools_need_scripts_and_stay_hidden_without(form, entries):
    panel = form(entries).one(id="options-jupyter-python")
    tools = panel.one("div", **{"class": "ox-form-tools"}).all("button")
    assert [button.text for button in tools] == [
        *("Save this configuration…", "Restore defaults", "Copy a link to this form")
    ]
    assert all(button.has("hidden") and button["type"] == "button" for button in tools)
