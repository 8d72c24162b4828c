{{/*
Merge .over into the map .base, in place: maps key by key, everything else replaced, null takes the
key away. Sprig's mergeOverwrite keeps the base where the new value is null.
*/}}
{{- define "onyxia-hub.mergeInto" -}}
{{- $base := .base -}}
{{- range $key, $value := .over -}}
  {{- if and (kindIs "map" $value) (kindIs "map" (get $base $key)) -}}
    {{- include "onyxia-hub.mergeInto" (dict "base" (get $base $key) "over" $value) -}}
  {{- else if kindIs "invalid" $value -}}
    {{- $_ := unset $base $key -}}
  {{- else -}}
    {{- $_ := set $base $key $value -}}
  {{- end -}}
{{- end -}}
{{- end }}
