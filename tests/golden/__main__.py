"""`python -m tests.golden` writes the golden files anew."""

from tests.golden import FILES, exposition

for form, file in FILES.items():
    file.write_text(exposition(form), encoding="utf-8")
