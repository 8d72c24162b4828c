"""Reading the launch form as a browser holds it."""

__all__ = ["field_of", "panel_of", "value_of"]


def panel_of(document, slug):
    return document.one("section", id=f"options-{slug}")


def field_of(panel, key):
    return next(element for element in panel.walk() if element["data-onyxia-key"] == key)


def value_of(element):
    if element.tag == "select":
        selected = [option for option in element.all("option") if option.has("selected")]
        assert len(selected) == 1
        return selected[0]["value"]
    if element.tag == "textarea":
        # A browser drops the line break that follows the tag.
        return element.text.removeprefix("\n")
    return element["value"]
