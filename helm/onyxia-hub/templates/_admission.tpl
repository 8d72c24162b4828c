{{/* Only what the hub's own account asks for is looked at. */}}
{{- define "onyxia-hub.hubIsAsking" -}}
- name: hub-is-asking
  expression: request.userInfo.username == "system:serviceaccount:{{ .Release.Namespace }}:{{ include "onyxia-hub.serviceAccount" . }}"
{{- end }}

{{/* Whether an object, named by its CEL variable, has the label of what the hub has made. */}}
{{- define "onyxia-hub.isManaged" -}}
has({{ . }}.metadata.labels) && "app.kubernetes.io/managed-by" in {{ . }}.metadata.labels && {{ . }}.metadata.labels["app.kubernetes.io/managed-by"] == "onyxia-hub"
{{- end }}

{{/*
Whether Pod Security enforces the configured level or a stricter one in a namespace: (list $ "object" "make"),
with the CEL variable of the namespace and what the hub wants there. Empty if anything goes.
*/}}
{{- define "onyxia-hub.isHeldToPodSecurity" -}}
{{- $levels := dict "baseline" (list "baseline" "restricted") "restricted" (list "restricted") -}}
{{- $namespace := index . 1 -}}
{{- with get $levels (index . 0).Values.settings.kubernetes.pod_security -}}
- expression: >-
    has({{ $namespace }}.metadata.labels)
    && "pod-security.kubernetes.io/enforce" in {{ $namespace }}.metadata.labels
    && {{ $namespace }}.metadata.labels["pod-security.kubernetes.io/enforce"] in {{ toJson . }}
  message: {{ printf "The hub may only %s namespaces that have the label pod-security.kubernetes.io/enforce with one of %s" (index $ 2) (toJson .) | toJson }}
  reason: Forbidden
{{- end }}
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
