"""The words by which services of one owner find each other.

A service that publishes a word has a Secret with the annotation ``onyxia/discovery: <word>`` in its
namespace; a service that consumes the word gets environment variables filled from that Secret.

Sources: InseeFrLab/helm-charts-interactive-services,
library-chart/templates/_secret_*_discovery.tpl (consumers), and InseeFrLab/helm-charts-databases,
charts/*/templates/discovery-secret.yaml (keys of the Secrets). Onyxia gives IDEs no variables for
the words from ``mongodb`` on: their names here are this hub's, and the keys that they read are
Onyxia's, so its database charts are found as they are. ``metaflow`` and ``hive`` come as files at
Onyxia, so there are no variables behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["VARIABLES", "WORDS"]


def _same_names(*names: str) -> dict[str, str]:
    return {name: name for name in names}


VARIABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "mlflow": {
            "MLFLOW_TRACKING_URI": "uri",
            **_same_names(
                "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_S3_ENDPOINT_URL"
            ),
        },
        "postgres": {
            "PGHOST": "postgres-service",
            "PGPORT": "postgres-port",
            "PGDATABASE": "postgres-database",
            "PGUSER": "postgres-username",
            "PGPASSWORD": "password",
        },
        "chromadb": _same_names(
            "CHROMA_SERVER_HOST",
            "CHROMA_SERVER_HTTP_PORT",
            "CHROMA_SERVER_SSL_ENABLED",
            "CHROMA_CLIENT_AUTH_PROVIDER",
            "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER",
            "CHROMA_CLIENT_AUTH_CREDENTIALS",
            "CHROMA_CLIENT_AUTH_USERNAME",
            "CHROMA_CLIENT_AUTH_PASSWORD",
        ),
        "milvus": _same_names(
            "MILVUS_GRPC_URI",
            "MILVUS_REST_URI",
            "MILVUS_USERNAME",
            "MILVUS_PASSWORD",
            "MILVUS_TOKEN",
        ),
        "metaflow": {},
        "hive": {},
        "mongodb": {
            "MONGODB_HOSTS": "mongodb-service",
            "MONGODB_DATABASE": "mongodb-database",
            "MONGODB_USERNAME": "mongodb-username",
            "MONGODB_PASSWORD": "mongodb-password",
        },
        "mariadb": {
            "MARIADB_HOST": "mariadb-service",
            "MARIADB_PORT": "mariadb-port",
            "MARIADB_DATABASE": "mariadb-database",
            "MARIADB_USERNAME": "mariadb-username",
            "MARIADB_PASSWORD": "password",
        },
        "kafka": {"KAFKA_BOOTSTRAP_SERVERS": "kafka-service"},
        "elastic": {
            "ELASTICSEARCH_HOST": "elastic-service",
            "ELASTICSEARCH_PORT": "elastic-port",
            "ELASTICSEARCH_TLS": "elastic-tls",
            "ELASTICSEARCH_USERNAME": "elastic-username",
            "ELASTICSEARCH_PASSWORD": "elastic-password",
        },
        "opensearch": {
            "OPENSEARCH_HOST": "opensearch-service",
            "OPENSEARCH_PORT": "opensearch-port",
            "OPENSEARCH_TLS": "opensearch-tls",
            "OPENSEARCH_USERNAME": "opensearch-username",
            "OPENSEARCH_PASSWORD": "opensearch-password",
        },
        "trino": {
            "TRINO_HOST": "trino-service",
            "TRINO_PORT": "trino-port",
            "TRINO_CATALOG": "trino-database",
            "TRINO_USERNAME": "trino-username",
            "TRINO_PASSWORD": "trino-password",
        },
        "spark-thrift-server": {
            "SPARK_THRIFT_HOST": "thrift-service",
            "SPARK_THRIFT_PORT": "thrift-port",
        },
    }
)
"""For each word, the consumer's variables and the key of the publisher's Secret behind each."""

WORDS: tuple[str, ...] = tuple(VARIABLES)
"""The words that a profile may publish and consume."""
