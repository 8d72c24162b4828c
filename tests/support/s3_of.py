"""A service's own access to S3, used from outside."""

from __future__ import annotations

import json
from typing import Any

import boto3

from tests.support.cluster_site import ClusterSite

__all__ = ["s3_of"]


def s3_of(cluster: ClusterSite, person: str, service: str) -> Any:
    """Return a client of S3 with the credentials that a service on the cluster has."""
    secret = cluster.secret(person, service)
    keys = json.loads(secret["file.s3-credentials.json"])
    return boto3.client(
        "s3",
        endpoint_url=secret["env.AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
