{{/* What the schema can't see. Each message names the values and what to write. */}}
{{- define "onyxia-hub.checks" -}}
{{- $kubernetes := .Values.settings.kubernetes -}}
{{- if not .Values.existingSecret -}}
{{- include "onyxia-hub.secretHelp" . | fail -}}
{{- end -}}
{{- if not .Values.settings.hub.public_url -}}
{{- fail "\n\nsettings.hub.public_url is missing: write the address under which browsers reach the hub, for example https://hub.example.org." -}}
{{- end -}}
{{- if not .Values.settings.oidc.issuer -}}
{{- fail "\n\nsettings.oidc.issuer is missing: write the identity provider's issuer, as in its discovery document." -}}
{{- end -}}
{{- if has "cluster-admin" (values $kubernetes.cluster_roles) -}}
{{- fail "\n\nsettings.kubernetes.cluster_roles names cluster-admin: write a role for one namespace, such as edit." -}}
{{- end -}}
{{- if eq $kubernetes.namespaces "per-user" -}}
  {{- range list .Release.Namespace "kube-system" "kube-public" "kube-node-lease" "default" -}}
    {{- if hasPrefix $kubernetes.namespace_prefix . -}}
    {{- fail (printf "\n\nsettings.kubernetes.namespace_prefix “%s” is also the start of the namespace %s, which is no user's: write another prefix." $kubernetes.namespace_prefix .) -}}
    {{- end -}}
  {{- end -}}
{{- else if eq (get $kubernetes "namespace" | default .Release.Namespace) .Release.Namespace -}}
{{- fail "\n\nsettings.kubernetes.namespace must name a namespace other than the release's, which holds the hub's secrets." -}}
{{- end -}}
{{- end }}

{{- define "onyxia-hub.secretHelp" }}

existingSecret is missing: write the name of a Secret in the namespace {{ .Release.Namespace }} with these keys:
  crypt-key      encrypts logins in the database, 32 bytes in hex
  cookie-secret  signs the hub's cookies, 32 bytes in hex
  proxy-token    lets the hub talk to its proxy
  client-secret  of the hub's client at the identity provider (secretKeys.clientSecret)
  api-token      lets scripts administer the hub over REST (secretKeys.apiToken)
  database-url   SQLAlchemy URL of the database (secretKeys.databaseUrl)
Make it with:
  (umask 077; for key in crypt-key cookie-secret proxy-token; do openssl rand -hex 32 > $key; done)
  kubectl create secret generic onyxia-hub --namespace {{ .Release.Namespace }} \
    --from-file=crypt-key --from-file=cookie-secret --from-file=proxy-token --from-file=client-secret
{{- end }}
