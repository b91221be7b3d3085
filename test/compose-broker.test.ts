/** The broker of docker-compose.yml against what the worker is told of it. */
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/wiring/config.ts';
import { addressOf, containerPorts, read, service, valueOf } from './support/compose-file.ts';

const broker = read('docker/activemq/activemq.xml');

describe('the broker', () => {
  const uris = new Map(
    [...broker.matchAll(/<transportConnector name="(\w+)" uri="([^"]+)"/g)].map(([, name = '', uri = '']) => [
      name,
      new URL(
        uri
          .replaceAll('&amp;', '&')
          .replace(/\$\{[\w.]+:([^}]+)\}/g, '$1')
          .replace(/^stomp:|^ws:/, 'http:'),
      ),
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

  test('bounds frames, and lets nobody take another’s client id', () => {
    for (const [, { searchParams }] of uris) expect(searchParams.has('allowLinkStealing')).toBe(false);
    expect(uris.get('stomp')?.searchParams.get('transport.maxFrameSize')).toBe('8388608');
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

  test('gives the desk’s topic to the worker’s queue; the worker reads, the desk writes, and neither does both', () => {
    const [, destination = ''] = /^\/queue\/(.+)$/.exec(valueOf('worker', 'STOMP_DESTINATION')) ?? [];
    const topic = loadConfig({}).STOMP_SEND_DESTINATION.replace('/topic/', '');
    expect(broker).toContain('<virtualTopic name="desk.&gt;" prefix="chatlake." selectorAware="false"/>');
    expect(destination).toBe(`chatlake.${topic}`);
    expect(broker).toContain(`<queue physicalName="${destination}"/>`);
    expect(loadConfig({}).STOMP_DESTINATION).toBe(valueOf('worker', 'STOMP_DESTINATION'));
    const entries = [...broker.matchAll(/<authorizationEntry (topic|queue)="([^"]+)" read="([^"]*)" write="([^"]*)"/g)];
    expect(entries.map(([, ...entry]) => entry)).toEqual([
      ['topic', 'desk.&gt;', 'nobody', 'producers'],
      ['queue', 'chatlake.desk.&gt;', 'consumers', 'nobody'],
      ['queue', 'DLQ.&gt;', 'consumers', 'consumers'],
    ]);
    expect(broker).toContain('advisorySupport="false"');
    expect(broker).toContain(
      `<authenticationUser username="${valueOf('worker', 'STOMP_LOGIN')}" password="\${STOMP_PASSCODE}" groups="consumers"/>`,
    );
    expect(valueOf('activemq', 'STOMP_PASSCODE')).toBe(valueOf('worker', 'STOMP_PASSCODE'));
  });
});
