# syntax=docker/dockerfile:1
# One image for web, worker, beat and the one-off `prepare`; see docker-compose.yml and docs/operations.md.

FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.12-slim-bookworm AS environment
WORKDIR /app
COPY requirements/app.txt requirements/uv.txt requirements/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && /venv/bin/uv pip install --no-cache --compile-bytecode --python /venv/bin/python --require-hashes -r requirements/app.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=civic.settings CIVIC_HOME=/var/lib/civic
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/civic civic
WORKDIR /app
COPY --from=environment /venv /venv
COPY --from=packages /app/node_modules node_modules
COPY . .
# Compiled modules, catalogues and static files are part of the image; none needs the real settings.
RUN python -m compileall -q civic communities insight requests_app supervision volunteers \
    && python -c "import pathlib, polib; [polib.pofile(str(po)).save_as_mofile(str(po.with_suffix('.mo'))) for po in pathlib.Path('locale').rglob('*.po')]" \
    && CIVIC_HOME=/app/built CIVIC_SECRET_KEY=unused-while-building DEMO=1 \
       DATABASE_URL=postgres://unused/unused REDIS_URL=redis://unused \
       python manage.py collectstatic --noinput --verbosity 0
ENV STATIC_ROOT=/app/built/static
USER civic
VOLUME /var/lib/civic
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "3", "--blocking-threads-idle-timeout", "600", "--workers-kill-timeout", "30", \
     "--respawn-failed-workers", "--no-ws", "civic.wsgi:application"]
