"""Write the dashboards' JSON: `python -m grafana`."""

from grafana.dashboard import files

for file, text in files().items():
    file.write_text(text, encoding="utf-8")
