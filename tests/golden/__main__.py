"""The command that rewrites the golden files: `python -m tests.golden`."""

from tests.golden import FILES, exposition

for form, file in FILES.items():
    file.write_text(exposition(form), encoding="utf-8")
