{{/*
All rights of the hub, in one place. tests/e2e/cluster/test_used_rights.py proves those of a hub with
a namespace for each user: by the API server's audit log, that each was used by a request. Those that
are checked beside another request and so never logged (`bind`, and `create` for a server-side apply)
it takes away one by one, and the hub's work is refused. The rules for one shared namespace are not
in that test.
*/}}

{{/* Everywhere, when each user has a namespace. No Secrets, and no `escalate`. */}}
{{- define "onyxia-hub.clusterRules" -}}
# KubeSpawner's reflectors, one watch for all users.
- apiGroups: [""]
  resources: [pods, events]
  verbs: [list, watch]
# How many GPUs there are.
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
# A user's namespace, and the hub's own role in it. The admission policy says where and which.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [create]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [create]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: {{ include "onyxia-hub.boundRoles" . }}
  verbs: [bind]
{{- end }}

{{/* In each user's namespace: the hub binds this role to itself there. */}}
{{- define "onyxia-hub.servicesRules" -}}
- apiGroups: [""]
  resources: [namespaces]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [create, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, get, list, update, patch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create, get, delete]
- apiGroups: [""]
  resources: [serviceaccounts, limitranges]
  verbs: [create, patch]
# Read for the gauges on "My services", as is the log of a user's own pod.
- apiGroups: [""]
  resources: [resourcequotas]
  verbs: [create, get, patch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- with include "onyxia-hub.accountRole" . }}
# The token of somebody's own kubeconfig, of this one account.
- apiGroups: [""]
  resources: [serviceaccounts/token]
  resourceNames: [onyxia-{{ . }}]
  verbs: [create]
{{- end }}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, patch]
{{- end }}

{{/* In the one namespace of all services, when users share it: nothing in it is made or bound but services. */}}
{{- define "onyxia-hub.singleRules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [create, list, watch, delete]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, get, list, update, patch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [create, get, delete]
{{- end }}

{{/* Everywhere, when users share a namespace. */}}
{{- define "onyxia-hub.nodeRules" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
{{- end }}

{{/* ClusterRoles that the hub may bind in users' namespaces, as a list in JSON. */}}
{{- define "onyxia-hub.boundRoles" -}}
{{- $allowed := values .Values.settings.kubernetes.cluster_roles | uniq | sortAlpha -}}
{{- prepend $allowed (include "onyxia-hub.servicesRole" .) | toJson -}}
{{- end }}

{{/* The role of people's own access, as manifests/namespace.py caps it; empty if they have none. */}}
{{- define "onyxia-hub.accountRole" -}}
{{- $kubernetes := .Values.settings.kubernetes -}}
{{- $account := get $kubernetes "account" | default dict -}}
{{- $asked := get $account "role" | default "view" -}}
{{- if and (eq $asked "edit") (hasKey $kubernetes.cluster_roles "edit") -}}edit
{{- else if and (ne $asked "none") (hasKey $kubernetes.cluster_roles "view") -}}view
{{- end -}}
{{- end }}
