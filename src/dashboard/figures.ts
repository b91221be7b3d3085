/** Figures over HTTP: what is asked, checked; the rows as JSON, kept by the browser for as long as the lake stands, or as CSV. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Asked, Figure } from '../domain/kpi/figures/figure.ts';
import { type Language, type Text, text } from '../domain/text.ts';
import { FIGURES } from '../domain/kpi/figures/index.ts';
import { isDay } from '../domain/window.ts';
import type { FigureAnswer, FigureDefinition } from './api.ts';
import { csvOf } from '../domain/csv.ts';
import { refuse } from './guard.ts';
import type { LakeOfPages, LakeState } from './lake.ts';

const DAY_MS = 86_400_000;
/** What a page can ask for at once. */
const MOST_DAYS = 5 * 366;

type TagOf = (state: string) => string;
type Query = Readonly<Record<string, unknown>>;

/** A figure of some days. */
interface Question {
  readonly figure: Figure;
  readonly asked: Asked;
}

/** Adds `definitions`, `figures/<id>` and `figures/<id>.csv`. */
export function addFigures(app: FastifyInstance, lake: LakeOfPages): void {
  // What another start answered, maybe of other definitions, is not taken for this one's.
  const start = randomBytes(6).toString('base64url');
  const tagOf: TagOf = (state) => `"${start},${state}"`;
  app.get('/api/definitions', (_request, reply) => reply.send([...FIGURES.values()].map(definitionOf)));
  app.get<{ Params: { name: string }; Querystring: Query }>('/api/figures/:name', async (request, reply) => {
    const { name } = request.params;
    const isCsv = name.endsWith('.csv');
    const figure = FIGURES.get(isCsv ? name.slice(0, -'.csv'.length) : name);
    if (figure === undefined)
      return refuse(reply, [
        404,
        text(
          'There is no such figure; /api/definitions lists them.',
          'Esse indicador não existe; /api/definitions lista todos.',
        ),
      ]);
    await lake.touch();
    const asked = askedOf(request.query, figure, lake.state());
    if ('en' in asked) return refuse(reply, [400, asked]);
    return isCsv
      ? sendCsv(reply, lake, { figure, asked }, request.query['lang'] === 'pt' ? 'pt' : 'en')
      : sendJson(reply, { lake, tagOf, known: request.headers['if-none-match'] }, { figure, asked });
  });
}

function definitionOf({ sql: _sql, finish: _finish, ...definition }: Figure): FigureDefinition {
  return definition;
}

/** What is asked, or the sentence that says what is wrong with it. */
function askedOf(
  { from, to, channel, source }: Query,
  figure: Figure,
  { channels, versions }: LakeState,
): Asked | Text {
  for (const [name, day] of Object.entries({ from, to }))
    if (typeof day !== 'string' || !isDay(day))
      return text(
        `Give ${name} as a day that exists, such as 2021-08-02.`,
        `Informe ${name} como um dia que existe, como 2021-08-02.`,
      );
  const days = { from: String(from), to: String(to) };
  const count = (Date.parse(days.to) - Date.parse(days.from)) / DAY_MS + 1;
  if (count < 1)
    return text('The first day has to come before the last one.', 'O primeiro dia tem de vir antes do último.');
  if (count > MOST_DAYS) return text('Ask for five years at most.', 'Peça no máximo cinco anos.');
  const isChosen = (word: unknown): boolean => word !== undefined && word !== '';
  if (isChosen(channel) && !figure.byChannel)
    return text('This figure knows no channels.', 'Este indicador não separa por canal.');
  if (isChosen(source) && !figure.bySource)
    return text('This figure is of one source.', 'Este indicador é de uma só fonte.');
  if (isChosen(channel) && !channels.includes(channel as string))
    return text('There is no such channel.', 'Esse canal não existe.');
  if (isChosen(source) && !Object.keys(versions).includes(source as string))
    return text('There is no such source.', 'Essa fonte não existe.');
  return {
    ...days,
    ...(isChosen(channel) ? { channel: channel as string } : {}),
    ...(isChosen(source) ? { source: source as string } : {}),
  };
}

async function sendJson(
  reply: FastifyReply,
  { lake, tagOf, known }: { readonly lake: LakeOfPages; readonly tagOf: TagOf; readonly known: string | undefined },
  { figure, asked }: Question,
): Promise<FastifyReply> {
  const tag = tagOf(lake.state().id);
  reply.headers({ etag: tag, 'cache-control': 'private, no-cache' });
  if (known === tag) return reply.code(304).send();
  const { state, rows } = await lake.answer(figure, asked);
  const { from, to, channel = null, source = null } = asked;
  const { id, versions } = state;
  const answer: FigureAnswer = { id: figure.id, from, to, channel, source, state: id, versions, rows };
  return reply.header('etag', tagOf(state.id)).send(answer);
}

async function sendCsv(
  reply: FastifyReply,
  lake: LakeOfPages,
  { figure, asked }: Question,
  language: Language,
): Promise<FastifyReply> {
  const { rows } = await lake.answer(figure, asked);
  const titles = figure.columns.map(({ title }) => title[language]);
  const cells = rows.map((row) => figure.columns.map(({ name }) => row[name]));
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${figure.id}_${asked.from}_${asked.to}.csv"`)
    .send(csvOf(titles, cells));
}
