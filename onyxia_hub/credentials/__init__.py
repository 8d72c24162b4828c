"""Credentials: from an OIDC login to S3 and Vault access."""
