/** Figures on real lakes: the golden numbers of the seed, a month answered by an independent script, and the same figures whatever order and shape input comes in. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { type Cells } from '../../src/domain/kpi/figures/figure.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { askFigure } from '../support/ask-figure.ts';
import { random } from '../support/desk-lines.ts';
import { type Counts, countsOf, groupOf } from '../support/health-people.ts';
import type { Message } from '../support/land.ts';
import { MONTH_DESK, MONTH_TELEGRAM, monthFigures } from '../support/month.ts';
import { type SmallLake, W0, W1, openSmallLake } from '../support/small-lake.ts';

const ASKED = { from: monthFigures.from, to: monthFigures.to };

interface Filled {
  readonly lake: SmallLake;
  readonly ports: Readers;
  close(): Promise<void>;
}

/** A lake that received these raw objects, one after the other. */
async function filled(objects: readonly (readonly [source: string, messages: readonly Message[]])[]): Promise<Filled> {
  const lake = await openSmallLake();
  for (const [i, [source, messages]] of objects.entries()) {
    const window = i < 2 ? W0 : W1;
    await lake.land(source, window, messages, i);
    await lake.run(source, window);
  }
  const { ports, close } = await lake.readers();
  return {
    lake,
    ports,
    close: async () => {
      await close();
      await lake.close();
    },
  };
}

describe('the 45 messages of the seed', () => {
  let seed: Filled;
  const asked = { from: '2021-08-01', to: '2021-08-07' };
  beforeAll(async () => {
    seed = await filled([['desk', demoBodies().map((body, i): Message => [`seed:${i}`, body])]]);
  });
  afterAll(() => seed.close());
  const ask = (id: string, channel?: string): Promise<readonly Cells[]> =>
    askFigure(seed.ports, id, { ...asked, ...(channel === undefined ? {} : { channel }) });

  test('who came by which channel', async () => {
    expect((await ask('desk_channels')).map(({ channel, interactions }) => [channel, interactions])).toEqual([
      ['telefone', 20],
      ['telegram', 15],
      ['whatsapp', 10],
    ]);
    expect((await ask('desk_volume')).reduce((sum, { interactions }) => sum + Number(interactions), 0)).toBe(45);
    expect(await ask('desk_people', 'whatsapp')).toEqual([
      { people: 0, new: 0, returning: 0, unknown: 10, interactions: 10 },
    ]);
  });

  test('how they were served', async () => {
    const measures = new Map((await ask('desk_measures')).map((row) => [row['measure'], row]));
    expect(measures.get('resolution')).toMatchObject({ numerator: 10, denominator: 45, value: 0.2222 });
    expect(measures.get('csat')).toMatchObject({ numerator: 30, denominator: 45, missing: 0, value: 0.6667 });
    expect(measures.get('nps_style')).toMatchObject({ numerator: -5, denominator: 45, value: -0.1111 });
    expect(measures.get('mean_score')).toMatchObject({ numerator: 350, denominator: 45, value: 7.7778 });
    expect(measures.get('mean_age')).toMatchObject({ numerator: 1505, denominator: 45, value: 33.4444 });
  });

  test('what they chose', async () => {
    expect((await ask('desk_services')).map(({ option, interactions }) => [option, interactions])).toEqual([
      ['agendar consulta', 25],
      ['informacoes', 25],
      ['solicitar atendimento', 20],
      ['cancelar consulta', 15],
    ]);
  });

  test('health, the misspelt test repaired', async () => {
    const week = { week: '2021-SE31' };
    // One person stands behind all fifteen that have no headache.
    const hidden = { yes: null, answered: null, share: null, hidden: true };
    expect(await ask('desk_symptoms')).toEqual([
      { ...week, question: 'covid_contact', yes: 20, answered: 45, share: 0.4444, hidden: false },
      { ...week, question: 'headache', ...hidden },
      { ...week, question: 'other_symptoms', yes: 0, answered: 45, share: 0, hidden: false },
    ]);
    expect((await ask('desk_positivity')).find(({ category }) => category === 'feminino')).toMatchObject({
      positive: null,
      hidden: true,
    });
    expect((await ask('desk_positivity')).find(({ dimension }) => dimension === 'all')).toMatchObject({
      positive: 20,
      tested: 45,
      value: 0.4444,
      low: 0.3094,
      high: 0.5882,
    });
  });

  test('every figure has the columns it names, and its days are those asked for', async () => {
    for (const figure of FIGURES.values()) {
      const far = await askFigure(seed.ports, figure.id, { from: '2010-01-01', to: '2010-01-02' });
      for (const row of await ask(figure.id))
        expect([figure.id, Object.keys(row)]).toEqual([figure.id, figure.columns.map(({ name }) => name)]);
      const sum = far.reduce((total, row) => total + Number(row['interactions'] ?? row['messages'] ?? 0), 0);
      expect([figure.id, sum]).toEqual([figure.id, 0]);
    }
  });
});

describe('a month', () => {
  let month: Filled;
  beforeAll(async () => {
    month = await filled([
      ['desk', MONTH_DESK],
      ['telegram', MONTH_TELEGRAM],
    ]);
  });
  afterAll(() => month.close());
  const ask = (id: string): Promise<readonly Cells[]> => askFigure(month.ports, id, ASKED);

  test.each([
    'desk_volume',
    'desk_hours',
    'desk_people',
    'desk_recontact',
    'desk_containment',
    'desk_funnel',
    'desk_paths',
    'telegram_people',
    'telegram_concentration',
  ])('%s is what the script says', async (id) => {
    expect(await ask(id)).toEqual(monthFigures[id]);
  });

  test('rates, conversations, lengths, words and health are what the script says', async () => {
    const measured = (await ask('desk_measures')).map(({ measure, ...rest }) => [String(measure), rest] as const);
    const measures: Readonly<Record<string, object>> = Object.fromEntries(measured);
    expect(measures).toMatchObject(monthFigures['desk_measures']!);
    expect(await ask('telegram_conversations')).toMatchObject(monthFigures['telegram_conversations'] as object[]);
    expect(await ask('telegram_first_response')).toMatchObject(monthFigures['telegram_first_response'] as object[]);
    expect((await ask('telegram_lengths'))[0]).toMatchObject(monthFigures['telegram_length']!);
    expect((await ask('telegram_words')).find(({ term }) => term === 'consulta')).toMatchObject({
      uses: Number(monthFigures['telegram_word_consulta']),
    });
    const headache = (await ask('desk_symptoms')).filter(({ question }) => question === 'headache');
    expect(headache).toMatchObject(monthFigures['desk_headache'] as object[]);
    const [all] = (await ask('desk_positivity')).filter(({ dimension }) => dimension === 'all');
    expect(all).toMatchObject(monthFigures['desk_positivity_all']!);
  });
});

describe('the same figures', () => {
  /** What is asked of event days. What waited how long depends on the receipt, and so do counts of receipts. */
  const EVENT_FIGURES = [...FIGURES.values()].filter(({ days }) => days === 'event').map(({ id }) => id);
  /** All figures of a lake made of these objects. */
  async function all(objects: Parameters<typeof filled>[0]): Promise<Readonly<Record<string, readonly Cells[]>>> {
    const lake = await filled(objects);
    try {
      const answered: Record<string, readonly Cells[]> = {};
      for (const id of EVENT_FIGURES) answered[id] = await askFigure(lake.ports, id, ASKED);
      return answered;
    } finally {
      await lake.close();
    }
  }
  const shuffled = <T>(items: readonly T[], seed: number): readonly T[] => {
    const next = random(seed);
    return items
      .map((item) => [next(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  };
  /** The same message before it was edited: another text, which nobody asks for. */
  const beforeEdit = ([id, body, headers]: Message): readonly [Message, Message] => {
    const { update_id: updateId, message } = JSON.parse(body) as {
      update_id: number;
      message: Record<string, unknown>;
    };
    const draft = {
      update_id: updateId,
      message: { ...message, text: 'outra coisa, e bem mais longa que a de depois' },
    };
    const edit = {
      update_id: 900_000 + updateId,
      edited_message: { ...message, edit_date: Number(message['date']) + 60 },
    };
    return [
      [id, JSON.stringify(draft), headers!],
      [id, JSON.stringify(edit), headers!],
    ];
  };
  let plain: Readonly<Record<string, readonly Cells[]>>;
  beforeAll(async () => {
    plain = await all([
      ['desk', MONTH_DESK],
      ['telegram', MONTH_TELEGRAM],
    ]);
  });

  test.each([1, 2])('of shuffled, repeated and late input (%i)', async (seed) => {
    const desk = shuffled(MONTH_DESK, seed);
    const telegram = shuffled(MONTH_TELEGRAM, seed);
    const figures = await all([
      ['desk', [...desk.slice(0, 250), ...desk.slice(0, 40)]],
      ['telegram', [...telegram.slice(100), ...telegram.slice(120, 160)]],
      ['desk', [...desk.slice(200), ...desk.slice(390)]],
      ['telegram', telegram.slice(0, 110)],
    ]);
    for (const id of EVENT_FIGURES.filter((each) => FIGURES.get(each)?.smallCells !== 'health'))
      expect([id, figures[id]]).toEqual([id, plain[id]]);
    // Health figures show no more of what came in two parts, each of which is judged by itself.
    for (const id of ['desk_symptoms', 'desk_positivity'])
      for (const row of figures[id] ?? []) {
        const same = plain[id]?.find((one) => one['week'] === row['week'] && groupOf(one) === groupOf(row)) ?? {};
        // Where the whole hides a group with a small one, a part without the small one may show it.
        if (same['hidden'] === true) continue;
        const [some, all] = [row, same].map((one) => countsOf(one) ?? [0, 0]) as [Counts, Counts];
        expect([id, some[0] <= all[0], some[1] <= all[1]]).toEqual([id, true, true]);
      }
  });

  test('of edited input, but for what says that it was edited', async () => {
    const isUpdate = ([, , headers]: Message): boolean => headers?.['origin'] === 'webhook';
    const pairs = MONTH_TELEGRAM.filter(isUpdate).map(beforeEdit);
    const figures = await all([
      ['desk', MONTH_DESK],
      ['telegram', shuffled([...pairs.map(([draft]) => draft), ...pairs.map(([, edit]) => edit)], 3)],
      ['telegram', MONTH_TELEGRAM.filter((line) => !isUpdate(line))],
    ]);
    const others = EVENT_FIGURES.filter((id) => id !== 'telegram_contents');
    for (const id of others) expect([id, figures[id]]).toEqual([id, plain[id]]);
  });
});
