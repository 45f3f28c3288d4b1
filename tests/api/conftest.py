from collections.abc import Iterator

import pytest

from tests.support.program import NETWORK


@pytest.fixture(autouse=True, scope="package")
def _no_variables() -> Iterator[None]:
    """Take away the variables that lead the developer to other APIs."""
    with pytest.MonkeyPatch.context() as environment:
        for name in NETWORK:
            environment.delenv(name, raising=False)
        yield
