"""SeaweedFS's roles and policies: every user has one bucket, ``user-<name>``."""

from __future__ import annotations

from typing import Any

__all__ = ["ROLE_ARN", "iam_config"]

_ROLE = "onyxia-user"
#: The role that every user assumes.
ROLE_ARN = f"arn:aws:iam::role/{_ROLE}"

_PROVIDER = "onyxia"
_POLICY = "onyxia-own-bucket"
_VERSION = "2012-10-17"
_BUCKET = "arn:aws:s3:::user-${jwt:preferred_username}"


def iam_config(
    *,
    issuer: str,
    jwks_url: str,
    audience: str,
    signing_key: str,
    usual_session: int,
    longest_session: int,
) -> dict[str, Any]:
    """Return the content of SeaweedFS's ``-s3.iam.config`` file.

    Parameters
    ----------
    issuer
        Who must have issued the tokens.
    jwks_url
        Where the issuer's keys are.
    audience
        Who the tokens must be meant for.
    signing_key
        Base64 of 32 bytes, with which the STS signs its sessions.
    usual_session, longest_session
        Life of credentials in seconds: where no other is asked for, and the longest.
    """
    return {
        "sts": {
            "tokenDuration": f"{usual_session}s",
            "maxSessionLength": f"{longest_session}s",
            "issuer": "seaweedfs-sts",
            "signingKey": signing_key,
        },
        "providers": [
            {
                "name": _PROVIDER,
                "type": "oidc",
                "enabled": True,
                "config": {"issuer": issuer, "clientId": audience, "jwksUri": jwks_url},
            }
        ],
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "roles": [
            {
                "roleName": _ROLE,
                "roleArn": ROLE_ARN,
                "trustPolicy": {
                    "Version": _VERSION,
                    "Statement": [
                        {
                            "Effect": "Allow",
                            # The provider's name: SeaweedFS refuses the issuer's address here.
                            "Principal": {"Federated": _PROVIDER},
                            "Action": ["sts:AssumeRoleWithWebIdentity"],
                        }
                    ],
                },
                "attachedPolicies": [_POLICY],
            }
        ],
        "policies": [
            {
                "name": _POLICY,
                "document": {
                    "Version": _VERSION,
                    "Statement": [
                        {
                            "Sid": "OwnBucketItsCreationIncluded",
                            "Effect": "Allow",
                            "Action": ["s3:*"],
                            "Resource": [_BUCKET, f"{_BUCKET}/*"],
                        }
                    ],
                },
            }
        ],
    }
