{{/*
The catalogue as a ConfigMap's data: a file of the chart without changes is copied as it is, the
others are merged. Large numbers and words such as "on" survive as JSON, which is YAML too.
*/}}
{{- define "onyxia-hub.profiles" -}}
{{- $changes := .Values.profiles -}}
{{- $data := dict -}}
{{- range $path, $bytes := .Files.Glob "profiles/*.yaml" -}}
  {{- $slug := trimSuffix ".yaml" (base $path) -}}
  {{- if not (hasKey $changes $slug) -}}
    {{- if $.Values.includeShippedProfiles -}}
      {{- $_ := set $data (base $path) (toString $bytes) -}}
    {{- end -}}
  {{- else -}}
    {{- $profile := fromYaml (toString $bytes) -}}
    {{- with $profile.Error }}{{ fail (printf "%s: %s" $path .) }}{{ end -}}
    {{- include "onyxia-hub.addProfile" (dict "data" $data "slug" $slug "base" $profile "over" (get $changes $slug)) -}}
  {{- end -}}
{{- end -}}
{{- range $slug, $profile := $changes -}}
  {{- if not ($.Files.Get (printf "profiles/%s.yaml" $slug)) -}}
    {{- include "onyxia-hub.addProfile" (dict "data" $data "slug" $slug "base" (dict "slug" $slug) "over" $profile) -}}
  {{- end -}}
{{- end -}}
{{- if not (or $data .Values.profilesFrom) }}{{ fail "profiles: every profile is dropped, leave at least one." }}{{ end -}}
{{- toYaml $data -}}
{{- end }}

{{/* The folders that the hub reads profiles from, as JSON: the chart's own, then one for each ConfigMap. */}}
{{- define "onyxia-hub.profileFolders" -}}
{{- $folders := list -}}
{{- if include "onyxia-hub.profiles" . | fromYaml -}}
  {{- $folders = append $folders "/etc/onyxia-hub/profiles" -}}
{{- end -}}
{{- range .Values.profilesFrom -}}
  {{- $folders = append $folders (printf "/etc/onyxia-hub/profiles-from/%s" .configMap) -}}
{{- end -}}
{{- toJson $folders -}}
{{- end }}

{{/* Add .base merged with .over to .data, unless it is dropped. */}}
{{- define "onyxia-hub.addProfile" -}}
{{- include "onyxia-hub.mergeInto" (dict "base" .base "over" .over) -}}
{{- $enabled := true -}}
{{- if hasKey .base "enabled" }}{{ $enabled = .base.enabled }}{{ end -}}
{{- $_ := unset .base "enabled" -}}
{{- if $enabled -}}
  {{- $_ := set .data (printf "%s.yaml" .slug) (printf "%s\n" (toPrettyJson .base)) -}}
{{- end -}}
{{- end }}
