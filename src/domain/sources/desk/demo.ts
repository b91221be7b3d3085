/** The seed's three records, word for word (one misspelt test, two CPFs that fail their check digits): the demo and its golden numbers. */

const GERALT = {
  name: 'Geralt',
  document: '123.456.789-12',
  age: '40',
  sex: 'masculino',
  channel: 'whatsapp',
  services: { '1': 'agendar consulta', '2': 'informacoes' },
  date: '02/08/2021 11:35:42',
  headache: 'sim',
  otherSymptoms: 'nao',
  covidContact: 'nao',
  covidTest: 'negativo',
  serviceScore: '10',
  solved: 'sim',
};

const YENNIFER = {
  name: 'Yennifer',
  document: '987.654.321-00',
  age: '35',
  sex: 'feminino',
  channel: 'telegram',
  services: { '1': 'informacoes', '2': 'agendar consulta', '3': 'cancelar consulta' },
  date: '03/08/2021 17:41:20',
  headache: 'nao',
  otherSymptoms: 'nao',
  covidContact: 'nao',
  covidTest: 'negativo',
  serviceScore: '6',
  solved: 'nao',
};

const DANDELION = {
  name: 'Dandelion',
  document: '987.123.654-99',
  age: '29',
  sex: 'masculino',
  channel: 'telefone',
  services: { '1': 'solicitar atendimento' },
  date: '05/08/2021 15:02:50',
  headache: 'sim',
  otherSymptoms: 'nao',
  covidContact: 'sim',
  covidTest: 'postivio',
  serviceScore: '8',
  solved: 'nao',
};

const ROUNDS = 5;

/** The 45 bodies of the demo: five rounds of the three records, 2 : 3 : 4. */
export function demoBodies(): readonly string[] {
  const round = [GERALT, GERALT, YENNIFER, YENNIFER, YENNIFER, DANDELION, DANDELION, DANDELION, DANDELION];
  return Array.from({ length: ROUNDS }, () => round)
    .flat()
    .map((record) => JSON.stringify(record));
}
