# syntax=docker/dockerfile:1.7
#
# One builder, three images: --target api, worker or sandbox.
# Needs BuildKit, for the cache mounts that keep compiled dependencies between builds.

FROM rust:1.95-bookworm AS builder
WORKDIR /src
# SQL is checked against the committed .sqlx folder: the build needs no database.
ENV SQLX_OFFLINE=true
COPY . .
# The target folder is a cache mount and not part of the layer, so the binaries are copied out of it.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --package haat-api --package haat-worker --package haat-sandbox \
    && install -D --target-directory=/out \
        target/release/haat-api target/release/haat-worker target/release/haat-sandbox

# ca-certificates: TLS to PostgreSQL, Redis and the gateway. curl: the health checks of the compose file.
FROM debian:bookworm-slim AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin haat
WORKDIR /
# An image that is started without settings refuses to start, and does not sign tokens with a key of its own.
ENV HAAT_ENV=production
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS api
COPY --from=builder /out/haat-api /usr/local/bin/haat-api
ENV HAAT_API_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["haat-api"]
CMD ["serve"]

FROM runtime AS worker
COPY --from=builder /out/haat-worker /usr/local/bin/haat-worker
ENV HAAT_WORKER_ADDR=0.0.0.0:8081
EXPOSE 8081
ENTRYPOINT ["haat-worker"]
CMD ["run"]

FROM runtime AS sandbox
COPY --from=builder /out/haat-sandbox /usr/local/bin/haat-sandbox
ENV HAAT_SANDBOX_ADDR=0.0.0.0:8090
EXPOSE 8090
ENTRYPOINT ["haat-sandbox"]
