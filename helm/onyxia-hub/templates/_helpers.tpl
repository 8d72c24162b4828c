{{/* Start of every name. 50 characters, so that the longest, <fullname>-proxy-public, fits in 63. */}}
{{- define "onyxia-hub.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* Start of cluster-wide names. Parts are joined by dots, which none has, so no two releases share one. */}}
{{- define "onyxia-hub.clusterName" -}}
{{- printf "%s.%s" .Release.Namespace (include "onyxia-hub.fullname" .) -}}
{{- end }}

{{/* ClusterRole that the hub binds to itself in each user's namespace. */}}
{{- define "onyxia-hub.servicesRole" -}}
{{- include "onyxia-hub.clusterName" . }}.services
{{- end }}

{{/* The hub's service account. */}}
{{- define "onyxia-hub.serviceAccount" -}}
{{- include "onyxia-hub.fullname" . }}-hub
{{- end }}

{{- define "onyxia-hub.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end }}

{{/* Path of the hub, from its address: / or /path/ */}}
{{- define "onyxia-hub.basePath" -}}
{{- printf "%s/" ((urlParse .Values.settings.hub.public_url).path | trimSuffix "/") -}}
{{- end }}

{{/* Host of that address. */}}
{{- define "onyxia-hub.host" -}}
{{- (urlParse .Values.settings.hub.public_url).hostname -}}
{{- end }}

{{/* Labels of an object: (list $ "hub"), or (list $ "") for what belongs to no component. */}}
{{- define "onyxia-hub.labels" -}}
{{- $ := index . 0 -}}
{{- include "onyxia-hub.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The labels that never change. */}}
{{- define "onyxia-hub.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ $.Chart.Name }}
app.kubernetes.io/instance: {{ $.Release.Name | quote }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/*
What all pods' specs share: (list $ .Values.hub). With the key "priority" beside nodeSelector and its like, the
name of a PriorityClass of the chart: a hook has none, for it may run before the class is there.
*/}}
{{- define "onyxia-hub.podSpec" -}}
{{- $ := index . 0 -}}
{{- $component := index . 1 -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with $.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and $.Values.scheduling.podPriority.enabled (get $component "priority") }}
priorityClassName: {{ include "onyxia-hub.priorityClass" (list $ $component.priority) }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" }}
{{- with get $component $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Pod Security's "restricted", for a container. */}}
{{- define "onyxia-hub.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
