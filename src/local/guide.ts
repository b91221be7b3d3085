/** What to try next, with the addresses of this run. */
import type { System } from './system.ts';

/** The text that `npm start` ends its start with. */
export function guide({ stack, config, dir }: System): string {
  const { temporal, s3, mongodb } = stack;
  const start = `${temporal.ui}/namespaces/${temporal.namespace}/workflows/start-workflow?workflowType=etl&taskQueue=${temporal.taskQueue}&workflowId=etl-by-hand`;
  const sample =
    '{"name":"Ana","document":"529.982.247-25","age":"31","channel":"whatsapp","services":{"1":"informacoes"},"date":"05/08/2021 10:00:00","serviceScore":"9","solved":"sim"}';
  return [
    '',
    'chatlake is up. Try next:',
    `  the dashboard         ${stack.dashboard.url}`,
    `  see the runs          ${temporal.ui === '' ? temporal.address : `${temporal.ui}/namespaces/${temporal.namespace}/workflows`}`,
    ...(temporal.ui === '' ? [] : [`  start etl by hand     ${start}`]),
    `  send a message        npm run send -- '${sample}'`,
    '  the demo once more    npm run demo',
    '  the bot               npx chatlake telegram info',
    '  the reports           npx chatlake report --from 2021-08-02 --to 2021-08-03',
    `  the documents         mongosh "$(node -p 'JSON.parse(fs.readFileSync("${dir}/stack.json")).mongodb.uri')" --eval 'db.getSiblingDB("${mongodb.database}").desk_interactions.findOne()'`,
    `  the store             ${s3.endpoint} bucket ${s3.bucket}; keys in ${dir}/stack.json`,
    `  the logs              ${dir}/logs (${config.LOG_LEVEL})`,
    'Ctrl-C stops everything that was started.',
  ].join('\n');
}
