// The desk's login as the worker's: each ask must be refused, and none changes what waits.
import { connect } from 'node:net';

const asksOf = (queue) => [
  'UNSUBSCRIBE\nid:chatlake\nactivemq.subscriptionName:chatlake-desk\nreceipt:r\n\n\0',
  `SUBSCRIBE\nid:1\ndestination:${queue}\nack:auto\nreceipt:r\n\n\0`,
  'SUBSCRIBE\nid:1\ndestination:/queue/>\nack:auto\nreceipt:r\n\n\0',
  'SUBSCRIBE\nid:1\ndestination:/queue/*.desk.*\nack:auto\nreceipt:r\n\n\0',
  `SUBSCRIBE\nid:1\ndestination:/queue/mine,${queue}\nack:auto\nreceipt:r\n\n\0`,
  `SUBSCRIBE\nid:1\ndestination:${queue}?consumer.exclusive=true\nack:auto\nreceipt:r\n\n\0`,
  `SUBSCRIBE\nid:1\ndestination:${queue}\nselector:1=1\nactivemq.prefetchSize:32766\nactivemq.priority:127\nactivemq.exclusive:true\nack:auto\nreceipt:r\n\n\0`,
  `SUBSCRIBE\nid:1\ndestination:${queue}\nbrowser:true\nack:auto\nreceipt:r\n\n\0`,
  'SUBSCRIBE\nid:1\ndestination:/topic/ActiveMQ.Advisory.>\nack:auto\nreceipt:r\n\n\0',
  `SEND\ndestination:${queue}\nreceipt:r\n\nx\0`,
  `SEND\ndestination:/topic/desk.x,${queue}\nreceipt:r\n\nx\0`,
];

/** Those that were not refused. */
export async function emptyBacklog({ STOMP_URL, STOMP_DESTINATION, STOMP_SEND_LOGIN, STOMP_SEND_PASSCODE }) {
  const { hostname, port } = new URL(STOMP_URL);
  const who = `login:${STOMP_SEND_LOGIN}\npasscode:${STOMP_SEND_PASSCODE}`;
  const hello = `CONNECT\naccept-version:1.2\nhost:x\nclient-id:chatlake-desk\n${who}\n\n\0`;
  const allowed = [];
  for (const ask of asksOf(STOMP_DESTINATION)) {
    const answer = await new Promise((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(hello + ask));
      socket.on('data', (data) => {
        text += data.toString();
        if (/ERROR|RECEIPT/.test(text)) socket.destroy();
      });
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
    if (!answer.includes('ERROR')) allowed.push(ask);
  }
  return allowed;
}
