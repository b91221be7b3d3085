# The worker (and the command chatlake) with production packages only. src/local/ is not in it.
FROM node:24.19.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package's script runs: none is needed (test/supply.test.ts lists those that have one).
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build && rm -rf dist/local dist/.tsbuildinfo
# The bridge to Temporal's core carries binaries of five platforms and its Rust sources: one binary is used.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && cd node_modules/@temporalio/core-bridge \
  && find releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
  && test -f "releases/$(uname -m)-unknown-linux-gnu/index.node" \
  && rm -rf sdk-core src ts

FROM node:24.19.0-bookworm-slim
ENV NODE_ENV=production WORK_DIR=/var/lib/chatlake
WORKDIR /app
# A named volume mounted there is the user's own.
RUN mkdir --mode=0700 /var/lib/chatlake && chown node:node /var/lib/chatlake
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY queries ./queries
COPY scripts/chatlake.mjs ./scripts/chatlake.mjs
COPY docker/worker/healthy.mjs ./docker/worker/healthy.mjs
USER node
CMD ["node", "dist/workers/main.js"]
