{{/* What the chart knows better than any values file: addresses, mounted files, names. */}}
{{- define "onyxia-hub.computedSettings" -}}
{{- $name := include "onyxia-hub.fullname" . -}}
{{- $secrets := "/etc/onyxia-hub/secrets" -}}
{{- $profiles := include "onyxia-hub.profileFolders" . | fromJsonArray -}}
hub:
  platform: kubernetes
  profiles: {{ first $profiles }}
  {{- with rest $profiles }}
  more_profiles: {{ toJson . }}
  {{- end }}
  crypt_key_file: {{ $secrets }}/crypt-key
  cookie_secret_file: {{ $secrets }}/cookie-secret
  connect_url: http://{{ $name }}-hub.{{ .Release.Namespace }}:8081
  services_url: http://{{ $name }}-proxy-public.{{ .Release.Namespace }}:{{ .Values.service.port }}
  {{- if .Values.secretKeys.apiToken }}
  api_token_file: {{ $secrets }}/api-token
  {{- end }}
  {{- if include "onyxia-hub.withMetricsToken" . }}
  metrics_token_file: {{ $secrets }}/metrics-token
  {{- end }}
  {{- if .Values.secretKeys.databaseUrl }}
  database_url_file: {{ $secrets }}/database-url
  {{- else }}
  database_url: sqlite:////srv/onyxia-hub/jupyterhub.sqlite
  {{- end }}
oidc:
  {{- if .Values.secretKeys.clientSecret }}
  client_secret_file: {{ $secrets }}/client-secret
  {{- else }}
  {}
  {{- end }}
kubernetes:
  proxy_api: http://{{ $name }}-proxy-api.{{ .Release.Namespace }}:8001
  proxy_token_file: {{ $secrets }}/proxy-token
  gateway:
    image: {{ include "onyxia-hub.image" . }}
  {{- with .Values.image.pullSecrets }}
  image_pull_secrets: {{ include "onyxia-hub.pullSecrets" $ }}
  {{- end }}
  {{- if include "onyxia-hub.copiesPullSecrets" . }}
  image_pull_secrets_folder: /etc/onyxia-hub/pull-secrets
  {{- end }}
  hub_service_account: {{ .Release.Namespace }}/{{ include "onyxia-hub.serviceAccount" . }}
  {{- if .Values.scheduling.podPriority.enabled }}
  priority_class: {{ include "onyxia-hub.priorityClass" (list . "default") }}
  {{- end }}
  {{- if eq .Values.settings.kubernetes.namespaces "per-user" }}
  hub_role: {{ include "onyxia-hub.servicesRole" . }}
  {{- end }}
{{- end }}

{{/* The settings file. JSON is YAML too, and unlike toYaml's, its strings mean the same to PyYAML (“=”). */}}
{{- define "onyxia-hub.settings" -}}
{{- $settings := include "onyxia-hub.computedSettings" . | fromYaml -}}
{{- include "onyxia-hub.mergeInto" (dict "base" $settings "over" .Values.settings) -}}
{{- toPrettyJson $settings -}}
{{- end }}
