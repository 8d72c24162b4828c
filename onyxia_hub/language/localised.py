"""A text that a site writes in the languages of the pages."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

__all__ = ["Localised"]


class Localised(BaseModel):
    """A text in the languages of the page.

    A plain string in YAML is the English text, used for every language.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str = Field(min_length=1, description="English text.")
    fr: str | None = Field(default=None, description="French text; English if absent.")

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: object) -> object:
        return {"en": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}

    def in_language(self, language: str) -> str:
        """Return the text in ``language`` (``en`` or ``fr``), English if there is none."""
        return self.fr if language == "fr" and self.fr else self.en
