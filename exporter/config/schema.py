"""The JSON Schema of the configuration file, for editors that complete and check it."""

import json
import sys

from exporter.config.sections import Config


def config_schema() -> str:
    """Return the text of `config.schema.json`."""
    schema = Config.model_json_schema()
    job = schema["$defs"]["WatchedJob"]
    schema["$defs"]["WatchedJob"] = {"anyOf": [*job["properties"]["id"]["anyOf"], job]}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Configuration of fusebill-exporter",
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(config_schema())
