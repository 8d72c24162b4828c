"""What the hub asks of Kubernetes, and what Kubernetes says back."""
