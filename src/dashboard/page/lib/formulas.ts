/** The formulas of the figures in pt-BR, by their English text; what is not here is a name of the data, the same to everybody. */
import type { Language } from '../../api.ts';

const FORMULAS: Readonly<Record<string, string>> = {
  'received = enriched + duplicates + quarantined': 'recebidas = aproveitadas + repetidas + não lidas',
  'received = enriched + duplicates + quarantined, of each point':
    'recebidas = aproveitadas + repetidas + não lidas, de cada ponto',
  'quarantined / received': 'não lidas / recebidas',
  'received_at − occurred_at': 'recebimento − acontecimento',
  'late / enriched': 'atrasadas / aproveitadas',
  'count(interactions)': 'total de atendimentos',
  'count(interactions) by hour × weekday': 'total de atendimentos por hora × dia da semana',
  'count(channel) / count(interactions)': 'atendimentos do canal / atendimentos',
  'count(distinct person)': 'total de pessoas diferentes',
  'count(distinct person) of each point': 'total de pessoas diferentes de cada ponto',
  'numerator / denominator; the denominator leaves out what is not known':
    'numerador / denominador; o denominador deixa de fora o que não se sabe',
  'numerator / denominator of each point': 'numerador / denominador de cada ponto',
  'count(interactions) by score': 'total de atendimentos por nota',
  'followed within h / interactions of known people older than h':
    'seguidos de outro em até h / atendimentos de pessoas conhecidas há mais de h',
  'contained / digital interactions with a menu, a known person and 24 hours behind them':
    'contidos / atendimentos digitais com menu, pessoa conhecida e 24 horas passadas',
  'interactions with the option / interactions with a menu': 'atendimentos com a opção / atendimentos com menu',
  'interactions of the way / interactions with a menu': 'atendimentos do caminho / atendimentos com menu',
  'count(option at step i followed by option at step i + 1)':
    'total de vezes em que a opção do passo i é seguida pela do passo i + 1',
  'count(interactions) by band': 'total de atendimentos por faixa',
  'yes / answered': 'sim / respondidos',
  'positive / (positive + negative)': 'positivos / (positivos + negativos)',
  'interactions with the issue / interactions': 'atendimentos com a ocorrência / atendimentos',
  'count(messages)': 'total de mensagens',
  'count(messages) by hour × weekday': 'total de mensagens por hora × dia da semana',
  'people needed for 80 % / people': 'pessoas necessárias para 80 % / pessoas',
  'messages of the person / messages of people': 'mensagens da pessoa / mensagens de pessoas',
  'count(conversations); messages / conversations; last − first':
    'total de conversas; mensagens / conversas; última − primeira',
  'first message of the bot − first message of the person': 'primeira mensagem do robô − primeira mensagem da pessoa',
  'count(conversations) by hours waited': 'total de conversas por horas de espera',
  'sum(length) / count(texts)': 'soma dos tamanhos / total de textos',
  'count(messages) by range of length': 'total de mensagens por faixa de tamanho',
  'count(word)': 'total de vezes que a palavra aparece',
  'count(messages) / count(messages written)': 'mensagens / mensagens escritas',
  'count(reactions set)': 'total de reações colocadas',
  'joins − leaves': 'entradas − saídas',
};

/** A formula as the reader's language writes it. */
export const formulaOf = (lang: Language, formula: string): string =>
  lang === 'pt' ? (FORMULAS[formula] ?? formula) : formula;
