/** The stand-in as a process of its own; what it is told is in CHATLAKE_BROKER, because arguments are everybody's to read. */
import { type BrokerOptions, startBroker } from './server.ts';

const options = JSON.parse(process.env['CHATLAKE_BROKER'] ?? '{}') as Omit<BrokerOptions, 'onFailure'>;
const onFailure = (error: unknown): void => {
  console.error('the journal takes nothing more: make room, then start again', error);
  process.exit(1);
};
const broker = await startBroker({ ...options, onFailure });
console.log(`READY ${broker.url} ${broker.webSocketUrl}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void broker.close().then(() => process.exit(0)));
