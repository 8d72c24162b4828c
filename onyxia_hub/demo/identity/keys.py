"""The keys that sign the provider's tokens, kept across starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from onyxia_hub.demo.identity.files import private_folder, set_aside, write_private

__all__ = ["ALGORITHM", "InvalidToken", "SigningKeys"]

#: The one algorithm that every OpenID Connect client must know (OpenID Connect Core 1.0 §15.1).
ALGORITHM = "RS256"

_FILE = "signing-keys.json"
_BITS = 2048


class InvalidToken(Exception):
    """A token that these keys did not sign, or whose time is over."""


class SigningKeys:
    """RSA keys, the newest first: that one signs, all of them verify.

    Parameters
    ----------
    keys
        Private keys with a ``kid`` each.
    """

    def __init__(self, *, keys: KeySet) -> None:
        self._keys = keys

    @classmethod
    def load(cls, folder: Path) -> SigningKeys:
        """Read the keys of a state folder, or make one there.

        A file that can't be read as keys is set aside and replaced: tokens signed with it are then
        refused, and everybody logs in again.

        Raises
        ------
        OSError
            If the folder can't be written.
        """
        private_folder(folder)
        file = folder / _FILE
        try:
            keys = KeySet.import_key_set(json.loads(file.read_text(encoding="utf-8")))
            if not all(isinstance(key, RSAKey) and key.is_private for key in keys):
                raise ValueError("not private RSA keys")
        except FileNotFoundError:
            keys = _make(file)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as cause:
            # type(cause) only: a parser's message may quote the file, which is secret
            set_aside(file, why=type(cause).__name__)
            keys = _make(file)
        return cls(keys=keys)

    @property
    def signing_key(self) -> RSAKey:
        """The private key that signs."""
        key = self._keys.keys[0]
        assert isinstance(key, RSAKey)  # noqa: S101  # load() and _make() see to it
        return key

    @property
    def kid(self) -> str:
        """Id of the key that signs, in the header of every token."""
        return str(self.signing_key.kid)

    @property
    def header(self) -> dict[str, str]:
        """Header of every token signed here."""
        return {"alg": ALGORITHM, "kid": self.kid, "typ": "JWT"}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        return jwt.encode(self.header, dict(claims), self.signing_key, [ALGORITHM])

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that one of these keys signed and that is still good.

        Raises
        ------
        InvalidToken
            If the signature is not ours, ``exp`` is missing or over, or it is no JWT at all.
        """
        try:
            claims = jwt.decode(token, self._keys, [ALGORITHM]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except (JoseError, ValueError) as cause:
            raise InvalidToken(type(cause).__name__) from cause
        return claims

    def public(self) -> KeySet:
        """Return the public halves."""
        return KeySet.import_key_set(self._keys.as_dict(private=False))

    def jwks(self) -> dict[str, Any]:
        """Return the public halves as the document behind ``jwks_uri`` (RFC 7517)."""
        return dict(self._keys.as_dict(private=False))


def _make(file: Path) -> KeySet:
    key = RSAKey.generate_key(_BITS, {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    keys = KeySet([key])
    write_private(file, json.dumps(keys.as_dict(private=True), indent=1) + "\n")
    return keys
