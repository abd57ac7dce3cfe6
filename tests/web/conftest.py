"""One site for a whole file of tests: Django's tables take a second to make."""

from collections.abc import Iterator

import pytest
from django.test.utils import override_settings
from tests.web.shop import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An empty mailbox and made-up figures."""
    site = Site(tmp_path_factory.mktemp("site"))
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # a good hash takes a third of a second
        yield site
    site.close()
