"""The language of what people read: which one a request wants, and the texts in it.

English sentences in the code are the keys; ``onyxia_hub/locale/<language>.po`` holds the others.
"""

from onyxia_hub.language.request import COOKIE, LanguageOfRequest, current_language
from onyxia_hub.language.said import Said, for_reader, said_in
from onyxia_hub.language.texts import LANGUAGES, plural_in, text_in, texts_of_scripts

__all__ = [
    "COOKIE",
    "LANGUAGES",
    "LanguageOfRequest",
    "Said",
    "current_language",
    "for_reader",
    "plural_in",
    "said_in",
    "text_in",
    "texts_of_scripts",
]
