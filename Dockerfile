# One image: the program alone, not root, no build tools, checked by itself.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc g++ make cmake libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --package s4s \
 && mkdir /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/s4s /usr/local/bin/s4s
COPY --from=build --chown=nonroot:nonroot /data /data
COPY LICENSE NOTICE.md /licenses/
ENV S4S_HOST=0.0.0.0 \
    S4S_DATA=/data
EXPOSE 8080 8081
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/s4s", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/s4s"]
CMD ["up"]
