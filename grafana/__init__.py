"""The dashboards as code, and the provisioning that shows them.

`make dashboard` writes their JSON anew. The provisioning is for a Grafana that mounts its folders.
"""
