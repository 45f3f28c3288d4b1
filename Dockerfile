# The only base, by its version and its bytes: another one is a change of this line.
FROM python:3.13.16-slim-trixie@sha256:6906dca82c0e83d5994bbf2e7fc33e6b63ce3e7f27c30eafd01dfabeb3c90bf3 AS base


FROM base AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src

# Two environments, so that what builds the wheel does not get into the image. The second has no pip
# of its own: the first one's installs into it.
RUN python -m venv /build && python -m venv --without-pip /opt/fusebill-exporter

# The dependencies come before the code: a change of the code alone does not install them again.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN /build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt \
 && /build/bin/pip --python /opt/fusebill-exporter/bin/python \
      install --require-hashes --only-binary :all: -r requirements/runtime.txt

COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /build/bin/pip --python /opt/fusebill-exporter/bin/python install --no-deps /wheels/*.whl


FROM base
COPY --from=build /opt/fusebill-exporter /opt/fusebill-exporter

# What the base has to install packages with goes. Then the program is run once: the base has no
# bytecode of the standard library and the user below may not write any, so this compiles what the
# program imports of it (`--help` imports every command). Without, each start would take a second
# more.
RUN find /usr -depth -regextype egrep -regex '.*/(pip|ensurepip|setuptools|wheel)([-0-9][^/]*)?' \
      -exec rm -r {} + \
 && /opt/fusebill-exporter/bin/fusebill-exporter --help

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="fusebill-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the long-running service jobs of Stax Bill (formerly Fusebill)" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/fusebill-exporter/fusebill-exporter" \
      org.opencontainers.image.documentation="https://github.com/fusebill-exporter/fusebill-exporter/blob/main/docs/operations.md" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

ENV PATH=/opt/fusebill-exporter/bin:$PATH
# There is nothing to write: the root file system may be read-only.
ENV PYTHONDONTWRITEBYTECODE=1

# Where `check` too looks for config.yaml.
WORKDIR /etc/fusebill-exporter
# The demo by itself listens on this machine only, which here is the container. A flag goes first.
ENV FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS=:10423
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 10423
ENTRYPOINT ["/opt/fusebill-exporter/bin/fusebill-exporter"]
CMD ["--config.file=/etc/fusebill-exporter/config.yaml"]
