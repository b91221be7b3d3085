/** The words that figures hold as codes, as people say them; a word without an entry is shown as it is. */
import { DESK_SHOWN } from '../../../domain/kpi/desk.ts';
import { SOURCE_TITLES } from '../../../domain/sources/titles.ts';
import { type Language, type Text, text } from '../../../domain/text.ts';
import type { Cells } from '../../api.ts';

const LABELS: Readonly<Record<string, Text>> = {
  ...Object.fromEntries(DESK_SHOWN.map(({ id, title, titlePt }) => [id, text(title, titlePt)])),
  telegram: text('Telegram', 'Telegram'),
  whatsapp: text('WhatsApp', 'WhatsApp'),
  telefone: text('Phone', 'Telefone'),
  email: text('E-mail', 'E-mail'),
  chat: text('Web chat', 'Chat do site'),
  presencial: text('In person', 'Presencial'),
  sms: text('SMS', 'SMS'),
  in: text('Of people', 'Das pessoas'),
  out: text('Of the bot', 'Do robô'),
  length: text('Code points', 'Caracteres'),
  words: text('Words', 'Palavras'),
  headache: text('Headache', 'Dor de cabeça'),
  other_symptoms: text('Other symptoms', 'Outros sintomas'),
  covid_contact: text('Contact with COVID-19', 'Contato com COVID-19'),
  all: text('All', 'Todos'),
  sex: text('Sex', 'Sexo'),
  age: text('Age', 'Idade'),
  masculino: text('Men', 'Masculino'),
  feminino: text('Women', 'Feminino'),
  outro: text('Another', 'Outro'),
  'nao informado': text('Not stated', 'Não informado'),
  chat_type: text('Type of chat', 'Tipo de conversa'),
  media: text('What it holds', 'O que contém'),
  kind: text('How it came', 'Como veio'),
  private: text('Private', 'Privada'),
  group: text('Group', 'Grupo'),
  supergroup: text('Supergroup', 'Supergrupo'),
  channel: text('Channel', 'Canal'),
  text: text('Text', 'Texto'),
  photo: text('Photo', 'Foto'),
  voice: text('Voice', 'Voz'),
  audio: text('Audio', 'Áudio'),
  video: text('Video', 'Vídeo'),
  video_note: text('Video note', 'Vídeo curto'),
  sticker: text('Sticker', 'Figurinha'),
  document: text('Document', 'Documento'),
  location: text('Location', 'Localização'),
  contact: text('Contact', 'Contato'),
  poll: text('Poll', 'Enquete'),
  animation: text('Animation', 'Animação'),
  venue: text('Place', 'Lugar'),
  dice: text('Dice', 'Dado'),
  other: text('Other', 'Outro'),
  edited: text('Edited', 'Editadas'),
  reply: text('Replies', 'Respostas'),
  forward: text('Forwarded', 'Encaminhadas'),
  enriched: text('used', 'aproveitada'),
  duplicate: text('duplicate', 'repetida'),
  quarantined: text('could not be read', 'não pôde ser lida'),
  out_of_range: text('Out of range', 'Fora do limite'),
  invalid_cpf: text('CPF that does not exist', 'CPF inválido'),
  repaired: text('Repaired', 'Reparado'),
  unknown_value: text('Unknown word', 'Palavra desconhecida'),
  unreadable_item: text('Unreadable item', 'Item ilegível'),
  new_value: text('Not in the menu', 'Fora do menu'),
  '*': text('Not in the list', 'Fora da lista'),
  wrong_type: text('Of another type', 'De outro tipo'),
  ahead_of_receipt: text('Ahead of its receipt', 'Posterior ao recebimento'),
  more_issues: text('More issues', 'Mais ocorrências'),
  invalid_date: text('Date that does not exist', 'Data que não existe'),
  date_out_of_range: text('Date out of range', 'Data fora do limite'),
  invalid_json: text('Not JSON', 'Não é JSON'),
  not_utf8: text('Not UTF-8', 'Não é UTF-8'),
  empty_body: text('Empty', 'Vazia'),
  too_large: text('Too large', 'Grande demais'),
  missing_field: text('A field is missing', 'Falta um campo'),
  not_an_object: text('Not an object', 'Não é um objeto'),
  no_identity: text('Without an id', 'Sem identificação'),
  duplicate_key: text('A key twice', 'Chave repetida'),
  not_judged: text('Not judged yet', 'Ainda não avaliada'),
  set_aside: text('Set aside by an operator', 'Posta de lado por um operador'),
  chat_not_allowed: text('Chat not in the list', 'Conversa fora da lista'),
};

const UNKNOWN = text('Unknown', 'Sem informação');
const EMPTY: Readonly<Record<string, Text>> = {
  from_option: text('Beginning', 'Início'),
  to_option: text('End', 'Fim'),
  bucket: text('No answer', 'Sem resposta'),
  field: text('(whole message)', '(mensagem inteira)'),
};

/** A word of a figure's column in a language. Nothing at all has a name too: it is unknown, or an end of a way. */
export function labelOf(lang: Language, column: string, value: unknown, row: Cells = {}): string {
  const word = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (word === '') {
    if (column === 'category' && row['dimension'] === 'all') return (LABELS['all'] ?? UNKNOWN)[lang];
    return (EMPTY[column] ?? UNKNOWN)[lang];
  }
  // A term is what people wrote, a field and an age are themselves, whatever they are called.
  if (['term', 'field', 'reaction', 'age_band', 'week'].includes(column)) return word;
  const label = column === 'source' ? SOURCE_TITLES[word]?.short : LABELS[word];
  return label?.[lang] ?? word;
}
