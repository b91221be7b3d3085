/** The contract of the service desk: one message is one finished interaction (pt *atendimento*). */
import type { Json } from '../../json.ts';
import { isJsonObject, scalarOf } from '../../json.ts';
import { cpfDigits, isCpf } from '../../judge/rules/cpf.ts';
import { ageBand } from '../../judge/rules/integer.ts';
import { calendarDay, readWallClock, resolveLocal, wallClockAt } from '../../judge/rules/local-time.ts';
import { type Vocabulary, fold, matchTerm } from '../../judge/rules/vocabulary.ts';
import {
  type Contract,
  EVENT_DATE,
  type Field,
  type FieldRules,
  type Issue,
  type Privacy,
  type Ruled,
  columnsOf,
} from '../contract.ts';
import { integerField, issue, open, personal, vocabularyField, yesNoField } from './fields.ts';

const ZONE = 'America/Sao_Paulo';
const PERSON_PURPOSE = 'desk/person';

const documentField: Field = {
  path: 'document',
  columns: [
    {
      ...personal(
        'person',
        'text',
        'pseudonym of the CPF (HMAC-SHA-256, `<key id>:<hex>`); null when the CPF is missing or invalid',
        'person',
      ),
      pseudonym: true,
    },
  ],
  apply: (value, context): Ruled => {
    const scalar = scalarOf(value);
    if (scalar.kind === 'absent') return { cells: [null], issues: [] };
    const cpf = scalar.kind === 'text' ? cpfDigits(scalar.text, scalar.wasNumber) : undefined;
    if (cpf === undefined || !isCpf(cpf.digits)) return { cells: [null], issues: [issue('document', 'invalid_cpf')] };
    const person = context.pseudonym(PERSON_PURPOSE, cpf.digits);
    return { cells: [person], issues: cpf.padded ? [issue('document', 'padded_cpf')] : [] };
  },
};

const dateField: Field = {
  path: 'date',
  columns: [
    EVENT_DATE,
    open('occurred_at', 'timestamp', 'when the interaction happened (UTC)', 'date'),
    open('date_original', 'text', 'the date as the desk wrote it, in the source’s zone', 'dateOriginal'),
    { ...open('local_hour', 'int32', 'hour of the day in the source’s zone', 'localHour'), min: 0, max: 23 },
    { ...open('weekday', 'int32', 'ISO weekday of the local day, Monday is 1', 'weekday'), min: 1, max: 7 },
    open('iso_year', 'int32', 'year of the ISO 8601 week', 'isoYear'),
    { ...open('iso_week', 'int32', 'ISO 8601 week (Monday to Sunday)', 'isoWeek'), min: 1, max: 53 },
    open('epi_year', 'int32', 'year of the epidemiological week', 'epiYear'),
    { ...open('epi_week', 'int32', 'epidemiological week (Sunday to Saturday)', 'epiWeek'), min: 1, max: 53 },
  ],
  apply: (value): Ruled => {
    const reject = (reason: NonNullable<Ruled['reject']>): Ruled => ({
      cells: dateField.columns.map(() => null),
      issues: [],
      reject: reason,
    });
    const scalar = scalarOf(value);
    if (scalar.kind === 'absent') return reject('missing_field');
    if (scalar.kind === 'other') return reject('wrong_type');
    const clock = readWallClock(scalar.text);
    if (clock === undefined) return reject('invalid_date');
    const instant = resolveLocal(clock, ZONE);
    const local = instant.flag === 'skipped' ? wallClockAt(instant.epochMs, ZONE) : clock;
    const day = calendarDay(local);
    const issues = instant.flag === undefined ? [] : [issue('date', `${instant.flag}_local_time`)];
    return {
      cells: [
        day.date,
        instant.epochMs,
        scalar.text.trim(),
        local.hour,
        day.weekday,
        day.isoYear,
        day.isoWeek,
        day.epiYear,
        day.epiWeek,
      ],
      issues,
    };
  },
};

/** The menu of the seed. Another word may be anybody's: it counts as `*` and is reported, for menus change. */
const SERVICES: Vocabulary = {
  'agendar consulta': ['agendamento', 'marcar consulta'],
  'cancelar consulta': ['cancelamento', 'desmarcar consulta'],
  informacoes: ['informacao', 'info'],
  'solicitar atendimento': ['falar com atendente', 'atendimento humano'],
};
const OFF_MENU = '*';
const IS_WORDS = /^\p{L}[\p{L} -]*$/u;

const servicesField: Field = {
  path: 'services',
  columns: [
    open(
      'services',
      'text[]',
      'menu options in the order in which they were chosen; `*` for one that is not in the menu',
      'services',
    ),
  ],
  apply: (value): Ruled => {
    const items = serviceItems(value);
    if (items === 'absent') return { cells: [null], issues: [] };
    if (items === 'other') return { cells: [null], issues: [issue('services', 'wrong_type')] };
    const services: string[] = [];
    const issues: Issue[] = [];
    for (const item of items) {
      const scalar = scalarOf(item);
      if (scalar.kind === 'absent') continue;
      const folded = scalar.kind === 'text' ? fold(scalar.text) : '';
      const match = matchTerm(SERVICES, folded);
      if (match.kind !== 'unknown') services.push(match.term);
      else if (IS_WORDS.test(folded)) services.push(OFF_MENU);
      if (match.kind === 'repaired') issues.push(issue('services', 'repaired'));
      if (match.kind === 'unknown')
        issues.push(issue('services', IS_WORDS.test(folded) ? 'new_value' : 'unreadable_item'));
    }
    return { cells: [services], issues };
  },
};

/** The seed numbers its options ({'1': …, '2': …}); a list is taken in its order, one word as a list of one. */
function serviceItems(value: Json | undefined): readonly Json[] | 'absent' | 'other' {
  if (value === undefined || value === null) return 'absent';
  if (Array.isArray(value)) return value as readonly Json[];
  if (typeof value === 'string') return value.trim() === '' ? 'absent' : [value];
  if (!isJsonObject(value)) return 'other';
  const entries = Object.entries(value);
  if (!entries.every(([key]) => /^\d{1,6}$/.test(key))) return 'other';
  return entries.sort(([a], [b]) => Number(a) - Number(b) || (a < b ? -1 : 1)).map(([, item]) => item);
}

const sensitive: Privacy = 'sensitive';

const FIELDS: readonly Field[] = [
  dateField,
  documentField,
  integerField(
    'age',
    { min: 0, max: 120 },
    [
      { name: 'age', type: 'int32', privacy: 'personal', doc: 'age in years; not in the document, which has its band' },
      personal('age_band', 'text', 'ten-year band of the age', 'ageBand'),
    ],
    (age) => [ageBand(age)],
  ),
  vocabularyField(
    'sex',
    { name: 'sex', privacy: 'personal', doc: 'sex as the desk recorded it', document: 'sex' },
    {
      masculino: ['m', 'masc', 'homem'],
      feminino: ['f', 'fem', 'mulher'],
      outro: ['outros', 'nao binario'],
      'nao informado': ['ignorado', 'nao declarado'],
    },
  ),
  vocabularyField(
    'channel',
    { name: 'channel', privacy: 'public', doc: 'how the person reached the desk', document: 'channel' },
    {
      whatsapp: ['wpp', 'zap', 'whats'],
      telegram: ['tg'],
      telefone: ['fone', 'ligacao', 'tel'],
      email: ['e-mail', 'mail'],
      chat: ['webchat', 'site'],
      presencial: ['balcao'],
      sms: [],
    },
  ),
  servicesField,
  yesNoField('headache', { name: 'headache', privacy: sensitive, doc: 'headache reported', document: 'headache' }),
  yesNoField('otherSymptoms', {
    name: 'other_symptoms',
    privacy: sensitive,
    doc: 'other symptoms reported',
    document: 'otherSymptoms',
  }),
  yesNoField('covidContact', {
    name: 'covid_contact',
    privacy: sensitive,
    doc: 'contact with a COVID-19 case reported',
    document: 'covidContact',
  }),
  vocabularyField(
    'covidTest',
    { name: 'covid_test', privacy: sensitive, doc: 'result of a COVID-19 test', document: 'covidTest' },
    {
      positivo: ['pos', 'positiva', 'reagente'],
      negativo: ['neg', 'negativa', 'nao reagente'],
      inconclusivo: ['indeterminado'],
      'nao realizado': ['nao fez', 'sem teste'],
    },
  ),
  integerField('serviceScore', { min: 0, max: 10 }, [
    open('service_score', 'int32', 'score given to the service, 0 to 10', 'serviceScore'),
  ]),
  yesNoField('solved', { name: 'solved', privacy: 'public', doc: 'the matter was solved', document: 'solved' }),
];

export const DESK: Contract<FieldRules> = {
  source: 'desk',
  version: 1,
  variant: '',
  zone: ZONE,
  personPurpose: PERSON_PURPOSE,
  tables: [
    {
      name: 'desk_interactions',
      doc: 'one row per finished interaction',
      columns: columnsOf(FIELDS),
      clear: false,
      documents: true,
      indexes: [{ eventDate: 1, channel: 1 }, { person: 1, date: 1 }, { receivedAt: 1 }],
    },
  ],
  names: new Set(['name', ...FIELDS.map(({ path }) => path)]),
  rules: { kind: 'fields', identity: { kind: 'transport' }, fields: FIELDS },
};
