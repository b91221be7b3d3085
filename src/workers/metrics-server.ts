/** The worker's port for whoever watches it: /metrics (ours and the SDK's together), /health, /live. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { SetupError, messageOf } from '../domain/errors.ts';
import type { Config } from '../wiring/config.ts';
import type { Instruments } from '../wiring/instruments.ts';

const TIMEOUT_MS = 3_000;

export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves, unless METRICS_PORT is 0. Throws SetupError when the port is not to be had. */
export async function serveMetrics(
  { METRICS_HOST: host, METRICS_PORT: port }: Config,
  instruments: Pick<Instruments, 'scrape' | 'health'>,
  coreMetrics: string | undefined,
): Promise<MetricsServer | undefined> {
  if (port === 0) return undefined;
  const server = createServer((request, response) => {
    answer(request, response, instruments, coreMetrics).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(messageOf(error));
    });
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new SetupError(
      `The worker cannot serve its metrics at ${host}:${port}: ${messageOf(error)}; set METRICS_HOST and METRICS_PORT.`,
      { cause: error },
    );
  }
  return {
    url: `http://${host}:${port}`,
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
  { scrape, health }: Pick<Instruments, 'scrape' | 'health'>,
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
  if (port === 0) return undefined;
  const server = createSocketServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${free}`;
}
