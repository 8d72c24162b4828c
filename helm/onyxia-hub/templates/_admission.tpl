{{/* Only what the hub's own account asks for is looked at. */}}
{{- define "onyxia-hub.hubIsAsking" -}}
- name: hub-is-asking
  expression: request.userInfo.username == "system:serviceaccount:{{ .Release.Namespace }}:{{ include "onyxia-hub.serviceAccount" . }}"
{{- end }}

{{/* Whether an object, named by its CEL variable, has the label of what the hub has made. */}}
{{- define "onyxia-hub.isManaged" -}}
has({{ . }}.metadata.labels) && "app.kubernetes.io/managed-by" in {{ . }}.metadata.labels && {{ . }}.metadata.labels["app.kubernetes.io/managed-by"] == "onyxia-hub"
{{- end }}

{{/* The configured Pod Security level and the stricter ones, as a list in CEL; empty if anything goes. */}}
{{- define "onyxia-hub.podSecurityLevels" -}}
{{- $levels := dict "baseline" (list "baseline" "restricted") "restricted" (list "restricted") -}}
{{- with get $levels .Values.settings.kubernetes.pod_security }}{{ toJson . }}{{ end -}}
{{- end }}

{{- define "onyxia-hub.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ include "onyxia-hub.clusterName" (index . 0) }}.{{ index . 1 }}
  labels:
    {{- include "onyxia-hub.labels" (list (index . 0) "hub") | nindent 4 }}
spec:
  policyName: {{ include "onyxia-hub.clusterName" (index . 0) }}.{{ index . 1 }}
  validationActions: [Deny]
{{- end }}
