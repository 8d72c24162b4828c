"""Answers of an STS as MinIO, SeaweedFS and AWS write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.answering_server import Answer

ACCESS_KEY = "ACCESSKEYOFATEST"
SECRET_KEY = "secret-key-of-a-test-that-is-long-enough"
SESSION_TOKEN = "session-token-of-a-test-that-is-long-enough-to-be-noticed"


def keys(*, seconds: int = 3600) -> Answer:
    """Return the answer that gives keys for so many seconds."""
    end = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Answer(
        body=f"""<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn></Arn></AssumedRoleUser><Credentials>
<AccessKeyId>{ACCESS_KEY}</AccessKeyId><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>
<Expiration>{end}</Expiration><SessionToken>{SESSION_TOKEN}</SessionToken></Credentials>
</AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>""",
        headers={"Content-Type": "application/xml"},
    )


def refusal(code: str, words: str = "", *, status: int = 400) -> Answer:
    """Return an STS error."""
    return Answer(
        status=status,
        body=f"""<?xml version="1.0" encoding="UTF-8"?>
<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>{words}</Message></Error><RequestId>1</RequestId></ErrorResponse>""",
        headers={"Content-Type": "application/xml"},
    )


def s3_refusal(code: str, words: str = "", *, status: int = 403) -> Answer:
    """Return an S3 error."""
    return Answer(
        status=status,
        body=f"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>{code}</Code><Message>{words}</Message><Resource>/b</Resource></Error>""",
        headers={"Content-Type": "application/xml"},
    )
