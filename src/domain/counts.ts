/** The verdicts, their closed list of reasons, and the equation every window must satisfy. */
import { invariant } from './errors.ts';

/** Why a message could not be used. A closed list: every code is documented in docs/data-model.md. */
export const REASONS = {
  no_identity: 'the transport gave no id, so it cannot be told apart from another delivery',
  not_utf8: 'the bytes are not UTF-8',
  too_large: 'the body is larger than the limit of a message',
  empty_body: 'the body is empty or blank; over STOMP, ActiveMQ’s Map-, Object- and StreamMessages arrive so',
  invalid_json: 'the body is not JSON',
  too_deep: 'the JSON is nested deeper than 64 levels',
  duplicate_key: 'an object names the same key twice, so it has two meanings',
  forbidden_key: 'a key is __proto__, constructor or prototype',
  lone_surrogate: 'a string holds half of a UTF-16 pair, which no UTF-8 text can hold',
  control_character: 'a string holds the character NUL',
  not_an_object: 'the JSON is not an object',
  missing_field: 'a field that every message must have is not there',
  wrong_type: 'a field that every message must have is of another type',
  invalid_date: 'the date does not exist or is not written dd/MM/yyyy HH:mm:ss',
  date_out_of_range:
    'the date lies before 2000 or more than a day after the receipt (of Telegram’s own: in 2100 or later)',
  ambiguous_kind: 'an update holds the payloads of two kinds, so it has two meanings',
  not_judged: 'the rules stumbled over it; nothing is lost, and a later version may judge it again',
  set_aside: 'an operator set the message aside, with a reason; it comes back when it is taken back',
  chat_not_allowed: 'the chat is not in the list of chats that are used, nor did it grow out of one that is',
} as const;
export type Reason = keyof typeof REASONS;

/** The same in pt-BR, for the pages. */
export const REASONS_PT: Readonly<Record<Reason, string>> = {
  no_identity: 'o transporte não deu identificador, então não se distingue de outra entrega',
  not_utf8: 'os bytes não são UTF-8',
  too_large: 'o corpo é maior que o limite de uma mensagem',
  empty_body:
    'o corpo está vazio ou em branco; por STOMP, as MapMessages, ObjectMessages e StreamMessages do ActiveMQ chegam assim',
  invalid_json: 'o corpo não é JSON',
  too_deep: 'o JSON tem mais de 64 níveis',
  duplicate_key: 'um objeto repete a mesma chave, então tem dois sentidos',
  forbidden_key: 'uma chave é __proto__, constructor ou prototype',
  lone_surrogate: 'um texto contém metade de um par UTF-16, o que nenhum texto UTF-8 pode conter',
  control_character: 'um texto contém o caractere NUL',
  not_an_object: 'o JSON não é um objeto',
  missing_field: 'falta um campo que toda mensagem deve ter',
  wrong_type: 'um campo que toda mensagem deve ter é de outro tipo',
  invalid_date: 'a data não existe ou não está escrita como dd/MM/yyyy HH:mm:ss',
  date_out_of_range:
    'a data é anterior a 2000 ou mais de um dia posterior ao recebimento (as do Telegram: em 2100 ou depois)',
  ambiguous_kind: 'uma atualização contém dois tipos de conteúdo, então tem dois sentidos',
  not_judged: 'as regras tropeçaram nela; nada se perde, e uma versão futura pode avaliá-la de novo',
  set_aside: 'um operador pôs a mensagem de lado, com um motivo; ela volta quando isso for desfeito',
  chat_not_allowed: 'a conversa não está na lista das que são usadas, nem veio de uma que está',
};

/** Messages of one seal, or of one ledger entry, by verdict. */
export interface Counts {
  readonly received: number;
  readonly enriched: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export const NO_COUNTS: Counts = { received: 0, enriched: 0, duplicates: 0, quarantined: 0 };

/** The sum of two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    received: a.received + b.received,
    enriched: a.enriched + b.enriched,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
  };
}

/** Counts as the equation they satisfy, in one line. */
export const countsLine = ({ received, enriched, duplicates, quarantined }: Counts): string =>
  `${received} received = ${enriched} enriched + ${duplicates} duplicates + ${quarantined} quarantined`;

/** Counts as the lines of a Markdown table. */
export const countsTable = (counts: Counts): readonly string[] => [
  '| verdict | messages |',
  '|---|---:|',
  ...Object.entries(counts).map(([name, n]) => `| ${name} | ${n} |`),
];

/** I7: received = enriched + duplicates + quarantined, in whole numbers. Throws InvariantViolation, naming `what`. */
export function checkEquation(counts: Counts, what: string): void {
  const { received, enriched, duplicates, quarantined } = counts;
  invariant(
    [received, enriched, duplicates, quarantined].every((n) => Number.isSafeInteger(n) && n >= 0),
    `${what}: counts must be whole numbers, got ${JSON.stringify(counts)}`,
  );
  invariant(
    received === enriched + duplicates + quarantined,
    `${what}: received ${received} ≠ enriched ${enriched} + duplicates ${duplicates} + quarantined ${quarantined}`,
  );
}
