{{/* How many pods of a component a drain leaves: (list $ "hub"). */}}
{{- define "onyxia-hub.pdb" -}}
{{- $ := index . 0 -}}
{{- $name := index . 1 -}}
{{- $pdb := (get $.Values $name).pdb -}}
{{- if $pdb.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "onyxia-hub.fullname" $ }}-{{ $name }}
  labels:
    {{- include "onyxia-hub.labels" . | nindent 4 }}
spec:
  {{- if kindIs "invalid" $pdb.maxUnavailable }}
  minAvailable: {{ $pdb.minAvailable }}
  {{- else }}
  maxUnavailable: {{ $pdb.maxUnavailable }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "onyxia-hub.selector" . | nindent 6 }}
{{- end }}
{{- end }}
