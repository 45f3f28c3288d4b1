"""The dashboard "Fusebill service jobs" as code, and the provisioning that shows it.

`make dashboard` writes its JSON anew. The provisioning is for a Grafana that mounts its folders.
"""
