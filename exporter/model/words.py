"""Numbers with their nouns, in sentences."""


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: `1 job`, `1,000 jobs`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
