"""Write the dashboard's JSON: `python -m grafana`."""

from grafana.dashboard import FILE, to_json

FILE.write_text(to_json(), encoding="utf-8")
