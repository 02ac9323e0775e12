# Pin it by digest for a build that never changes: --build-arg PYTHON=python:3.13-slim@sha256:...
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
# The stand-ins come along: `drover run --sandbox-oxen` lets an owner try the bot before paying anybody.
COPY requirements/ requirements/
RUN requirements/install.sh /venv sandbox
COPY . .
RUN /venv/bin/uv pip install --python /venv/bin/python --no-deps --no-build-isolation --editable . \
 && /venv/bin/python -m compileall -q bot cogs sandbox \
 && /venv/bin/pip uninstall --yes pip setuptools uv

FROM ${PYTHON}
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DROVER_DATABASE_URL=sqlite:////data/drover.sqlite3 \
    DROVER_WORK_DIR=/data/work \
    DROVER_HEALTH_PORT=8080 \
    DROVER_LOG_FORMAT=json \
    TMPDIR=/data
RUN useradd --system --uid 10001 --no-create-home drover && install -d -m 0700 -o drover -g drover /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["drover", "health"]
ENTRYPOINT ["drover"]
CMD ["run"]
