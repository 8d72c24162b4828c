"""A launch with everything a profile can offer and everything a person can choose."""

FULL = """\
persistence:
  size: {min: 1Gi, max: 100Gi, default: 10Gi}
  mount: /home/onyxia/work
node_selector: {gpu: a100}
tolerations:
  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
kubernetes_role: view
"""


CHOICES = {
    "profile": "full",
    "gpu": 2,
    "storage": "20Gi",
    "memory_limit": "8Gi",
    "git_repository": "https://example.org/course.git",
    "init_script": "export X=secret-in-the-script\n",
    "env": {"API_KEY": "typed by the user {with} {braces} $(HOME)"},
}
