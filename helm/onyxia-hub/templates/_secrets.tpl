{{/* The Secret with the hub's own keys: crypt-key, cookie-secret, proxy-token, metrics-token. */}}
{{- define "onyxia-hub.keysSecret" -}}
{{- .Values.existingSecret | default (printf "%s-keys" (include "onyxia-hub.fullname" .)) -}}
{{- end }}

{{/* The Secret with what only the site knows: client-secret, api-token, database-url. */}}
{{- define "onyxia-hub.siteSecret" -}}
{{- .Values.siteSecret | default .Values.existingSecret -}}
{{- end }}

{{/* Keys that are read from the first of these Secrets, as a list in JSON. */}}
{{- define "onyxia-hub.ownKeys" -}}
{{- $keys := list "crypt-key" "cookie-secret" "proxy-token" -}}
{{- if include "onyxia-hub.withMetricsToken" . }}{{ $keys = append $keys "metrics-token" }}{{ end -}}
{{- toJson $keys -}}
{{- end }}

{{/* Keys that are read from the second. */}}
{{- define "onyxia-hub.siteKeys" -}}
{{- $keys := list -}}
{{- range $value, $key := dict "clientSecret" "client-secret" "apiToken" "api-token" "databaseUrl" "database-url" -}}
{{- if get $.Values.secretKeys $value }}{{ $keys = append $keys $key }}{{ end -}}
{{- end -}}
{{- toJson $keys -}}
{{- end }}

{{/* Whether the hub lets somebody with a token read its metrics: a word, or nothing. */}}
{{- define "onyxia-hub.withMetricsToken" -}}
{{- if or .Values.secretKeys.metricsToken .Values.monitoring.serviceMonitor.enabled }}true{{ end -}}
{{- end }}

{{/* Names of the Secrets of image.pullSecrets, as a list in JSON. */}}
{{- define "onyxia-hub.pullSecrets" -}}
{{- $names := list -}}
{{- range .Values.image.pullSecrets }}{{ $names = append $names .name }}{{ end -}}
{{- toJson $names -}}
{{- end }}

{{/* Whether the hub copies these into users' namespaces: a word, or nothing. */}}
{{- define "onyxia-hub.copiesPullSecrets" -}}
{{- if and .Values.image.pullSecrets (eq .Values.settings.kubernetes.namespaces "per-user") }}true{{ end -}}
{{- end }}

{{/* Items of a volume, from a list of keys in JSON. */}}
{{- define "onyxia-hub.secretItems" -}}
{{- range fromJsonArray . }}
- {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}

{{/* Name of the Job that makes the keys, and of its account. */}}
{{- define "onyxia-hub.keysJob" -}}
{{- include "onyxia-hub.fullname" . }}-make-keys
{{- end }}

{{/* Annotations of what runs before everything else and is gone then, in the order of the weight. */}}
{{- define "onyxia-hub.keysHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
