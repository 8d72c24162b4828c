"""Endpoints by discovery, and when tokens end."""

import asyncio
import base64
import json

import pytest

from onyxia_hub.oidc import BadDiscovery, Discovery, claims_of, life_of

ISSUER = "https://login.example.org"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "end_session_endpoint": f"{ISSUER}/logout",
}


def jwt(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.signature"


class Provider:
    """Answers with documents, in order, and counts the questions."""

    def __init__(self, *documents):
        self.documents = list(documents)
        self.asked = []

    async def fetch(self, url):
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.documents.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_requests_at_the_same_time_share_one_question():
    provider = Provider(DOCUMENT)
    discovery = Discovery(issuer=ISSUER, fetch=provider.fetch)

    answers = await asyncio.gather(*(discovery.endpoints() for _ in range(5)))

    assert provider.asked == [f"{ISSUER}/.well-known/openid-configuration"]
    assert {answer.token for answer in answers} == {f"{ISSUER}/token"}
    assert discovery.found.end_session == f"{ISSUER}/logout"


async def test_a_failed_question_is_asked_again_next_time():
    provider = Provider(OSError("away"), DOCUMENT)
    discovery = Discovery(issuer=ISSUER, fetch=provider.fetch)

    with pytest.raises(OSError, match="away"):
        await discovery.endpoints()
    assert discovery.found is None

    assert (await discovery.endpoints()).userinfo == f"{ISSUER}/userinfo"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "not a JSON object"),
        (DOCUMENT | {"issuer": "https://evil.example.org"}, "names another issuer"),
        ({k: v for k, v in DOCUMENT.items() if k != "token_endpoint"}, "no token_endpoint"),
    ],
)
async def test_an_unusable_document_is_refused(document, problem):
    discovery = Discovery(issuer=ISSUER, fetch=Provider(document).fetch)

    with pytest.raises(BadDiscovery, match=problem):
        await discovery.endpoints()


async def test_the_end_session_endpoint_is_optional():
    document = {k: v for k, v in DOCUMENT.items() if k != "end_session_endpoint"}
    discovery = Discovery(issuer=ISSUER, fetch=Provider(document).fetch)

    assert (await discovery.endpoints()).end_session is None


@pytest.mark.parametrize("token", [None, "", "opaque", "a.b.c", "a.!!!.c", jwt([1]), "..", "a.b"])
def test_what_is_no_jwt_has_no_claims(token):
    assert claims_of(token) == {}


def test_a_jwt_says_itself_when_it_ends():
    token = jwt({"iat": 1000, "exp": 1300})

    assert life_of(token, obtained_at=5.0, expires_in=60) == (1300.0, 300.0)


def test_an_opaque_token_ends_when_the_response_said():
    assert life_of("opaque", obtained_at=1000.0, expires_in=60) == (1060.0, 60.0)


@pytest.mark.parametrize("expires_in", [None, "60", True])
def test_a_token_of_unknown_life_is_taken_to_last(expires_in):
    assert life_of("opaque", obtained_at=0.0, expires_in=expires_in) == (float("inf"),) * 2
