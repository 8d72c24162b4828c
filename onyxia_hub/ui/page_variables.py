"""What every template can read besides JupyterHub's own variables.

JupyterHub calls a variable that can be called, with the page's user, for each page
(jupyterhub/handlers/base.py, ``template_namespace``); what a page is to call itself is therefore
given by a function.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from onyxia_hub.language import (
    LANGUAGES,
    current_language,
    plural_in,
    text_in,
    texts_of_scripts,
)
from onyxia_hub.manifests.namespace import account_role
from onyxia_hub.settings import Settings

__all__ = ["page_variables"]


def page_variables(settings: Settings) -> dict[str, Any]:
    """Return ``JupyterHub.template_vars``.

    Parameters
    ----------
    settings
        The site's.

    Returns
    -------
    dict
        ``_`` and ``ngettext``, which translate; ``language`` and ``languages``;
        ``script_texts``, those of the pages' scripts; ``site``, what ``settings.pages`` says in
        the page's language; ``onyxia_platform``; ``onyxia_has``, which neighbours there are;
        ``onyxia_role``, what people may do in their namespace, ``none`` without one; and
        ``onyxia_idle`` where services that nobody uses are stopped.
    """
    variables = {
        "_": lambda _user: partial(text_in, current_language()),
        "ngettext": lambda _user: partial(plural_in, current_language()),
        "language": lambda _user: current_language(),
        "languages": LANGUAGES,
        "script_texts": lambda _user: texts_of_scripts(current_language()),
        "site": lambda _user: _site(settings, current_language()),
        "onyxia_platform": settings.hub.platform,
        "onyxia_role": _role(settings),
        "onyxia_has": {"s3": settings.s3 is not None, "vault": settings.vault is not None},
    }
    if settings.culling.enabled:
        variables["onyxia_idle"] = True
    return variables


def _role(settings: Settings) -> str:
    return account_role(settings.kubernetes) if settings.hub.platform == "kubernetes" else "none"


def _site(settings: Settings, language: str) -> dict[str, Any]:
    pages = settings.pages
    return {
        "name": pages.name,
        "logo": pages.logo is not None,
        "themed": pages.colour is not None or pages.colour_dark is not None,
        "banner": pages.banner.in_language(language) if pages.banner else None,
        "banner_kind": pages.banner_kind,
        "footer": pages.footer.in_language(language) if pages.footer else None,
        "links": [
            {"label": link.label.in_language(language), "url": link.url}
            for link in pages.footer_links
        ],
        "terms": pages.terms is not None,
    }
