"""What connections to the API trust and show, as one `ssl.SSLContext`."""

import os
import ssl
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from exporter.api.response import EndingSocket
from exporter.config.environment import bundle_of, problems_of_authorities
from exporter.config.pem import load_pair, trust
from exporter.config.tls_files import Pems
from exporter.model.errors import UpstreamError
from exporter.model.failures import TlsFailed


def make_context(pems: Pems) -> ssl.SSLContext:
    """Return the context for the good files of a `tls_config`.

    Without authorities among them those that a variable of the environment names count, or else
    the system's. An authority may be an intermediate one, as in Go. Raises UpstreamError for a
    variable whose authorities are not readable any more.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = EndingSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if pems.ca is not None:
        trust(context, pems.ca.data)
    else:
        _trust_by_environment(context)
    if pems.certificate is not None and pems.key is not None:
        load_pair(context, pems.certificate.data, pems.key.data)
    return context


def _trust_by_environment(context: ssl.SSLContext) -> None:
    if problem := next(problems_of_authorities(os.environ), None):
        raise UpstreamError(TlsFailed(problem, requests=0))
    bundle = bundle_of(os.environ)
    if bundle is None:
        _trust_the_system(context)
    elif Path(bundle.value).is_dir():
        context.load_verify_locations(capath=bundle.value)
    else:
        context.load_verify_locations(cafile=bundle.value)


def _trust_the_system(context: ssl.SSLContext) -> None:
    """Trust the system's authorities, or those of certifi where the system has none.

    OpenSSL looks into a folder only when it needs a certificate, so the folder's are not counted.
    """
    context.load_default_certs()
    folder: str | None = ssl.get_default_verify_paths().capath
    has_folder = folder is not None and any(Path(folder).glob("*.0"))
    if not (context.cert_store_stats()["x509"] or has_folder or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
