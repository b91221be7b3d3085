/** Generated desk messages, the same for the same seed: mostly good, some repeated, some bad in every way the decoder and rules know. */
import type { ReceivedMessage } from '../../src/domain/formats/raw.ts';

/** Small, fast, seeded (mulberry32). */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = ['Geralt', 'Yennifer', 'Dandelion', 'Conceição', 'João', 'Zoë 😊'];
const SERVICES = [
  'agendar consulta',
  'informacoes',
  'cancelar consulta',
  'solicitar atendimento',
  'informações',
  'agendar consultas',
  'segunda via',
];
const CHANNELS = ['whatsapp', 'telegram', 'telefone', 'WhatsApp ', 'ligação', 'fax'];
const TESTS = ['negativo', 'positivo', 'postivio', 'inconclusivo', 'não realizado', '???'];

const two = (n: number): string => n.toString().padStart(2, '0');

/** A CPF whose check digits hold three times in four. */
function cpf(next: () => number): string {
  const digits = Array.from({ length: 9 }, () => Math.floor(next() * 10));
  for (const length of [9, 10]) {
    const sum = digits.slice(0, length).reduce((total, digit, i) => total + digit * (length + 1 - i), 0);
    digits.push(sum % 11 < 2 ? 0 : 11 - (sum % 11));
  }
  if (next() < 0.25) digits[10] = (Number(digits[10]) + 1) % 10;
  const text = digits.join('');
  return next() < 0.9 ? `${text.slice(0, 3)}.${text.slice(3, 6)}.${text.slice(6, 9)}-${text.slice(9)}` : text;
}

/** The JSON object of one good interaction. `days`: over how many days of 2021 events spread. */
export function interaction(next: () => number, days: number): Record<string, unknown> {
  const pick = <T>(list: readonly T[], bias = 0.9): T =>
    list[next() < bias ? Math.floor(next() * 3) : Math.floor(next() * list.length)] as T;
  const day = new Date(Date.UTC(2021, 6, 1) + Math.floor(next() * days) * 86_400_000);
  const services = Object.fromEntries(
    Array.from({ length: 1 + Math.floor(next() * 3) }, (_, i) => [String(i + 1), pick(SERVICES)]),
  );
  return {
    name: pick(NAMES, 0),
    document: cpf(next),
    age: String(1 + Math.floor(next() * 95)),
    sex: pick(['masculino', 'feminino', 'Masculino']),
    channel: pick(CHANNELS),
    services,
    date: `${two(day.getUTCDate())}/${two(day.getUTCMonth() + 1)}/${day.getUTCFullYear()} ${two(Math.floor(next() * 24))}:${two(Math.floor(next() * 60))}:${two(Math.floor(next() * 60))}`,
    headache: pick(['sim', 'nao', 'não']),
    otherSymptoms: pick(['sim', 'nao', 'nao']),
    covidContact: pick(['sim', 'nao', 'nao']),
    covidTest: pick(TESTS),
    serviceScore: String(Math.floor(next() * 11)),
    solved: pick(['sim', 'nao', 'nao']),
  };
}

/** Ways for a body to be bad or strange; each is a function of a good message. */
export const STRANGE: readonly ((good: Record<string, unknown>, next: () => number) => string | Uint8Array)[] = [
  (good) => JSON.stringify(good).slice(0, -7),
  () => '',
  () => '   ',
  () => '[1,2,3]',
  () => '"sim"',
  () => 'null',
  () => 'NaN',
  () => Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  (good) => JSON.stringify({ ...good, date: '99/99/2021' }),
  (good) => JSON.stringify({ ...good, date: '31/02/2021 10:00:00' }),
  (good) => JSON.stringify({ ...good, date: '01/13/2021 10:00:00' }),
  (good) => JSON.stringify({ ...good, date: '02/08/2199 10:00:00' }),
  (good) => JSON.stringify({ ...good, date: '02/08/1999 10:00:00' }),
  (good) => JSON.stringify({ ...good, date: ' 02/08/2021 11:35:42 ' }),
  (good) => JSON.stringify({ ...good, date: 20210802 }),
  (good) => JSON.stringify({ ...good, date: null }),
  (good) => JSON.stringify({ ...good, date: undefined }),
  (good) => JSON.stringify({ ...good, date: '04/11/2018 00:30:00' }),
  (good) => JSON.stringify({ ...good, date: '16/02/2019 23:15:00' }),
  (good) => JSON.stringify({ ...good, date: '02/08/2021 24:00:00' }),
  (good) => JSON.stringify({ ...good, date: '02/08/2021 10:61:00' }),
  (good) => JSON.stringify({ ...good, age: 'abc' }),
  (good) => JSON.stringify({ ...good, age: 40 }),
  (good) => JSON.stringify({ ...good, age: 40.5 }),
  (good) => JSON.stringify({ ...good, age: -1 }),
  (good) => JSON.stringify({ ...good, age: '40,0' }),
  (good) => JSON.stringify({ ...good, age: '' }),
  (good) => JSON.stringify({ ...good, age: ['40'] }),
  (good) => JSON.stringify({ ...good, serviceScore: 11 }),
  (good) => JSON.stringify({ ...good, serviceScore: '1e1' }),
  (good) => JSON.stringify(good).replace(/"serviceScore":"\d+"/, '"serviceScore":1e1'),
  (good) => JSON.stringify(good).replace(/"serviceScore":"\d+"/, '"serviceScore":10.0'),
  (good) => JSON.stringify(good).replace(/"serviceScore":"\d+"/, '"serviceScore":NaN'),
  (good) => JSON.stringify(good).replace(/"serviceScore":"\d+"/, '"serviceScore":1e999'),
  (good) => JSON.stringify(good).replace(/"serviceScore":"\d+"/, '"serviceScore":-0'),
  (good) => JSON.stringify(good).replace(/}$/, ',}'),
  (good) => JSON.stringify(good).replace('{', '{"age":"1",'),
  (good) => JSON.stringify(good).replace('{', '{"\\u0061ge":"1",'),
  (good) => JSON.stringify(good).replace('{', '{"__proto__":{"solved":"sim"},'),
  (good) => JSON.stringify({ ...good, extra: { constructor: 1 } }),
  (good) => JSON.stringify(good).replace('"services":{', '"services":{"1":"informacoes",'),
  (good) => JSON.stringify({ ...good, services: ['informacoes', 'Agendar  Consulta'] }),
  (good) => JSON.stringify({ ...good, services: { 10: 'informacoes', 2: 'agendar consulta', 1: '123' } }),
  (good) => JSON.stringify({ ...good, services: { a: 'informacoes' } }),
  (good) => JSON.stringify({ ...good, services: 'informacoes' }),
  (good) => JSON.stringify({ ...good, services: 7 }),
  (good) => JSON.stringify({ ...good, services: { 1: { a: 1 }, 2: null, 3: true } }),
  (good) => JSON.stringify({ ...good, channel: 'pombo' }),
  (good) => JSON.stringify({ ...good, channel: { a: 1, b: 2 } }),
  (good) => JSON.stringify({ ...good, document: 98765432100 }),
  (good) => JSON.stringify({ ...good, document: 5298224725 }),
  (good) => JSON.stringify({ ...good, document: '111.111.111-11' }),
  (good) => JSON.stringify({ ...good, document: '987.654.321-0' }),
  (good) => JSON.stringify({ ...good, document: ' 987 654 321 00 ' }),
  (good) => JSON.stringify({ ...good, document: null }),
  (good) => JSON.stringify({ ...good, document: false }),
  (good) => JSON.stringify({ ...good, name: 'a\u0000b' }),
  (good) => JSON.stringify(good).replace('"name":"', '"name":"\\ud83d'),
  (good) => JSON.stringify(good).replace('"name":"', '"name":"\\ud83d\\ude0a'),
  (good) => JSON.stringify(good).replace('"name":"', '"name":"{[{[{['),
  (good) => JSON.stringify({ ...good, solved: true }),
  (good) => JSON.stringify({ ...good, solved: 1 }),
  (good) => JSON.stringify({ ...good, headache: 'SÍM' }),
  (good) => `\uFEFF${JSON.stringify(good)}`,
  (good) => `\n ${JSON.stringify(good, null, 2)}\r\n`,
  (good) => JSON.stringify({ ...good, deep: JSON.parse('['.repeat(70) + ']'.repeat(70)) as unknown }),
  (good) => JSON.stringify({ ...good, extra: 'x'.repeat(5000), more: { a: [1, { b: 2 }] } }),
  (good) => JSON.stringify({ ...good, covidTest: 'c:\\temp\\positivo' }),
  (good) => JSON.stringify({ ...good, sex: '\u00a0F\u00a0' }),
];

export interface DeskTraffic {
  readonly count: number;
  readonly seed: number;
  /** Share of messages that are a redelivery of an earlier one. */
  readonly repeats: number;
  /** Share of messages that are strange. */
  readonly strange: number;
  readonly days: number;
  readonly startMs: number;
}

/** Yields messages as a broker would deliver them: a redelivery has the id, headers and body of an earlier one. */
export function* deskMessages(traffic: DeskTraffic): Generator<ReceivedMessage> {
  const next = random(traffic.seed);
  const recent: ReceivedMessage[] = [];
  for (let i = 0; i < traffic.count; i += 1) {
    const receivedAt = traffic.startMs + i;
    const again = next() < traffic.repeats ? recent[Math.floor(next() * recent.length)] : undefined;
    if (again !== undefined) {
      yield { ...again, receivedAt };
      continue;
    }
    const good = interaction(next, traffic.days);
    const strange = next() < traffic.strange ? STRANGE[Math.floor(next() * STRANGE.length)] : undefined;
    const body = strange === undefined ? JSON.stringify(good) : strange(good, next);
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const message = {
      id: `lab:ID:host-1:${traffic.seed}:${i}`,
      receivedAt,
      headers: { destination: '/topic/desk' },
      body: bytes,
    };
    if (recent.length < 5000) recent.push(message);
    else recent[i % 5000] = message;
    yield message;
  }
}
