/** The private port of a process, for whoever watches it: /metrics (with those of the SDK), /health, /live. What the public reaches has none of them. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { SetupError, messageOf } from '../domain/errors.ts';
import type { Config } from './config.ts';

const TIMEOUT_MS = 3_000;

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What a process tells of itself; `serving`: send it traffic. */
export interface Told {
  readonly scrape: () => Promise<string>;
  readonly health: () => { report(): { readonly serving: boolean } };
}

/** Serves, unless METRICS_PORT is 0. Throws SetupError when the port is not to be had. */
export async function serveMetrics(
  { METRICS_HOST: host, METRICS_PORT: port }: Config,
  told: Told,
  coreMetrics?: string,
): Promise<MetricsServer | undefined> {
  return port === 0 ? undefined : serveAt({ host, port }, told, coreMetrics);
}

/** The same at an address; port 0 takes a free one. */
export async function serveAt(
  { host, port }: { readonly host: string; readonly port: number },
  told: Told,
  coreMetrics?: string,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(request, response, told, coreMetrics).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(messageOf(error));
    });
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SetupError(
      `The process cannot serve its metrics at ${host}:${port}: ${messageOf(error)}; set METRICS_HOST and METRICS_PORT.`,
      { cause: error },
    );
  }
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { scrape, health }: Told,
  coreMetrics: string | undefined,
): Promise<void> {
  const send = (status: number, type: string, body: string): void =>
    void response.writeHead(status, { 'content-type': type }).end(body);
  const path = request.url?.split('?')[0];
  if (path === '/metrics')
    send(200, 'text/plain; version=0.0.4; charset=utf-8', `${await scrape()}${await scrapeCore(coreMetrics)}`);
  else if (path === '/health') {
    const report = health().report();
    send(report.serving ? 200 : 503, 'application/json', JSON.stringify(report));
  } else if (path === '/live') send(200, 'text/plain', '');
  else send(404, 'text/plain', 'There are /metrics, /health and /live here.');
}

/** The SDK's core binds an address of its own and cannot be handed ours; what it says is passed on. A comment says when it says nothing. */
async function scrapeCore(address: string | undefined): Promise<string> {
  if (address === undefined) return '';
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await answer.text();
  } catch (error) {
    return `# the metrics of the Temporal SDK did not come: ${messageOf(error)}\n`;
  }
}

/** A free address on the loopback for the SDK's metrics; undefined when nobody asks for metrics. */
export async function coreMetricsAddress({ METRICS_PORT: port }: Config): Promise<string | undefined> {
  return port === 0 ? undefined : `127.0.0.1:${await freePort()}`;
}

/** A port that nobody has on the loopback. */
export async function freePort(): Promise<number> {
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
