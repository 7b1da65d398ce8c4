# Daybook runs its TypeScript as it is: no build step, the sources are the image.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /daybook
COPY package.json package-lock.json .npmrc ./
# Node comes with the image, and Postgres from its own service: neither is taken from npm here.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    DAYBOOK_HOST=0.0.0.0 \
    DAYBOOK_DATA_DIR=/var/lib/daybook
WORKDIR /daybook
COPY --from=dependencies /daybook/node_modules ./node_modules
COPY package.json ./
COPY schemas ./schemas
COPY bounded-contexts ./bounded-contexts
COPY projections ./projections
COPY gateway ./gateway
COPY migrations ./migrations
COPY infra ./infra
RUN mkdir -p /var/lib/daybook && chown node:node /var/lib/daybook
USER node
VOLUME /var/lib/daybook
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "infra/cli/daybook.ts", "start"]
