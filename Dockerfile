# One image for every process of the house; docker-compose.yml says which command each runs.

FROM node:20-slim AS ui
WORKDIR /src/ui
COPY ui/package.json ui/package-lock.json ./
RUN npm install --no-save --no-audit --no-fund
COPY ui ./
RUN npm run build

FROM python:3.11-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
COPY --from=ui /src/sandbox/ui_dist sandbox/ui_dist
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 kalshi && install -d -o kalshi /data
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER kalshi
WORKDIR /home/kalshi
VOLUME /data
CMD ["mock-kalshi", "--help"]
