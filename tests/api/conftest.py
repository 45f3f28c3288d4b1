from collections.abc import Iterator

import pytest

from tests.support.program import NETWORK
from tests.support.secure_api import Certificates


@pytest.fixture(autouse=True, scope="package")
def _no_variables() -> Iterator[None]:
    """Take away the variables that lead the developer to other APIs."""
    with pytest.MonkeyPatch.context() as environment:
        for name in NETWORK:
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates of an authority that a test may trust."""
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return certificates that neither side trusts."""
    made = Certificates(tmp_path_factory.mktemp("others"))
    made.write("client")
    return made
