{{/* What the schema can't see. Each message names the values and what to write. */}}
{{- define "onyxia-hub.checks" -}}
{{- $kubernetes := .Values.settings.kubernetes -}}
{{- if and (ne (include "onyxia-hub.siteKeys" .) "[]") (not (include "onyxia-hub.siteSecret" .)) -}}
{{- include "onyxia-hub.secretHelp" . | fail -}}
{{- end -}}
{{- if not (or .Values.existingSecret .Values.rbac.create) -}}
{{- fail "\n\nrbac.create is false, so the chart can't let a Job make the hub's keys: write existingSecret, the name of a Secret with crypt-key, cookie-secret and proxy-token (helm/onyxia-hub/README.md)." -}}
{{- end -}}
{{- include "onyxia-hub.keysCheck" . -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "\n\nhttpRoute.parentRefs is empty: write the Gateway that the route belongs to, for example [{name: public, namespace: gateways}]." -}}
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

{{/*
An installation that had its keys from existingSecret must not get others without a word: everybody's login would be
lost. Where nothing can be looked up, as in `helm template` and Argo CD, there is no installation to be seen either.
*/}}
{{- define "onyxia-hub.keysCheck" -}}
{{- $keys := include "onyxia-hub.keysSecret" . -}}
{{- $proxy := lookup "apps/v1" "Deployment" .Release.Namespace (printf "%s-proxy" (include "onyxia-hub.fullname" .)) -}}
{{- if and $proxy (not .Values.existingSecret) -}}
  {{- range (first $proxy.spec.template.spec.containers).env -}}
    {{- $before := dig "valueFrom" "secretKeyRef" "name" $keys . -}}
    {{- if and (ne $before $keys) (not (lookup "v1" "Secret" $.Release.Namespace $keys)) -}}
    {{- fail (printf "\n\nexistingSecret is empty, but the hub that is installed has its keys from the Secret %s. Write existingSecret: %s, and nothing changes. To let the chart look after them, make the Secret %s first, with the same keys (helm/onyxia-hub/README.md)." $before $before $keys) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "onyxia-hub.secretHelp" }}

siteSecret is missing: write the name of a Secret in the namespace {{ .Release.Namespace }} with these keys, which only you can know:
  client-secret  of the hub's client at the identity provider; secretKeys.clientSecret: false if the client is public
  api-token      lets scripts administer the hub over REST (secretKeys.apiToken)
  database-url   SQLAlchemy URL of the database (secretKeys.databaseUrl)
Make it from a file client-secret with:
  kubectl create secret generic onyxia-site --namespace {{ .Release.Namespace }} --from-file=client-secret
The hub's own keys are made by the chart, or come from existingSecret: crypt-key, cookie-secret and proxy-token, with the keys above in the
same Secret if siteSecret is empty.
{{- end }}
