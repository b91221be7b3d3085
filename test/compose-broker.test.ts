/** The broker of docker-compose.yml against what the worker is told of it. */
import { describe, expect, test } from '@jest/globals';
import { addressOf, containerPorts, read, service, valueOf } from './support/compose-file.ts';

const broker = read('docker/activemq/activemq.xml');

describe('the broker', () => {
  const uris = new Map(
    [...broker.matchAll(/<transportConnector name="(\w+)" uri="([^"]+)"/g)].map(([, name = '', uri = '']) => [
      name,
      new URL(uri.replaceAll('&amp;', '&').replace(/^stomp:|^ws:/, 'http:')),
    ]),
  );

  test('listens for STOMP over TCP and over WebSocket, and for nothing else', () => {
    expect([...uris.keys()]).toEqual(['stomp', 'ws']);
    const { host, port } = addressOf('STOMP_URL');
    expect(host).toBe('activemq');
    expect(uris.get('stomp')?.port).toBe(port);
    expect(containerPorts(host)).toEqual([uris.get('stomp')?.port, uris.get('ws')?.port]);
    expect([...uris.values()].map(({ hostname }) => hostname)).toEqual(['0.0.0.0', '0.0.0.0']);
    expect(read('docker/activemq/healthy.sh')).toContain(`/dev/tcp/127.0.0.1/${port}`);
    expect(broker).not.toContain('<import');
  });

  test('lets a worker that comes back have its client id, and takes large text over WebSocket', () => {
    for (const [, { searchParams }] of uris) expect(searchParams.get('allowLinkStealing')).toBe('true');
    expect(uris.get('ws')?.searchParams.get('websocket.maxTextMessageSize')).toBe('1048576');
  });

  test('keeps what it acknowledged, and its policies are the tried ones', () => {
    expect(broker).toContain('journalDiskSyncStrategy="always"');
    expect(broker).toMatch(
      /<policyEntry queue=">" maxPageSize="20000">\s+<deadLetterStrategy>\s+<individualDeadLetterStrategy/,
    );
    expect(broker).not.toMatch(/ memoryLimit="/);
    expect(service('activemq').volumes).toContain('activemq:/opt/apache-activemq/data');
    expect(broker).toContain('directory="${activemq.data}/kahadb"');
  });

  test('lets the worker read the worker’s destination and the desk write it', () => {
    const [, kind, destination = ''] = /^\/(topic|queue)\/(.+)$/.exec(valueOf('worker', 'STOMP_DESTINATION')) ?? [];
    const entries = [...broker.matchAll(/<authorizationEntry (topic|queue)="([^"]+)" read="([^"]*)" write="([^"]*)"/g)];
    const entry = entries.find(
      ([, type, name = '']) => type === kind && destination.startsWith(name.replace(/>$/, '')),
    );
    expect(entry?.slice(3)).toEqual(['consumers', 'producers']);
    expect(broker).toContain(
      `<authenticationUser username="${valueOf('worker', 'STOMP_LOGIN')}" password="\${STOMP_PASSCODE}" groups="consumers"/>`,
    );
    expect(valueOf('activemq', 'STOMP_PASSCODE')).toBe(valueOf('worker', 'STOMP_PASSCODE'));
  });
});
