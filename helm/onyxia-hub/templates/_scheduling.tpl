{{/* Name of a PriorityClass: (list $ "default"). */}}
{{- define "onyxia-hub.priorityClass" -}}
{{- printf "%s.%s" (include "onyxia-hub.clusterName" (index . 0)) (index . 1) -}}
{{- end }}

{{/*
What the pods that wait share, pullers and placeholders: the hub's image, which each node needs anyway
as the gateway, doing nothing.
*/}}
{{- define "onyxia-hub.waitingContainer" -}}
image: {{ include "onyxia-hub.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [sleep, infinity]
securityContext:
  {{- include "onyxia-hub.containerSecurity" . | nindent 2 }}
{{- end }}

{{/*
Which images to pull where, as JSON: by a short word, {nodeSelector, tolerations, images}. The empty word
is for the nodes of all services; each other one is for profiles with nodes of their own. A profile that
always takes a GPU and does not say on which nodes is left out, for its image would go to all of them. The
hub's image is not among them: the container that waits has it.
*/}}
{{- define "onyxia-hub.pullerGroups" -}}
{{- $selector := get .Values.settings.kubernetes "node_selector" | default (dict) -}}
{{- $tolerations := get .Values.settings.kubernetes "tolerations" | default (list) -}}
{{- $policy := get .Values.settings.kubernetes "image_pull_policy" | default "IfNotPresent" -}}
{{- $everywhere := dict "nodeSelector" $selector "tolerations" $tolerations "images" list -}}
{{- $groups := dict "" $everywhere -}}
{{- range $name, $image := .Values.prePuller.extraImages -}}
  {{- $extra := dict "image" (printf "%s:%s" $image.name $image.tag) "policy" (get $image "policy" | default $policy) -}}
  {{- $_ := set $everywhere "images" (append $everywhere.images $extra) -}}
{{- end -}}
{{- range $file, $text := ternary (include "onyxia-hub.profiles" . | fromYaml) (dict) .Values.prePuller.pullProfileListImages -}}
  {{- $profile := fromYaml $text -}}
  {{- $word := "" -}}
  {{- $own := get $profile "node_selector" | default (dict) -}}
  {{- $bears := get $profile "tolerations" | default (list) -}}
  {{- if or $own $bears -}}
    {{- $word = list $own $bears | toJson | sha256sum | trunc 5 -}}
  {{- end -}}
  {{- $gpu := get (get $profile "resources" | default dict) "gpu" | default (dict "min" 0) -}}
  {{- if and (get $profile "images") (or $own (eq (toString $gpu.min) "0")) -}}
    {{- if not (hasKey $groups $word) -}}
      {{- $_ := set $groups $word (dict "nodeSelector" (merge (deepCopy $own) $selector) "tolerations" (concat $tolerations $bears) "images" list) -}}
    {{- end -}}
    {{- $group := get $groups $word -}}
    {{- $_ := set $group "images" (append $group.images (dict "image" (first $profile.images).image "policy" $policy) | uniq) -}}
  {{- end -}}
{{- end -}}
{{- toJson $groups -}}
{{- end }}
